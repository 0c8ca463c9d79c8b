"""``pipeline status`` and ``pipeline history`` after runs that succeed, fail or never begin."""

import json
import re
from collections.abc import Callable

import pytest

from tests.support.projects.warehouse import (
    DATE,
    DESIGNS,
    HALF,
    NARROW,
    Project,
    change_configuration,
)


def states(project: Project, *patterns: str) -> dict[str, dict]:
    shown = project.pipeline("status", *patterns, "--json")
    return {record["relation"]: record for record in json.loads(shown.out)}


def test_before_the_first_run_nothing_is_loaded_and_that_is_no_error(project: Project) -> None:
    shown = project.pipeline("status")
    assert "5 relations: 0 ok, 5 never loaded." in shown.out
    project.pipeline("history")


def test_every_relation_is_shown_with_its_last_load(project: Project) -> None:
    project.luigi("LoadAll")
    found = states(project)
    orders = found[f"{project.src}.orders"]
    assert (orders["task"], orders["date"], orders["rows"]) == ("CopyTable", DATE, 1000)
    assert orders["bytes"] > 0
    assert orders["age_seconds"] < 600
    totals = found[f"{project.dw}.totals"]
    assert (totals["task"], totals["rows"]) == ("RefreshCtas", 3)
    assert all(record["state"] == ["ok"] for record in found.values())


def test_the_newest_of_several_dates_is_shown(project: Project) -> None:
    project.luigi("LoadAll")
    project.luigi("LoadAll", "--date", "2026-11-22")
    assert states(project, "{src}")[f"{project.src}.orders"]["date"] == "2026-11-22"


def test_a_changed_query_makes_itself_and_its_dependents_stale(project: Project) -> None:
    project.luigi("LoadAll")
    project.write("{dw}/totals.sql", HALF)
    stale = [name for name, record in states(project).items() if record["state"] != ["ok"]]
    assert stale == [f"{project.dw}.paid", f"{project.dw}.totals"]


def test_a_derived_table_is_stale_when_only_its_input_was_loaded_again(project: Project) -> None:
    project.luigi("LoadAll")
    project.luigi("CopyTable", "--table", "{src}.orders", "--date", "2026-11-22")
    totals = states(project, "{dw}.totals")[f"{project.dw}.totals"]
    assert totals["state"] == [f"older than {project.src}.orders"]


def test_a_derived_table_is_not_stale_since_the_clock_of_another_machine_was_ahead(
    project: Project,
) -> None:
    project.luigi("LoadAll")
    project.rows(
        "UPDATE {etl}.table_updates SET inserted_at = DATEADD(minute, 5, inserted_at)"
        " WHERE target_table = '{src}.orders' AND task = 'CopyTable'"
    )
    project.pipeline("forget", "{dw}.totals", "--date", DATE)
    project.luigi("RefreshCtas", "--table", "{dw}.totals")
    assert states(project, "{dw}.totals")[f"{project.dw}.totals"]["state"] == ["ok"]


def test_a_newer_relation_that_reads_a_stale_one_is_stale(project: Project) -> None:
    project.write("{dw}/top.yaml", DESIGNS["{dw}/totals.yaml"].replace("totals", "top"))
    project.write("{dw}/top.sql", "SELECT status, orders, total FROM {dw}.totals")
    project.luigi("LoadAll")
    again = ("--date", "2026-11-22")
    project.luigi("CopyTable", "--table", "{src}.orders", *again)
    found = states(project, "{dw}")
    assert found[f"{project.dw}.top"]["state"] == [f"reads stale {project.dw}.totals"]
    assert found[f"{project.dw}.paid"]["state"] == [f"reads stale {project.dw}.totals"]
    assert "2 ok, 3 stale." in project.pipeline("status", "{dw}", "{src}.customers").out
    project.luigi("LoadAll", *again)
    assert all(record["state"] == ["ok"] for record in states(project).values())


def test_a_forgotten_relation_is_shown_with_its_last_load(project: Project) -> None:
    project.luigi("LoadAll")
    name = f"{project.src}.orders"
    before = states(project)[name]
    project.pipeline("forget", name, "--date", DATE)
    shown = project.pipeline("status", name)
    assert "1 relation: 0 ok, 1 forgotten." in shown.out
    assert "never loaded" not in shown.out
    found = states(project)[name]
    assert found["state"] == ["forgotten"]
    told = ("task", "date", "rows", "bytes")
    assert [found[key] for key in told] == [before[key] for key in told]
    project.luigi("LoadAll")
    assert states(project)[name]["state"] == ["ok"]


def test_a_relation_loaded_under_another_prefix_since_is_not_forgotten(project: Project) -> None:
    project.luigi("LoadAll")
    copy = ("CopyTable", "--table", "{src}.orders", "--warehouse-prefix", "wip")
    project.luigi(*copy)
    found = states(project)[f"{project.src}.orders"]
    assert (found["state"], found["rows"]) == (["loaded under prefix wip since"], None)


def test_a_derived_table_is_stale_when_another_prefix_has_loaded_its_input_since(
    project: Project,
) -> None:
    project.luigi("LoadAll")
    project.luigi("CopyTable", "--table", "{src}.orders", "--warehouse-prefix", "wip")
    found = states(project)
    assert found[f"{project.dw}.totals"]["state"] == [f"older than {project.src}.orders"]
    assert found[f"{project.dw}.names"]["state"] == ["ok"]

    project.luigi("RefreshCtas", "--table", "{dw}.totals", "--warehouse-prefix", "wip")
    totals = states(project)[f"{project.dw}.totals"]
    assert totals["state"] == ["loaded under prefix wip since"]


def test_a_failure_is_shown_until_the_task_succeeds(project: Project) -> None:
    project.luigi("LoadAll")
    project.write("{src}/public-customers.yaml", NARROW)
    project.luigi("LoadAll", "--date", "2026-11-22", code=30)
    name = f"{project.src}.customers"
    failed = states(project)[name]
    assert failed["state"][0] == "FAILED in CopyTable"
    assert failed["date"] == DATE
    assert failed["failure"]["date"] == "2026-11-22"
    assert "String length exceeds DDL length" in failed["failure"]["message"]
    assert f"FAILED CopyTable {name}" in project.pipeline("status").out
    checked = project.pipeline("status", "--check", code=6).out
    assert checked.startswith(f"ERROR {name}: FAILED in CopyTable (")
    assert checked.endswith("5 relations checked, 0 of them for freshness: 1 error, 0 warnings.\n")
    history = project.pipeline("history").out.splitlines()
    (line,) = [each for each in history if "failed" in each]
    assert name in line
    assert "String length exceeds DDL length" in line

    project.write("{src}/public-customers.yaml", DESIGNS["{src}/public-customers.yaml"])
    project.luigi("LoadAll", "--date", "2026-11-22")
    assert states(project)[name]["state"] == ["ok"]

    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"].replace("COUNT(*)", "1 / 0"))
    project.luigi("LoadAll", "--date", "2026-11-22", code=30)
    assert "5 relations: 3 ok, 1 failed, 1 stale." in project.pipeline("status").out
    project.write("{dw}/totals.sql", DESIGNS["{dw}/totals.sql"])
    assert "there was nothing to do" in project.luigi("LoadAll", "--date", "2026-11-22").out
    assert "5 relations: 5 ok." in project.pipeline("status").out


def test_the_history_holds_every_task_with_its_run_newest_first(project: Project) -> None:
    project.luigi("LoadAll")
    project.luigi("LoadAll", "--date", "2026-11-22")
    rows = json.loads(project.pipeline("history", "--limit", "1000", "--json").out)
    assert len({row["run_id"] for row in rows}) == 2
    assert rows[0]["run_date"] == "2026-11-22"
    assert rows[-1]["run_date"] == DATE
    assert {row["status"] for row in rows} == {"done"}
    assert len(json.loads(project.pipeline("history", "--limit", "2", "--json").out)) == 2


def test_without_a_terminal_nothing_is_truncated(project: Project) -> None:
    project.luigi("LoadAll")
    for command in ("status", "history"):
        assert "…" not in project.pipeline(command).out


UPSTREAM = """
CREATE TABLE visits (id bigint PRIMARY KEY, visited_at timestamptz NOT NULL);
CREATE TABLE carts (id bigint PRIMARY KEY, changed timestamp);
CREATE TABLE coupons (id bigint PRIMARY KEY, valid_on date);
INSERT INTO visits VALUES (1, now());
INSERT INTO carts VALUES (1, '2020-02-29 12:00'), (2, NULL);
"""
TABLE = """
name: {{src}}.{0}
source_name: {{src}}.public.{0}
columns:
  - {{{{name: id, sql_type: bigint, not_null: true}}}}
  - {{{{name: {1}, sql_type: {2}}}}}
"""
AGES = "warn_after: 26 hours, error_after: 50 hours"
FRESHNESS = {
    "{src}/public-visits.yaml": TABLE.format("visits", "visited_at", "timestamptz"),
    "{src}/public-carts.yaml": TABLE.format("carts", "changed", "timestamp"),
    "{src}/public-coupons.yaml": TABLE.format("coupons", "valid_on", "date"),
    "{dw}/recent.yaml": (
        "name: {dw}.recent\nsource_name: VIEW\n"
        "columns: [{{name: visited_at, sql_type: timestamptz}}]\n"
    ),
    "{dw}/recent.sql": "SELECT visited_at FROM {src}.visits",
}


@pytest.fixture
def loaded(new_project: Callable[..., Project]) -> Project:
    """Tables that are loaded, and then get a freshness by column, or that of their source."""
    project = new_project(UPSTREAM, FRESHNESS)
    project.luigi("LoadAll")
    columns = {"{src}/public-carts": "changed", "{src}/public-coupons": "valid_on"}
    for stem, column in {**columns, "{dw}/recent": "visited_at"}.items():
        text = f"freshness: {{{{column: {column}, {AGES}}}}}\n"
        project.write(f"{stem}.yaml", FRESHNESS[f"{stem}.yaml"] + text)
    ages = {"warn_after": "26 hours", "error_after": "50 hours"}
    change_configuration(project, lambda raw: raw["sources"][0].update(freshness=ages))
    return project


def test_relations_are_checked_by_load_and_by_column(loaded: Project) -> None:
    check_columns(loaded)
    check_loads(loaded)
    check_broken(loaded)


def check_columns(loaded: Project) -> None:
    src, dw = loaded.src, loaded.dw
    old = f"ERROR {src}.carts: newest changed 2020-02-29 12:00:00 UTC, more than 50 hours ago"
    empty = f"ERROR {src}.coupons: empty, or valid_on is NULL in all rows"
    ended = "4 relations checked, 4 of them for freshness: 2 errors, 0 warnings."
    checked = loaded.pipeline("status", "--check", code=6)
    assert checked.out.splitlines() == [f"{old} (error_after)", empty, ended]

    fine = loaded.pipeline("status", "--check", f"{src}.visits", f"{dw}.recent")
    assert fine.out == "2 relations checked, 2 of them for freshness: 0 errors, 0 warnings.\n"

    shown = loaded.pipeline("status").out
    cells = {line.split()[0]: line for line in shown.splitlines() if line.startswith(f" {src}")}
    assert "not read" in cells[f"{src}.carts"]
    assert re.search(r" \d+ s +ok +CopyTable", cells[f"{src}.visits"])
    assert "4 relations: 4 ok.\nColumns were not read; 'pipeline status --check' reads" in shown

    read = loaded.pipeline("status", "--check", "--json", code=6)
    found = {each["relation"]: each["freshness"] for each in json.loads(read.out)}
    assert found[f"{src}.carts"]["newest"] == "2020-02-29T12:00:00Z"
    assert found[f"{src}.visits"]["age_seconds"] < 600
    assert {each["severity"] for each in found.values()} == {"ok", "error"}


def check_loads(loaded: Project) -> None:
    """The age of a load counts from its dump."""
    day = (
        "UPDATE {{etl}}.table_updates SET read_at = read_at - INTERVAL '{} hours' WHERE task ="
        f" 'CopyTable' AND target_table = '{loaded.src}.visits'"
    )
    check = ("status", "--check", f"{loaded.src}.visits")
    told = f"{loaded.src}.visits: rows read upstream at"
    loaded.rows(day.format(27))
    warned = loaded.pipeline(*check).out.splitlines()
    assert re.fullmatch(rf"WARNING {told} .* UTC, more than 26 hours ago .*", warned[0])
    assert warned[1].endswith(": 0 errors, 1 warning.")
    loaded.rows(day.format(24))
    failed = loaded.pipeline(*check, code=6).out.splitlines()
    assert re.fullmatch(rf"ERROR {told} .* UTC, more than 50 hours ago .*", failed[0])


def check_broken(loaded: Project) -> None:
    """What cannot be read is told, and does not hide the others."""
    loaded.rows("ALTER TABLE {src}.carts RENAME COLUMN changed TO altered")
    loaded.rows("DROP TABLE {src}.coupons")
    broken = loaded.pipeline("status", "--check", "!{src}.visits", code=6).out.splitlines()
    missing = f"ERROR {loaded.src}.coupons: missing in the warehouse"
    assert broken[0].startswith(
        f'ERROR {loaded.src}.carts: changed cannot be read: column "changed" does not exist'
    )
    assert broken[1:] == [
        missing,
        "3 relations checked, 3 of them for freshness: 2 errors, 0 warnings.",
    ]

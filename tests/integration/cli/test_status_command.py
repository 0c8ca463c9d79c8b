"""``pipeline status`` and ``pipeline history`` after runs that succeed, fail or never begin."""

import json

from tests.support.projects.warehouse import DATE, DESIGNS, HALF, NARROW, Project


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

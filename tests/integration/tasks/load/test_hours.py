"""Runs of hours: loaded in order, superseded, shown, forgotten and pruned as those of days are."""

import json
import sys

from tests.support.projects.warehouse import Project

FIRST, SECOND = ("--date", "2024-05-01T08"), ("--date", "2024-05-01T09")
DAY = ("--date", "2024-05-01")

COUNT = "SELECT COUNT(*) FROM {src}.orders"


def state(project: Project, table: str = "orders") -> dict:
    [found] = json.loads(project.pipeline("status", f"{project.src}.{table}", "--json").out)
    return found


def folders(project: Project) -> list[str]:
    """The dates that have dumps."""
    return sorted({key.split("/data/")[1].split("/")[0] for key in project.keys("/data/")})


def test_hours_are_loaded_in_order_and_an_earlier_hour_is_superseded(project: Project) -> None:
    load = ("CopyTable", "--table", "{src}.orders")
    project.luigi("LoadAll", *DAY)
    for hour in (FIRST, SECOND):
        project.upstream("DELETE FROM orders WHERE id IN (SELECT MAX(id) FROM orders)")
        done = project.luigi("LoadAll", *hour)
        assert f"{hour[1]}:" in done.out
    left = project.luigi(*load, "--date", "2024-05-01T07")

    name = f"{project.src}.orders"
    held = f"superseded by rows of 2024-05-01T09 (prefix '{project.prefix}')"
    assert held in left.out
    assert project.rows(COUNT) == [(998,)]
    assert "all 5 relations are complete" in project.luigi("LoadAll", *SECOND).out
    assert f"{project.prefix}/CopyTable/2024-05-01T09/{name}/" in str(
        project.rows("SELECT update_id FROM {etl}.table_updates WHERE run_hour = 9")
    )

    assert folders(project) == ["2024-05-01", "2024-05-01T08", "2024-05-01T09"]
    found = state(project)
    assert (found["date"], found["rows"]) == ("2024-05-01T09", 998)
    assert found["state"] == ["ok", "the run of 2024-05-01T07 was superseded"]
    runs = json.loads(project.pipeline("history", "--json", "--limit", "100").out)
    assert {each["run_date"] for each in runs} == {
        *(f"2024-05-01{hour}" for hour in ("", "T07", "T08", "T09"))
    }
    assert "run_hour" not in runs[0]

    forgot = project.pipeline("forget", name, *DAY)
    assert f"2024-05-01: forgot 1 dump and 1 marker of 1 relation: {name}" in forgot.out
    assert state(project)["state"][0] == "ok"
    assert (
        "2024-05-01T09: forgot 1 dump and 1 marker"
        in project.pipeline("forget", name, *SECOND).out
    )
    assert state(project)["state"][0] == "forgotten"
    planned = project.pipeline("plan", *load[:1], name, *SECOND, "--sql")
    assert f"Plan of CopyTable {name} for 2024-05-01T09" in planned.out
    assert "run_hour = 9" in planned.out
    assert planned.out.count("'***'") == 1, "only the role"
    assert "/data/2024-05-01T09/" in planned.out
    project.luigi(*load, *SECOND)
    assert state(project)["state"][0] == "ok"

    project.luigi("DumpAll", "--date", "2024-05-02T00")
    pruned = project.pipeline("prune", "--keep", "1", "--yes")
    assert "2024-05-01, 2024-05-01T08" in pruned.out
    kept = project.keys(".manifest")
    assert folders(project)[-2:] == ["2024-05-01T09", "2024-05-02T00"], kept


def test_a_range_of_hours_is_completed(project: Project) -> None:
    words = (sys.executable, "-m", "luigi", "--module", "pipeline", "RangeHourly")
    words += ("--of", "LoadAll", "--of-params", '{{"tables": "{src}.customers"}}')
    words += ("--start", "2026-11-21T23", "--stop", "2026-11-22T01", "--local-scheduler")
    done = project.run(*words)
    again = project.run(*words)

    assert "2026-11-21T23 to 2026-11-22T00: " in done.out
    assert folders(project) == ["2026-11-21T23", "2026-11-22T00"]
    assert "FAILED" not in done.out
    assert state(project, "customers")["date"] == "2026-11-22T00"
    assert "there was nothing to do" in again.out

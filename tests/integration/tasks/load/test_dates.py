"""Rows of an earlier date replace those of a later date only with --replace."""

import json

import pytest

from tests.support.projects.warehouse import HALF, Project

EARLIER, LATER = ("--date", "2024-05-01"), ("--date", "2024-05-02")

COUNTS = "SELECT (SELECT COUNT(*) FROM {src}.orders), (SELECT SUM(orders) FROM {dw}.totals)"


def dates(project: Project) -> dict[str, str]:
    """The date that each relation holds, without the schema."""
    status = json.loads(project.pipeline("status", "--json").out)
    return {each["relation"].partition(".")[2]: each["date"] for each in status}


def test_an_earlier_date_is_superseded_and_replaces_the_later_one_if_told_to(
    project: Project,
) -> None:
    """The run of the earlier date loaded one table, and goes on after the later one has ended."""
    project.luigi("CopyTable", "--table", "{src}.customers", *EARLIER)
    project.luigi("DumpAll", *EARLIER)
    project.upstream("DELETE FROM orders WHERE id > 600")
    project.luigi("LoadAll", *LATER)
    plan = project.pipeline("plan", "LoadAll", *EARLIER)
    left = project.luigi("LoadAll", *EARLIER)

    reason = f"superseded by rows of 2024-05-02 (prefix '{project.prefix}')"
    assert f"CopyTable {project.src}.orders: {reason}" in plan.out
    assert "1 was complete before, 4 superseded by rows of a later date" in left.out
    assert left.out.count(reason) == 4
    assert project.rows(COUNTS) == [(600, 600)]
    assert project.pipeline("history").out.count("superseded by rows") == 4
    assert set(dates(project).values()) == {"2024-05-02"}

    project.luigi("LoadAll", *EARLIER, "--replace")
    assert project.rows(COUNTS) == [(1000, 1000)]
    assert set(dates(project).values()) == {"2024-05-01"}
    assert "all 5 relations are complete" in project.luigi("LoadAll", *EARLIER).out

    project.luigi("LoadAll", *LATER)
    assert project.rows(COUNTS) == [(600, 600)]
    assert "--replace" in left.out


def test_a_derived_table_is_not_computed_from_rows_of_two_dates(project: Project) -> None:
    """Orders hold the later date, so totals of the earlier one would mix both."""
    project.luigi("CopyTable", "--table", "{src}.orders", *LATER)
    done = project.luigi("LoadAll", *EARLIER)

    assert f"superseded, since {project.src}.orders holds rows of 2024-05-02" in done.out
    assert "FAILED" not in done.out
    assert dates(project)["names"] == "2024-05-01"
    assert dates(project)["totals"] is None

    project.write("{dw}/totals.sql", HALF)
    project.luigi("LoadAll", *LATER)
    assert dates(project)["totals"] == "2024-05-02"


@pytest.mark.parametrize("date", ["2099-01-01", "2099-01-01T14", "0001-01-01"])
def test_a_mistyped_date_is_refused(project: Project, date: str) -> None:
    """Its dump would be believed on that day."""
    refused = project.luigi("DumpAll", "--date", date, code=2)
    assert f"no run has the date {date}: write a day up to 20" in refused.err
    assert project.keys() == []


def test_dates_in_order_and_dates_in_the_future_are_loaded(project: Project) -> None:
    """The release before took any date."""
    project.luigi("CopyTable", "--table", "{src}.customers", "--date", "2024-05-03")
    project.rows(
        "UPDATE {etl}.table_updates SET run_date = '2099-01-01' WHERE run_date > '2024-01-01'"
    )
    for date in (EARLIER, LATER):
        project.luigi("CopyTable", "--table", "{src}.customers", *date)
        assert dates(project)["customers"] == date[1]


def test_a_date_does_not_hold_the_rows_of_a_later_one_that_was_forgotten(project: Project) -> None:
    """The table was replaced in place, so the marker of the earlier date names this table, too."""
    copy = ("CopyTable", "--table", "{src}.customers")
    project.luigi(*copy, *EARLIER)
    project.rows("CREATE VIEW {dw}.mine AS SELECT id FROM {src}.customers")
    project.upstream("INSERT INTO customers VALUES (5, 'Eve')")
    project.luigi(*copy, *LATER)
    project.pipeline("forget", "{src}.customers", *EARLIER, "--dry-run")
    project.pipeline("forget", "{src}.customers", *LATER)

    again = project.luigi(*copy, *EARLIER)

    assert "nothing to do" not in again.out
    assert project.rows("SELECT COUNT(*) FROM {dw}.mine") == [(4,)]
    assert dates(project)["customers"] == EARLIER[1]


def test_a_date_holds_its_rows_if_another_one_is_forgotten(project: Project) -> None:
    copy = ("CopyTable", "--table", "{src}.customers")
    for date in (EARLIER, LATER):
        project.luigi(*copy, *date)
    project.pipeline("forget", "{src}.customers", *EARLIER)

    assert "there was nothing to do" in project.luigi(*copy, *LATER).out

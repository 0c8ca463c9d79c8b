"""The connection is lost at COMMIT: the same process finds out what is true, and goes on."""

import sys
from pathlib import Path

import pytest
from warehouse_project import DATE, Project

CUTTER = str(Path(__file__).parents[2] / "cut_at.py")

ORDERS = "{src}.orders"
TOTALS = "{dw}.totals"

CUTS = [
    ("CopyTable", ORDERS, "copy"),
    ("CopyTable", ORDERS, "alter"),
    ("RefreshCtas", TOTALS, "create"),
    ("RefreshCtas", TOTALS, "alter"),
]
"""The transaction that fills a generation, and the one that publishes it with its marker."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("task", "table", "verb"), CUTS)
def test_a_connection_lost_at_commit_is_survived_by_the_same_process(
    project: Project, task: str, table: str, verb: str, when: str
) -> None:
    prepare(project, task)
    arguments = (task, "--table", table, "--date", DATE, "--workers", "1", "--local-scheduler")

    done = project.run(sys.executable, CUTTER, when, verb, *arguments)

    assert done.err.count("cut connection") == 1, done.text
    assert done.err.count("Retrying") == 1, done.text
    assert done.code == 0, done.text
    assert "once more" not in done.err, "what had been committed was loaded a second time"
    check(project, task)
    again = project.luigi(task, "--table", table)
    assert again.code == 0, again.text
    assert "there was nothing to do" in again.out
    check(project, task)


def prepare(project: Project, task: str) -> None:
    """Do all that the task requires, so that the cut hits the task itself."""
    commands = [("DumpTable", ORDERS), ("CreateTable", ORDERS)]
    if task == "RefreshCtas":
        commands = [("CopyTable", ORDERS), ("CreateTable", TOTALS)]
    for name, table in commands:
        done = project.luigi(name, "--table", table)
        assert done.code == 0, done.text


def check(project: Project, task: str) -> None:
    """Every row once, one marker of the task, and nothing of the lost attempt left."""
    assert project.rows("SELECT COUNT(*), COUNT(DISTINCT id), SUM(total) FROM {src}.orders") == [
        (1000, 1000, 625625)
    ]
    rows, table = 1000, project.command(ORDERS)[0]
    if task == "RefreshCtas":
        rows, table = 3, project.command(TOTALS)[0]
        assert project.rows("SELECT COUNT(*), SUM(orders) FROM {dw}.totals") == [(3, 1000)]
    marked = [(marker[1], marker[3]) for marker in project.markers() if marker[0] == task]
    assert marked == [(table, rows)]
    assert project.leftovers() == []

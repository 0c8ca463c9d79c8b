"""The connection is lost: the same process finds out what was committed, and goes on."""

import pytest

from tests.support.projects.warehouse import DATE, Project

ORDERS = "{src}.orders"
TOTALS = "{dw}.totals"

BOOTSTRAP = ("BootstrapWarehouse",)
CREATE = ("CreateTable", "--table", ORDERS)
COPY = ("CopyTable", "--table", ORDERS)
REFRESH = ("RefreshCtas", "--table", TOTALS)
BEFORE: dict[tuple[str, ...], list[tuple[str, ...]]] = {
    BOOTSTRAP: [],
    CREATE: [BOOTSTRAP],
    COPY: [("DumpTable", "--table", ORDERS), CREATE],
    REFRESH: [COPY, ("CreateTable", "--table", TOTALS)],
}
"""All that a task requires, so that the cut hits the task itself."""

CUTS = [
    (BOOTSTRAP, "create"),
    (BOOTSTRAP, "insert"),
    (CREATE, "create"),
    (COPY, "copy"),
    (COPY, "alter"),
    (REFRESH, "create"),
    (REFRESH, "alter"),
]
"""Bootstrap's objects and its marker; a new table with its marker; the transaction that fills a
staging table, and the one that publishes it with its marker."""


STAGED = {(COPY, "copy"), (REFRESH, "create")}
"""If the staging table is there after the loss, the work goes on where it was."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("command", "verb"), CUTS, ids=[f"{command[0]}-{verb}" for command, verb in CUTS]
)
def test_the_same_process_recovers_from_a_connection_lost_at_commit(
    project: Project, command: tuple[str, ...], verb: str, when: str
) -> None:
    for each in BEFORE[command]:
        project.luigi(*each)
    date = () if command == BOOTSTRAP else ("--date", DATE)
    arguments = (*command, *date, "--workers", "1", "--local-scheduler")

    done = project.program("cut_at", when, verb, *arguments)

    assert done.err.count("cut connection") == 1, done.text
    goes_on = when == "after" and (command, verb) in STAGED
    assert done.err.count("trying again in") == (0 if goes_on else 1), done.text
    assert "loading again" not in done.err, "what had been committed was loaded a second time"
    check(project, command)
    again = project.luigi(*command)
    assert "there was nothing to do" in again.out
    check(project, command)


def test_the_same_process_recovers_from_a_connection_lost_during_copy(project: Project) -> None:
    for each in BEFORE[COPY]:
        project.luigi(*each)
    arguments = (*COPY, "--date", DATE, "--workers", "1", "--local-scheduler")
    done = project.program("cut_at", "during", "copy", *arguments)
    assert done.err.count("cut connection") == 1, done.text
    assert done.err.count("trying again in") == 1, done.text
    check(project, COPY)


def check(project: Project, command: tuple[str, ...]) -> None:
    """Every row once, one marker of the task, and nothing of the lost attempt left."""
    if command in {COPY, REFRESH}:
        orders = "SELECT COUNT(*), COUNT(DISTINCT id), SUM(total) FROM {src}.orders"
        assert project.rows(orders) == [(1000, 1000, 625625)]
    if command == CREATE:
        assert project.rows("SELECT COUNT(*) FROM {src}.orders") == [(0,)]
    if command == REFRESH:
        assert project.rows("SELECT COUNT(*), SUM(orders) FROM {dw}.totals") == [(3, 1000)]
    table = project.command(command[2])[0] if "--table" in command else None
    marked = [(marker[1], marker[3]) for marker in project.markers() if marker[0] == command[0]]
    assert marked == [(table, {COPY: 1000, REFRESH: 3}.get(command))]
    assert project.leftovers() == []

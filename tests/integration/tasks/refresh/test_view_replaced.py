"""A view is the old one or the new one, wherever its replacement is interrupted."""

import signal
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.support.projects.warehouse import DATE, Project

VIEW = ("RefreshCtas", "--table", "{dw}.paid")
TOTAL = sum(Decimal("1.25") * i for i in range(1, 1001) if i % 3 == 1)
OLD, NEW = [(TOTAL,)], [(334, TOTAL)]
KILLS = [
    ("after-lock", OLD),
    ("after-drop", OLD),
    ("after-create", OLD),
    ("before-commit-of-drop", OLD),
    ("after-commit-of-drop", NEW),
]


@pytest.fixture
def changed(project: Project) -> Iterator[Project]:
    """The view is there, and its design has another column since."""
    project.luigi(*VIEW)
    assert rows(project) == OLD
    design = "name: {dw}.paid\nsource_name: VIEW\ncolumns: [{{name: orders}}, {{name: total}}]\n"
    project.write("{dw}/paid.yaml", design)
    project.write("{dw}/paid.sql", "SELECT orders, total FROM {dw}.totals WHERE status = 'paid'")
    yield project
    assert markers(project) == 1
    assert "there was nothing to do" in project.luigi(*VIEW).out


def interrupt(project: Project, program: str, *words: str, code: int) -> str:
    command = (*words, *VIEW, "--date", DATE, "--workers", "1", "--local-scheduler")
    return project.program(program, *command, code=code).text


def rows(project: Project) -> list[tuple]:
    """What an analyst's query finds."""
    return project.rows("SELECT * FROM {dw}.paid")


def markers(project: Project) -> int:
    return sum(marker[1] == f"{project.dw}.paid" for marker in project.markers())


def test_a_killed_replacement_leaves_one_of_the_two_views(changed: Project) -> None:
    for point, expected in KILLS:
        interrupt(changed, "kill_at", point, "1", code=-signal.SIGKILL)
        assert rows(changed) == expected, point
    assert markers(changed) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_replacement_recovers_from_a_connection_lost_at_commit(
    changed: Project, when: str
) -> None:
    text = interrupt(changed, "cut_at", when, "drop", code=0)
    assert (text.count("cut connection"), text.count("trying again in")) == (1, 1), text
    assert rows(changed) == NEW

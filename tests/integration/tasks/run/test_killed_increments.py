"""``kill -9`` at any instant of an incremental load, then the same command."""

import datetime as dt
import signal
from collections.abc import Callable, Sequence

import pytest

from tests.support.projects.followed import follow
from tests.support.projects.warehouse import Project

DUMP = [
    ("before-dump", 1),
    ("after-dump", 1),
    ("after-dump", 2),
    ("before-write", 1),
    ("after-write", 1),
    ("after-write", 2),
]
LOAD = [
    ("before-copy", 1),
    ("after-copy", 1),
    ("after-copy", 2),
    ("before-commit-of-copy", 1),
    ("after-commit-of-copy", 1),
]
PUBLISH = [
    ("before-lock", 1),
    ("after-lock", 1),
    ("after-delete", 1),
    ("before-commit-of-lock", 1),
    ("after-commit-of-lock", 1),
    ("before-analyze", 1),
]

CHANGE = """
INSERT INTO orders SELECT max(id) + 1, 'new', 'inserted', 1 FROM orders;
UPDATE orders SET note = note || '+', updated_at = now() WHERE id % 8 = 1;
DELETE FROM orders WHERE id = (SELECT min(id) FROM orders WHERE id > 1);
"""

ROWS = "SELECT id, status, note, total FROM {} ORDER BY id"


@pytest.mark.parametrize("points", [DUMP, LOAD, PUBLISH], ids=["dump", "load", "publish"])
def test_a_killed_load_is_completed_by_the_next_run(
    new_project: Callable[..., Project], points: Sequence[tuple[str, int]]
) -> None:
    project = follow(new_project)
    for number, (point, times) in enumerate(points):
        project.upstream(CHANGE)
        date = str(dt.date(2024, 5, 2) + dt.timedelta(days=number))
        command = ("CopyTable", "--table", "{src}.orders", "--date", date)
        words = ("--module", "pipeline", *command, "--workers", "1", "--local-scheduler")
        project.program("kill_at", point, str(times), *words, code=-signal.SIGKILL)

        project.luigi(*command)
        assert project.rows(ROWS.format("{src}.orders")) == project.upstream_rows(
            ROWS.format("orders")
        ), point
        assert project.rows(
            "SELECT load_kind, run_date FROM {etl}.table_updates"
            " WHERE task = 'CopyTable' AND target_table = '{src}.orders'"
            " ORDER BY inserted_at DESC LIMIT 1"
        ) == [("delta", dt.date.fromisoformat(date))], point
        assert project.leftovers() == [], point
        assert "there was nothing to do" in project.luigi(*command).out, point

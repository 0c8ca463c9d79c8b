"""The date under which the history has a task."""

import pytest

from pipeline.tasks.run.history import run_date_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21", "2026-11-21"),
        ("2026-11-21T14", "2026-11-21T14"),
        ("2026-11-21 14:05:00", "2026-11-21"),
        ("2026-11-21 14:05:00+01:00", "2026-11-21"),
    ],
)
def test_a_task_with_a_time_is_one_of_its_day(text: str, expected: str) -> None:
    assert str(run_date_of(text)) == expected

"""What the summary and the history tell of a task that was done."""

from types import SimpleNamespace

import pytest

from pipeline.tasks.run.journal import row_source

WARNING = "warning: total range: 1 wrong row"


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ({}, ""),
        ({"limit": 10}, "partial (--limit 10)"),
        ({"remarks": WARNING}, WARNING),
        ({"limit": 10, "remarks": WARNING}, f"partial (--limit 10); {WARNING}"),
        ({"alone": True, "remarks": WARNING}, f"from the existing rows (--alone); {WARNING}"),
    ],
)
def test_the_source_of_the_rows_hides_no_warning(task, expected):
    assert row_source(SimpleNamespace(**task)) == expected

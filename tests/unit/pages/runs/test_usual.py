"""What is compared with the runs before, and what counts as a difference."""

import pytest

from pipeline.pages.runs.usual import differences, earlier_times, usual_seconds
from tests.support.values.runs import ran, run_of


def found(last, *earlier):
    """Return the differences of a task from earlier times, which come newest first."""
    run = run_of(last)
    return differences(earlier_times(run, [run_of(each) for each in earlier]))


def loaded(seconds=5.0, rows=1000, status="done"):
    return ran("CopyTable www.orders", 0, seconds, status, rows=rows)


@pytest.mark.parametrize(
    ("seconds", "before", "usual"),
    [
        (25, (5, 6, 7), 6),
        (25, (5, 6, 40), 6),
        (11, (1, 1, 1), 1),
        (10.9, (1, 1, 1), None),
        (100, (50, 50, 50), None),
        (101, (50, 50, 50), 50),
    ],
)
def test_much_longer_than_the_median_and_by_seconds(seconds, before, usual):
    differing = found(loaded(seconds), *(loaded(each) for each in before))

    assert [each.usual_seconds for each in differing] == ([] if usual is None else [usual])


@pytest.mark.parametrize(
    ("rows", "before", "usual"),
    [
        (499, (1000, 1200, 1100), (1000, 1200)),
        (500, (1000, 1200, 1100), None),
        (2401, (1000, 1200, 1100), (1000, 1200)),
        (2400, (1000, 1200, 1100), None),
        (0, (99, 99, 99), None),
        (0, (100, 100, 100), (100, 100)),
        (None, (1000, 1000, 1000), None),
    ],
)
def test_rows_far_beyond_the_range_of_before(rows, before, usual):
    differing = found(loaded(rows=rows), *(loaded(rows=each) for each in before))

    assert [each.usual_rows for each in differing] == ([] if usual is None else [usual])


def test_only_the_last_times_that_were_done_count():
    earlier = [loaded(9, status="failed"), *(loaded(n) for n in range(1, 9))]

    times = earlier_times(run_of(loaded()), [run_of(each) for each in earlier])
    assert [[each.length for each in before] for before in times.values()] == [
        [1, 2, 3, 4, 5, 6, 7]
    ]
    assert usual_seconds(next(iter(times.values()))) == 4
    assert found(loaded(99), loaded(1), loaded(1)) == ()


def test_those_that_cost_most_come_first_and_dumps_have_no_rows():
    names = ("CopyTable www.a", "DumpTable www.b", "CopyTable www.c")

    last = run_of(
        ran(names[0], 0, 30, rows=500),
        ran(names[1], 0, 90, rows=9999),
        ran(names[2], 0, 1, rows=9999),
    )
    usual = dict(zip(names, (9, 30, 1), strict=True))
    before = [run_of(*(ran(name, 0, usual[name], rows=500) for name in names))] * 3
    differing = differences(earlier_times(last, before))

    assert [(each.task.label, each.usual_seconds, each.usual_rows) for each in differing] == [
        ("DumpTable www.b", 30, None),
        ("CopyTable www.a", 9, None),
        ("CopyTable www.c", None, (500, 500)),
    ]
    assert round(differing[0].factor, 1) == 3

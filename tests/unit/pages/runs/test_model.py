"""What a run says of its tasks, also where the history knows less."""

from tests.support.values.runs import after, ran, run_of


def test_starts_are_recorded_or_computed_or_those_of_an_unknown_failure():
    new = ran("CopyTable www.a", 5, 9)
    old = ran("CopyTable www.b", None, 9, seconds=3.0)
    failed = ran("CopyTable www.c", None, 9, "failed", seconds=0.0)
    never = ran("CopyTable www.d", None, 9, "not run")

    starts = [task.started for task in (new, old, failed, never)]
    assert starts == [after(5), after(6), after(9), None]
    assert [task.length for task in (new, old, failed, never)] == [4, 3, 0, 0]
    assert run_of(never, failed, old, new).timed == (new, old, failed)
    assert ran("CopyTable www.d", 2, 9, "not run").is_interrupted
    assert not never.is_interrupted


def test_rows_and_bytes_count_once_for_each_relation():
    run = run_of(
        ran("DumpTable www.a", 0, 1, rows=10, bytes=99),
        ran("CopyTable www.a", 1, 2, rows=10, bytes=99),
        ran("RefreshCtas dw.b", 2, 7, rows=4),
    )

    assert (run.rows, run.bytes, run.seconds, run.dates) == (14, 99, 7, "2026-11-21")


def test_a_run_in_which_nothing_started_has_a_time():
    run = run_of(ran("CopyTable www.a", None, 7, "not run"))

    assert (run.started, run.seconds, run.timed) == (after(7), 0, ())

"""Runs of the history's rows, of this release and of an earlier one."""

import datetime as dt

from pipeline.procedures.operations.pages.history import collect_runs

AT = dt.datetime(2026, 11, 21, 3, 0)  # noqa: DTZ001  (times of the history have no zone)


def row(run, minute, **given):
    return {
        "run_id": run,
        "task": "CopyTable",
        "target_table": "www.orders",
        "run_date": AT.date(),
        "status": "done",
        "row_count": 7,
        "byte_count": None,
        "seconds": 30.0,
        "message": None,
        "occurred_at": AT + dt.timedelta(minutes=minute),
    } | given


def test_runs_come_newest_first_and_messages_without_values():
    rows = [
        row("a", 1),
        row("b", 2, run_hour=5, started_at=AT, lock_seconds=3.0),
        row("b", 3, status="failed", message="'Ann' does not fit into 'total'"),
        row("a", 4, task="BootstrapWarehouse", target_table=None, run_date=None, seconds=None),
    ]

    newest, before = collect_runs(rows, {"total"})

    assert [(run.id, len(run.tasks)) for run in (newest, before)] == [("a", 2), ("b", 2)]
    assert [task.started for task in newest.tasks] == [AT + dt.timedelta(seconds=30), None]
    assert [task.relation for task in newest.tasks] == ["www.orders", ""]
    first, second = before.tasks
    assert (first.started, first.locked, first.date) == (AT, 3.0, "2026-11-21T05")
    assert second.message == "'***' does not fit into 'total'"

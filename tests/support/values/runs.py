"""Runs as values, for pages: tasks by their start and end in seconds."""

import datetime as dt

from pipeline.pages.runs.model import Run, Task

AT = dt.datetime(2026, 11, 21, 3, 0)  # noqa: DTZ001  (times of the history have no zone)


def after(seconds: float) -> dt.datetime:
    """Return the time so many seconds after the start of a run."""
    return AT + dt.timedelta(seconds=seconds)


def ran(label: str, start: float | None, end: float, status: str = "done", **more) -> Task:
    """Return a task, ``CopyTable www.orders``, that ran from one second to another."""
    name, _, relation = label.partition(" ")
    recorded = None if start is None else after(start)
    seconds = None if start is None else end - start
    given = {"recorded": recorded, "seconds": seconds} | more
    return Task(name, relation, "2026-11-21", status, after(end), **given)


def run_of(*tasks: Task, number: int = 0) -> Run:
    """Return a run of tasks."""
    return Run(f"{number:032x}", tasks)

"""What differs from the runs before: tasks that took much longer, and rows far from usual."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from pipeline.pages.runs.model import DONE, FILLING, Run, Task

BEFORE = 7
"""The earlier times with which a task is compared: a week of nights."""

FEWEST = 3
"""With fewer earlier times, nothing is usual."""

SLOWER, SECONDS = 2, 10
"""A task took much longer: more than this many times as long as usual, and seconds more."""

MOVED, ROWS = 2, 100
"""Rows are far from usual: by this factor beyond the range of before, and by so many rows."""

Usual = Mapping[Task, tuple[Task, ...]]
"""By task, the last times before that the same one was done, newest first."""


def earlier_times(run: Run, before: Iterable[Run]) -> dict[Task, tuple[Task, ...]]:
    """Return the last times that each task was done in the runs before, which come newest first.

    Only tasks that were done ``FEWEST`` times are in it.
    """
    own = {(each.name, each.relation): each for each in run.tasks}
    found: dict[Task, list[Task]] = {}
    for other in before:
        for each in other.tasks:
            task = own.get((each.name, each.relation))
            if task is None or each.status != DONE:
                continue
            times = found.setdefault(task, [])
            if len(times) < BEFORE:
                times.append(each)
    return {task: tuple(times) for task, times in found.items() if len(times) >= FEWEST}


@dataclass(frozen=True, slots=True)
class Difference:
    """A task that differs from the times before; None where it does not."""

    task: Task
    usual_seconds: float | None = None
    usual_rows: tuple[int, int] | None = None
    """The smallest and the largest number of rows before."""

    @property
    def factor(self) -> float:
        """How many times as long as usual it took; 0 if that does not differ."""
        return self.task.length / self.usual_seconds if self.usual_seconds else 0.0


def differences(usual: Usual) -> tuple[Difference, ...]:
    """Return the tasks that differ: those that took longer first, the most seconds first."""
    found = []
    for task, before in usual.items():
        seconds, rows = _slower(task, before), _moved(task, before)
        if seconds is not None or rows is not None:
            found.append(Difference(task, seconds, rows))
    return tuple(sorted(found, key=_order))


def _order(found: Difference) -> tuple[bool, float, str]:
    more = found.task.length - (found.usual_seconds or 0)
    return found.usual_seconds is None, -more, found.task.label


def usual_seconds(before: Sequence[Task]) -> float:
    """Return the median of the seconds of earlier times."""
    return median(each.length for each in before)


def _slower(task: Task, before: Sequence[Task]) -> float | None:
    usual = usual_seconds(before)
    is_slower = task.length > SLOWER * usual and task.length - usual >= SECONDS
    return usual if is_slower else None


def _moved(task: Task, before: Sequence[Task]) -> tuple[int, int] | None:
    numbers = [each.rows for each in before if each.rows is not None]
    if task.name not in FILLING or task.rows is None or len(numbers) < FEWEST:
        return None
    low, high = min(numbers), max(numbers)
    fell = task.rows * MOVED < low and low - task.rows >= ROWS
    rose = task.rows > MOVED * high and task.rows - high >= ROWS
    return (low, high) if fell or rose else None

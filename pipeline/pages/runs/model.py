"""Runs, as the history records them: one row for each task."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property

FILLING = ("CopyTable", "RefreshCtas")
"""The tasks that fill relations."""

DONE, FAILED, SUPERSEDED, NOT_RUN = "done", "failed", "superseded", "not run"

SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A task of a run; times are UTC, ``relation`` is empty if it is about none.

    ``recorded`` is the start as the history has it, None if the task did not start, or if an
    earlier release wrote the row. ``locked`` are the seconds that it waited for locks.
    """

    name: str
    relation: str
    date: str
    status: str
    ended: dt.datetime
    recorded: dt.datetime | None = None
    seconds: float | None = None
    rows: int | None = None
    bytes: int | None = None
    locked: float = 0.0
    message: str = ""
    started: dt.datetime | None = field(init=False)
    """The start, computed from the seconds if it was not recorded; that of a failure, if it is
    not known, is its end. None if the task did not start."""
    length: float = field(init=False)
    """The seconds from its start to its end, 0 if not known."""

    def __post_init__(self) -> None:
        started = self.recorded
        if started is not None:
            started = min(started, self.ended)
        elif self.seconds:
            started = self.ended - self.seconds * SECOND
        elif self.status == FAILED:
            started = self.ended
        object.__setattr__(self, "started", started)
        object.__setattr__(self, "length", (self.ended - started) / SECOND if started else 0.0)

    @property
    def begin(self) -> dt.datetime:
        """The start, or the end if the task did not start."""
        return self.started or self.ended

    @property
    def label(self) -> str:
        """The task and its relation: ``CopyTable www.orders``."""
        return f"{self.name} {self.relation}".rstrip()

    @property
    def is_interrupted(self) -> bool:
        """Whether it started, and ended with its run."""
        return self.status == NOT_RUN and self.recorded is not None


@dataclass(frozen=True)
class Run:
    """One run, with all its tasks."""

    id: str
    tasks: tuple[Task, ...]

    @cached_property
    def timed(self) -> tuple[Task, ...]:
        """The tasks that started, by their start."""
        found = [each for each in self.tasks if each.started is not None]
        return tuple(sorted(found, key=lambda each: (each.begin, each.ended)))

    @cached_property
    def started(self) -> dt.datetime:
        """The start of the first task, UTC."""
        return self.timed[0].begin if self.timed else self.ended

    @cached_property
    def ended(self) -> dt.datetime:
        """The end of the last task, UTC."""
        return max(each.ended for each in self.tasks)

    @property
    def seconds(self) -> float:
        """The seconds from start to end."""
        return (self.ended - self.started) / SECOND

    @cached_property
    def dates(self) -> str:
        """The date of the run, or the first and last of several: ``2026-11-21``."""
        found = sorted({each.date for each in self.tasks} - {""})
        return " to ".join(dict.fromkeys((found[0], found[-1]))) if found else ""

    def of(self, status: str) -> tuple[Task, ...]:
        """Return the tasks with a status."""
        return tuple(each for each in self.tasks if each.status == status)

    @cached_property
    def rows(self) -> int:
        """The rows of all relations; those that were dumped and loaded count once."""
        return sum(self._largest("rows").values())

    @cached_property
    def bytes(self) -> int:
        """The bytes of all dumps."""
        return sum(self._largest("bytes").values())

    def _largest(self, figure: str) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for each in self.tasks:
            key = each.relation, each.date
            found[key] = max(found.get(key, 0), getattr(each, figure) or 0)
        return found

"""What pages know: the designs, and of each relation what the warehouse and the history tell."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.designs.catalog import Catalog
from pipeline.names import TableName
from pipeline.pages.runs.model import Run

HUES = 8
"""Colors of schemas in pictures."""

GOOD, WARN, BAD, IDLE = "good", "warn", "bad", "idle"

CHECKS_FAILED, TOO_OLD, CHECK_WARNINGS, OLD = "checks failed", "too old", "check warnings", "old"

LEVELS = {"ok": GOOD, "failed": BAD, CHECKS_FAILED: BAD, TOO_OLD: BAD, "never loaded": IDLE}
"""How serious a state is, by its summary; all others need attention."""


@dataclass(frozen=True, slots=True)
class Event:
    """A task that ended, from the history; ``at`` is UTC, ``date`` that of the run."""

    at: dt.datetime
    date: str
    task: str
    status: str
    rows: int | None = None
    bytes: int | None = None
    seconds: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last result of a check; ``passed`` is None if it was not run. ``at`` is UTC.

    ``level`` is how serious it is, ``found`` what it found in words.
    """

    at: dt.datetime
    passed: bool | None
    level: str
    found: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """The state of a relation in the warehouse; ``words`` describe it, the worst first.

    ``loads`` are the last ones that filled it, oldest first; ``failures`` the last ones, newest
    first. Times are UTC.
    """

    summary: str
    words: tuple[str, ...]
    loaded_at: dt.datetime | None = None
    run_date: str = ""
    rows: int | None = None
    bytes: int | None = None
    is_failing: bool = False
    """Whether the newest failure has not been followed by a load."""
    loads: tuple[Event, ...] = ()
    failures: tuple[Event, ...] = ()
    checks: Mapping[str, Outcome] = field(default_factory=dict)
    """The last results of checks, by name."""
    freshness: tuple[str, str] | None = None
    """How serious the age is, and the age in words; None if any age is allowed."""

    @property
    def level(self) -> str:
        """How serious the state is."""
        return LEVELS.get(self.summary, WARN)


@dataclass(frozen=True)
class Site:
    """Everything that the pages show.

    ``facts`` is empty if the warehouse was not asked. ``runs`` come newest first, also those with
    which others are only compared. ``files`` are the paths of a relation's
    design and query in the folder of designs, ``folder`` the relative URL of that folder from a
    relation's page, empty without links.
    """

    catalog: Catalog
    files: Mapping[TableName, tuple[str, ...]]
    title: str
    written_at: dt.datetime
    facts: Mapping[TableName, Facts] = field(default_factory=dict)
    folder: str = ""
    runs: tuple[Run, ...] = ()

    @cached_property
    def schemas(self) -> tuple[str, ...]:
        """The schemas of all relations, sorted."""
        return tuple(sorted({name.schema for name in self.catalog.designs}))

    @cached_property
    def hues(self) -> dict[str, int]:
        """The number of each schema's color, 0 to 7."""
        return {schema: number % HUES for number, schema in enumerate(self.schemas)}

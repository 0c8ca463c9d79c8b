"""What every relation holds, how old that is, and what is wrong with it, told from rows alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.designs.catalog import Catalog
from pipeline.designs.fingerprint import Fingerprints
from pipeline.designs.model import Design
from pipeline.names import Fingerprint, TableName
from pipeline.procedures.operations.staleness import FRESH, Age, find_ages
from pipeline.sql.markers.marker import FILLING

Row = Mapping[str, Any]

FAILED, DONE = "failed", "done"


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that failed after it last ended well; ``occurred_at`` is UTC."""

    task: str
    run_date: dt.date | None
    occurred_at: dt.datetime
    message: str


@dataclass(frozen=True, slots=True)
class Load:
    """The last load of a relation, as its marker proves it, or as only the history knows it."""

    task: str
    run_date: dt.date | None
    loaded_at: dt.datetime
    rows: int | None
    bytes: int | None
    fingerprint: Fingerprint | None
    """None where there is no marker any more."""
    elsewhere: str | None = None
    """The prefix under which the relation was loaded since, which took the marker away."""
    remark: str | None = None

    @property
    def unproved(self) -> str | None:
        """Say why there is no marker, None where there is one."""
        if self.elsewhere is not None:
            return f"loaded under prefix {self.elsewhere} since"
        return "forgotten" if self.fingerprint is None else None


@dataclass(frozen=True, slots=True)
class State:
    """A relation as it is now; without ``load`` it was never loaded. Times are UTC."""

    design: Design
    load: Load | None = None
    limit: int | None = None
    alone: bool = False
    """It was refreshed from the rows that were there, whatever brought them."""
    changed: bool = False
    """The design or query, or one that it reads, is another one now."""
    age: Age = FRESH
    failure: Failure | None = None

    @property
    def is_stale(self) -> bool:
        """Tell whether it would be another one if everything was loaded from the start."""
        return self.changed or self.age.is_stale

    @property
    def words(self) -> tuple[str, ...]:
        """Say what is to be known, the worst first."""
        found = [f"FAILED in {self.failure.task}"] if self.failure else []
        if self.load is None:
            return (*found, "never loaded")
        found += filter(None, (self.load.unproved, self.load.remark))
        if self.limit is not None:
            found.append(f"partial (--limit {self.limit})")
        if self.alone:
            found.append("refreshed with --alone")
        elif self.changed:
            found.append("design changed since")
        return (*found, *self.age.words) or ("ok",)


@dataclass(frozen=True, slots=True)
class LoadHistory:
    """What the warehouse tells: newest markers, oldest first, and the latest runs of all tasks."""

    markers: Iterable[Row]
    latest: Iterable[Row]
    elsewhere: Iterable[Row] = ()
    """When other prefixes loaded what, oldest first."""
    _loads: dict[str, Load] = field(default_factory=dict, init=False)
    _failures: dict[str, Failure] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for row in self.markers:
            if row["task"] in FILLING:
                self._loads[row["target_table"]] = _proved(row)
        others = {row["target_table"]: row for row in self.elsewhere}
        for row in sorted(self.latest, key=lambda each: each["occurred_at"]):
            name = row["target_table"]
            if row["task"] in FILLING and row["status"] == DONE:
                self._loads[name] = _last(self._loads.get(name), row, others.get(name))
        self._failures.update(_standing_failures(self.latest))

    def load(self, name: TableName) -> Load | None:
        """Return the last load of a relation."""
        return self._loads.get(str(name))

    def failure(self, name: TableName) -> Failure | None:
        """Return what failed last, unless the relation was filled since."""
        found, filled = self._failures.get(str(name)), self.load(name)
        if found and filled and filled.loaded_at > found.occurred_at:
            return None
        return found


def _proved(row: Row) -> Load:
    """Read a load from its marker."""
    return Load(
        task=row["task"],
        run_date=row["run_date"],
        loaded_at=row["inserted_at"],
        rows=row["row_count"],
        bytes=row["byte_count"],
        fingerprint=Fingerprint.parse(row["fingerprint"]),
    )


def _last(proved: Load | None, done: Row, other: Row | None) -> Load:
    """Return the later of two loads: one with a marker, and the last that the history knows.

    One load is in both; the history has it a moment later.
    """
    if proved and (proved.run_date == done["run_date"] or proved.loaded_at > done["occurred_at"]):
        return proved
    gone = other is not None and other["inserted_at"] > done["occurred_at"]
    return Load(
        task=done["task"],
        run_date=done["run_date"],
        loaded_at=done["occurred_at"],
        rows=None if gone else done["row_count"],
        bytes=None if gone else done["byte_count"],
        fingerprint=None,
        elsewhere=other["prefix"] if other is not None and gone else None,
        remark=done["message"],
    )


def states(
    catalog: Catalog,
    names: Iterable[TableName],
    books: LoadHistory,
    fingerprints: Callable[[int | None], Fingerprints],
) -> Iterator[State]:
    """Yield the state of each relation; ``fingerprints`` returns those of a limit."""
    ages = find_ages(catalog, books.load)
    for name in names:
        yield _state(catalog[name], books, ages[name], fingerprints)


def _state(
    design: Design,
    books: LoadHistory,
    age: Age,
    fingerprints: Callable[[int | None], Fingerprints],
) -> State:
    load, failure = books.load(design.name), books.failure(design.name)
    if load is None or load.fingerprint is None:
        return State(design, load, age=age, failure=failure)
    limit = load.fingerprint.limit
    return State(
        design,
        load,
        limit=limit,
        alone=load.fingerprint.run is not None,
        changed=load.fingerprint != fingerprints(limit).content(design.name),
        age=age,
        failure=failure,
    )


def _standing_failures(latest: Iterable[Row]) -> dict[str, Failure]:
    """Return each relation's newest failure of a task that did not end well since."""
    done: dict[tuple[str, str], dt.datetime] = {}
    failed: list[Row] = []
    for row in latest:
        if row["target_table"] is None:
            continue
        if row["status"] == DONE:
            done[row["target_table"], row["task"]] = row["occurred_at"]
        elif row["status"] == FAILED:
            failed.append(row)
    standing: dict[str, Failure] = {}
    for row in sorted(failed, key=lambda each: each["occurred_at"]):
        ended = done.get((row["target_table"], row["task"]))
        if ended is None or ended < row["occurred_at"]:
            message = row["message"] or ""
            standing[row["target_table"]] = Failure(
                row["task"], row["run_date"], row["occurred_at"], message
            )
    return standing

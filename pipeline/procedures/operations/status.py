"""The state of every relation: last load, age, failures; from rows of the warehouse alone."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.designs.catalog import Catalog
from pipeline.designs.fingerprint import Fingerprints
from pipeline.designs.model.design import Design
from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.procedures.checks.last import CheckState
from pipeline.procedures.content import damage
from pipeline.procedures.incremental.base import is_files
from pipeline.procedures.inventory import Inventory
from pipeline.procedures.operations.staleness import FRESH, Age, find_ages
from pipeline.sql.markers.marker import FILLING
from pipeline.sql.markers.run_date import run_date_of

Row = Mapping[str, Any]

FAILED, DONE, SUPERSEDED = "failed", "done", "superseded"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure of a task that has not succeeded since; ``occurred_at`` is UTC."""

    task: str
    run_date: RunDate | None
    occurred_at: dt.datetime
    message: str


@dataclass(frozen=True, slots=True)
class Load:
    """The last load of a relation, from its marker, or from the history if there is none."""

    task: str
    run_date: RunDate | None
    loaded_at: dt.datetime
    rows: int | None
    bytes: int | None
    fingerprint: Fingerprint | None
    """None if the marker no longer exists."""
    elsewhere: str | None = None
    """The prefix of a later load, which replaced the marker."""
    remark: str | None = None
    object_id: int | None = None
    """The object id of what was published; None if it was not recorded."""
    increment: Row | None = None
    """The marker of a table that is loaded incrementally."""
    read_at: dt.datetime | None = None
    """When its dump began; None if that was not recorded."""

    @property
    def without_marker(self) -> str | None:
        """The reason why there is no marker; None if there is one."""
        if self.elsewhere is not None:
            return f"loaded under prefix {self.elsewhere} since"
        return "forgotten" if self.fingerprint is None else None


@dataclass(frozen=True, slots=True)
class State:
    """The state of a relation; without ``load`` it was never loaded. Times are UTC."""

    design: Design
    load: Load | None = None
    limit: int | None = None
    alone: bool = False
    """Whether it was refreshed with --alone, from the rows that were there."""
    changed: bool = False
    """Whether its design or query, or one that it reads, has changed since."""
    age: Age = FRESH
    failure: Failure | None = None
    damage: str | None = None
    """What somebody did to the relation since, in words."""
    superseded: RunDate | None = None
    """The date of a run that left these later rows as they are."""
    checks: CheckState | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The state in words, the worst first: ``("FAILED in CopyTable", "forgotten")``."""
        found = [f"FAILED in {self.failure.task}"] if self.failure else []
        if self.load is None:
            return (*found, "never loaded")
        found += filter(None, (self.damage, self.load.without_marker, self.load.remark))
        if self.limit is not None:
            found.append(f"partial (--limit {self.limit})")
        if self.alone:
            found.append("refreshed with --alone")
        elif self.changed:
            found.append("design changed since")
        if self.checks is not None and self.checks.failing:
            found.append("checks failed")
        words = (*found, *self.age.words) or ("ok",)
        left = (f"the run of {self.superseded} was superseded",) if self.superseded else ()
        return (*words, *left)

    @property
    def increment(self) -> str:
        """The last load in words, if it was an incremental table's; else empty."""
        row = self.load.increment if self.load else None
        return increment_text(row) if row else ""

    @property
    def summary(self) -> str:
        """The worst of the words, without names and numbers: each relation is counted once."""
        worst = self.words[0]
        if self.failure:
            return "failed"
        if worst.startswith("partial"):
            return "partial"
        return "stale" if worst in ("design changed since", *self.age.words) else worst


@dataclass(frozen=True, slots=True)
class LoadHistory:
    """Newest marker of each task and relation, oldest first, and the latest run of each task."""

    markers: Iterable[Row]
    latest: Iterable[Row]
    elsewhere: Iterable[Row] = ()
    """Loads under other prefixes, oldest first."""
    results: Iterable[Row] = ()  # the last ones of checks
    _loads: dict[str, Load] = field(default_factory=dict, init=False)
    _failures: dict[str, Failure] = field(default_factory=dict, init=False)
    _superseded: dict[str, Row] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for row in self.markers:
            if row["task"] in FILLING:
                self._loads[row["target_table"]] = _from_marker(row)
        others = {row["target_table"]: row for row in self.elsewhere}
        for row in sorted(self.latest, key=lambda each: each["occurred_at"]):
            name = row["target_table"]
            if row["task"] in FILLING and row["status"] == DONE:
                self._loads[name] = _last(self._loads.get(name), row, others.get(name))
            if row["status"] == SUPERSEDED:
                self._superseded[name] = row
        self._failures.update(_standing_failures(self.latest))

    def load(self, name: TableName) -> Load | None:
        """Return the last load of a relation, None if it was never loaded."""
        return self._loads.get(str(name))

    def superseded(self, name: TableName) -> RunDate | None:
        """Return the date of the last run that left later rows as they are, None after a load."""
        found, filled = self._superseded.get(str(name)), self.load(name)
        if found is None or (filled and filled.loaded_at > found["occurred_at"]):
            return None
        return run_date_of(found)

    def failure(self, name: TableName) -> Failure | None:
        """Return the last failure, None if the relation was filled since."""
        found, filled = self._failures.get(str(name)), self.load(name)
        if found and filled and filled.loaded_at > found.occurred_at:
            return None
        return found


def _from_marker(row: Row) -> Load:
    """Return the load that a marker records."""
    return Load(
        task=row["task"],
        run_date=run_date_of(row),
        loaded_at=row["inserted_at"],
        rows=row["row_count"],
        bytes=row["byte_count"],
        fingerprint=Fingerprint.parse(row["fingerprint"]),
        object_id=row.get("object_id"),
        increment=row if row.get("load_kind") else None,
        read_at=row.get("read_at"),
    )


def increment_text(row: Row) -> str:
    """Describe the last load of an incremental table, and where the next one begins."""
    following = f"next from {row['position']}" if row["position"] else "next: all rows"
    if not row["position"] and not row["source"]:  # The position was withdrawn.
        following = f"{following}, because {row['reason']}"
    if row["position"] and is_files(row["source"]):
        following = f"next: new files ({row['position']} loaded)"
    if row["load_kind"] == "whole":
        reason = f" because {row['reason']}" if row["source"] else ""
        return f"all rows were loaded{reason}; {following}"
    numbers = ((row[f"rows_{what}"], what) for what in CHANGES)
    changes = ", ".join(f"{number:,} {what}" for number, what in numbers if number is not None)
    return "; ".join(filter(None, (f"delta: {changes}", PROVED.get(row["proved"]), following)))


PROVED = {"keys": "keys equal upstream's", "count": "count compared with upstream's"}
CHANGES = ("added", "changed", "deleted")


def _last(marked: Load | None, done: Row, other: Row | None) -> Load:
    """Return the later of two loads: the one with a marker, and the last one of the history.

    They may be the same load, which the history records a moment later. ``other`` is the last load
    under another prefix.
    """
    date = run_date_of(done)
    if marked and (marked.run_date == date or marked.loaded_at > done["occurred_at"]):
        return marked
    replaced = other is not None and other["inserted_at"] > done["occurred_at"]
    return Load(
        task=done["task"],
        run_date=date,
        loaded_at=done["occurred_at"],
        rows=None if replaced else done["row_count"],
        bytes=None if replaced else done["byte_count"],
        fingerprint=None,
        elsewhere=other["prefix"] if other is not None and replaced else None,
        remark=done["message"],
    )


def states(
    catalog: Catalog,
    names: Iterable[TableName],
    history: LoadHistory,
    fingerprints: Callable[[int | None], Fingerprints],
    inventory: Inventory,
) -> Iterator[State]:
    """Yield the state of each relation; ``fingerprints`` returns those for a limit.

    ``inventory`` is what is in the warehouse now.
    """
    loads = ((name, history.load(name)) for name in catalog.designs)
    checks = CheckState.of(history.results)
    ages = find_ages(catalog, {name: load.loaded_at for name, load in loads if load})
    for name in names:
        state = _state(catalog[name], history, ages[name], fingerprints)
        damage = _damage(state.load, inventory.relations.get(name))
        superseded, last = history.superseded(name), checks.get(str(name))
        yield replace(state, damage=damage, superseded=superseded, checks=last)


def _damage(load: Load | None, object_id: int | None) -> str | None:
    """Return in words what somebody did to a relation that has this object id, None if gone."""
    if load is None:
        return None
    return damage(None if load.elsewhere else load.object_id, object_id)


def _state(
    design: Design,
    history: LoadHistory,
    age: Age,
    fingerprints: Callable[[int | None], Fingerprints],
) -> State:
    load, failure = history.load(design.name), history.failure(design.name)
    if load is None or load.fingerprint is None:
        return State(design, load, age=age, failure=failure)
    limit = load.fingerprint.limit
    content = fingerprints(None).content
    return State(
        design,
        load,
        limit=limit,
        alone=load.fingerprint.run is not None,
        changed=load.fingerprint != fingerprints(limit).content(design.name),
        age=age,
        failure=failure if failure and not _is_over(failure, load, content(design.name)) else None,
    )


def _is_over(failure: Failure, load: Load, complete: Fingerprint) -> bool:
    """Return whether a run of the failure's date would find the relation complete.

    This is the case after a change that failed was taken back: the marker of the load before it is
    valid again, and no task runs that could succeed.
    """
    if load.run_date is None or failure.run_date is None:
        return False
    return load.fingerprint == complete and load.run_date >= failure.run_date


def _standing_failures(latest: Iterable[Row]) -> dict[str, Failure]:
    """Return each relation's newest failure of a task that has not succeeded since."""
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
                row["task"], run_date_of(row), row["occurred_at"], message
            )
    return standing

"""The last load of every relation, and failures since; from rows of the warehouse alone."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.sql.markers.marker import FILLING
from pipeline.sql.markers.run_date import run_date_of
from pipeline.stores.warehouse import Row

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
class LoadHistory:
    """Newest marker of each task and relation, oldest first, and the latest run of each task."""

    markers: Iterable[Row]
    latest: Iterable[Row]
    elsewhere: Iterable[Row] = ()
    """Loads under other prefixes, oldest first."""
    results: Iterable[Row] = ()  # the last ones of checks
    _loads: dict[str, Load] = field(default_factory=dict, init=False)
    _others: dict[str, Row] = field(default_factory=dict, init=False)
    _failures: dict[str, Failure] = field(default_factory=dict, init=False)
    _superseded: dict[str, Row] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for row in self.markers:
            if row["task"] in FILLING:
                self._loads[row["target_table"]] = _from_marker(row)
        self._others.update((row["target_table"], row) for row in self.elsewhere)
        for row in sorted(self.latest, key=lambda each: each["occurred_at"]):
            name = row["target_table"]
            if row["task"] in FILLING and row["status"] == DONE:
                self._loads[name] = _last(self._loads.get(name), row, self._others.get(name))
            if row["status"] == SUPERSEDED:
                self._superseded[name] = row
        self._failures.update(_standing_failures(self.latest))

    def load(self, name: TableName) -> Load | None:
        """Return the last load of a relation, None if it was never loaded."""
        return self._loads.get(str(name))

    def filled_at(self, name: TableName) -> dt.datetime | None:
        """Return when a relation was last loaded under any prefix, None if it never was."""
        own, other = self.load(name), self._others.get(str(name))
        times = (own and own.loaded_at, other and other["inserted_at"])
        return max(filter(None, times), default=None)

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

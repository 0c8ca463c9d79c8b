"""What every relation holds, how old that is, and what is wrong with it, told from rows alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.designs.catalog import Catalog
from pipeline.designs.fingerprint import Fingerprints, limit_of
from pipeline.designs.model import Design
from pipeline.names import TableName
from pipeline.sql.marker import FILLING

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
class State:
    """A relation as it is now; without ``task`` it was never loaded. Times are UTC."""

    design: Design
    task: str | None = None
    run_date: dt.date | None = None
    loaded_at: dt.datetime | None = None
    rows: int | None = None
    bytes: int | None = None
    limit: int | None = None
    changed: bool = False
    """The design or query, or one that it reads, is another one now."""
    newer: tuple[TableName, ...] = ()
    """What it reads and what was loaded after it."""
    failure: Failure | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """Say what is to be known, the worst first."""
        found = [f"FAILED in {self.failure.task}"] if self.failure else []
        if self.task is None:
            return (*found, "never loaded")
        if self.limit is not None:
            found.append(f"partial (--limit {self.limit})")
        if self.changed:
            found.append("design changed since")
        if self.newer:
            found.append(f"older than {', '.join(map(str, self.newer))}")
        return tuple(found) or ("ok",)


@dataclass(frozen=True, slots=True)
class Books:
    """What the warehouse tells: newest markers, oldest first, and the latest runs of all tasks."""

    markers: Iterable[Row]
    latest: Iterable[Row]
    _content: dict[str, Row] = field(default_factory=dict, init=False)
    _failures: dict[str, Failure] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for row in self.markers:
            if row["task"] in FILLING:
                self._content[row["target_table"]] = row
        self._failures.update(_standing_failures(self.latest))

    def content(self, name: TableName) -> Row | None:
        """Return the newest marker of what a relation holds."""
        return self._content.get(str(name))

    def failure(self, name: TableName) -> Failure | None:
        """Return what failed last, unless the relation was filled since."""
        found, filled = self._failures.get(str(name)), self.content(name)
        if found and filled and filled["inserted_at"] > found.occurred_at:
            return None
        return found


def states(
    catalog: Catalog,
    names: Iterable[TableName],
    books: Books,
    fingerprints: Callable[[int | None], Fingerprints],
) -> Iterator[State]:
    """Yield the state of each relation; ``fingerprints`` returns those of a limit."""
    for name in names:
        yield _state(catalog[name], books, fingerprints)


def _state(
    design: Design, books: Books, fingerprints: Callable[[int | None], Fingerprints]
) -> State:
    row, failure = books.content(design.name), books.failure(design.name)
    if row is None:
        return State(design, failure=failure)
    limit = limit_of(row["fingerprint"])
    return State(
        design,
        task=row["task"],
        run_date=row["run_date"],
        loaded_at=row["inserted_at"],
        rows=row["row_count"],
        bytes=row["byte_count"],
        limit=limit,
        changed=row["fingerprint"] != fingerprints(limit).content(design.name),
        newer=tuple(_newer(design, row, books)),
        failure=failure,
    )


def _newer(design: Design, row: Row, books: Books) -> Iterator[TableName]:
    """Yield what was loaded after this was; a view shows what its relations hold, whenever."""
    if design.kind == "VIEW":
        return
    for name in design.needs:
        read = books.content(name)
        if read is not None and read["inserted_at"] > row["inserted_at"]:
            yield name


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

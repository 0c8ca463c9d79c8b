"""How fresh relations are: by their last load, or by the newest value of a column."""

import datetime as dt
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from pipeline.designs.model.design import Design
from pipeline.designs.rules.freshness import find_column, type_of
from pipeline.errors import WarehouseError
from pipeline.figures import write_duration
from pipeline.freshness import Freshness
from pipeline.names import TableName
from pipeline.procedures.operations.status import State
from pipeline.sql.tables.freshness import select_newest_values
from pipeline.stores.warehouse import Query

AHEAD = dt.timedelta(days=1)
"""Values that lie further ahead say nothing about an age; zones differ by less than a day."""

TOGETHER = 100
"""The relations that one statement reads."""

Severity = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The time from which the age of rows counts, in UTC, in words; None for what has no age."""

    newest: dt.datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a relation is as fresh as ``required``; None if its column was not read."""

    required: Freshness
    severity: Severity | None = None
    newest: dt.datetime | None = None
    words: str = ""

    @classmethod
    def of(cls, required: Freshness, reading: Reading, now: dt.datetime) -> Self:
        """Compare a reading with the ages that are allowed."""
        worst: Severity = "warning" if required.error_after is None else "error"
        newest, words = reading.newest, reading.words
        if newest is None:
            return cls(required, worst, None, words)
        if newest - now > AHEAD:
            return cls(required, worst, newest, f"{words}, more than a day ahead")
        if required.error_after is not None and now - newest > required.error_after:
            limit = f"{write_duration(required.error_after)} ago (error_after)"
            return cls(required, "error", newest, f"{words}, more than {limit}")
        if required.warn_after is not None and now - newest > required.warn_after:
            limit = f"{write_duration(required.warn_after)} ago (warn_after)"
            return cls(required, "warning", newest, f"{words}, more than {limit}")
        return cls(required, "ok", newest, words)


@dataclass(frozen=True, slots=True)
class FreshnessJob:
    """What ``required`` says of a design is compared with its rows; ``now`` is a naive UTC time.

    Columns of relations that are ``present`` are read by ``query``; without it they are not read.
    """

    required: Callable[[Design], Freshness | None]
    now: dt.datetime
    present: Container[TableName] = ()
    query: Query | None = None


def verdicts(found: Sequence[State], job: FreshnessJob) -> dict[TableName, Verdict]:
    """Return the verdict on each relation that has to be fresh."""
    fresh = [(state, each) for state in found if (each := job.required(state.design)) is not None]
    columns = {state.design: each.column for state, each in fresh if each.column is not None}
    read = {} if job.query is None else dict(_by_column(columns, job.present, job.query))
    result = {}
    for state, each in fresh:
        name = state.design.name
        reading = by_load(state) if each.column is None else read.get(name)
        result[name] = Verdict(each) if reading is None else Verdict.of(each, reading, job.now)
    return result


def by_load(state: State) -> Reading:
    """Return when the rows of the last load were read upstream, else when they were loaded."""
    load = state.load
    if load is None:
        return Reading(None, "never loaded")
    if state.damage is not None:
        return Reading(None, state.damage)
    if load.read_at is not None:
        return Reading(load.read_at, f"rows read upstream at {_moment(load.read_at)}")
    return Reading(load.loaded_at, f"loaded at {_moment(load.loaded_at)}")


def _by_column(
    names: Mapping[Design, str], present: Container[TableName], query: Query
) -> Iterator[tuple[TableName, Reading]]:
    columns = []
    for design, name in names.items():
        column = find_column(design, name)
        assert column is not None, "a design without faults has the column"
        if design.name in present:
            columns.append((design.name, column.name, type_of(column) or ""))
        else:
            yield design.name, Reading(None, "missing in the warehouse")
    for start in range(0, len(columns), TOGETHER):
        yield from _read(columns[start : start + TOGETHER], query)


def _read(
    columns: Sequence[tuple[TableName, str, str]], query: Query
) -> Iterator[tuple[TableName, Reading]]:
    """Read columns in one statement, or one by one if it fails because of one of them."""
    try:
        newest = {row["place"]: row["newest"] for row in query(select_newest_values(columns))}
    except WarehouseError as error:
        if error.sqlstate is None or error.retryable:
            raise
        if len(columns) == 1:
            message = str(error).partition("\n")[0]
            yield columns[0][0], Reading(None, f"{columns[0][1]} cannot be read: {message}")
            return
        for each in columns:
            yield from _read([each], query)
        return
    for place, (name, column, _) in enumerate(columns):
        yield name, _reading(column, newest[place])


def _reading(column: str, text: str | None) -> Reading:
    if text is None:
        return Reading(None, f"empty, or {column} is NULL in all rows")
    try:
        newest = dt.datetime.fromisoformat(text)
    except ValueError:
        return Reading(None, f"newest {column} {text} UTC, which is no year up to 9999")
    return Reading(newest, f"newest {column} {_moment(newest)}")


def _moment(value: dt.datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S} UTC"

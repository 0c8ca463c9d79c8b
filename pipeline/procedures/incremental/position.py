"""Where the next dump begins: before everything that this dump's snapshot may not see.

With ``set_by: transaction``, no value is earlier than the start of the transaction that writes
it, so the start of the oldest one that ran before the snapshot is a bound. Where no start says
anything about the values, the design's ``lag`` decides: how long after its value a row is
committed at most. While some transactions hide their start, a position stays where it was.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from pipeline.designs.model.incremental import NUMBERS
from pipeline.errors import UpstreamError
from pipeline.figures import count
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.incremental.source import Source
from pipeline.sql.statement import Statement
from pipeline.sql.upstream import increment
from pipeline.stores.upstream.database import Session
from pipeline.stores.upstream.observation import Observation

LONG = dt.timedelta(hours=1)
"""A transaction that is older than this is reported."""

Scan = Callable[[Statement], Mapping[str, Any]]
"""Runs a query that returns one row."""


@dataclass(frozen=True, slots=True)
class Position:
    """The position after a dump, None if the next one takes all rows; ``note`` says why."""

    value: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a position is calculated from: a ``moment``, None for the largest value, less ``back``.

    Without ``back``, the position of a delta stays where it was, and all rows have none. ``clock``
    is the server's.
    """

    clock: str
    moment: str | None = None
    back: dt.timedelta | int | None = None
    note: str = ""

    @property
    def takes_largest(self) -> bool:
        """Return whether the largest value is read."""
        return self.moment is None and self.back is not None

    @property
    def amount(self) -> str:
        """Return ``back`` as PostgreSQL reads it: ``0 days 900.000000 seconds``, or a number."""
        match self.back:
            case dt.timedelta() as back:
                return f"{back.days} days {back.seconds}.{back.microseconds:06d} seconds"
            case _:
                return str(self.back)


def find_bound(job: DumpJob, observed: Observation, source: Source) -> Bound:
    """Return what the next position is calculated from; UpstreamError if that needs a ``lag``."""
    incremental = job.design.incremental
    clock, window = observed.clock, incremental.window
    hidden, unknown = _hidden(observed), _unknown(observed, source)
    if window is None and incremental.set_by == "application":
        return Bound(clock, back=_lag(job, "it has the clocks of application servers"))
    lag = _lag(job, unknown, observed) if unknown and window is None else None
    if hidden:
        return Bound(clock, note=hidden)
    if lag is not None:
        return Bound(clock, None, lag, f"{unknown}, so the largest value less lag counts")
    moment, note = (clock, unknown) if unknown else (observed.bound, _old(observed))
    return Bound(clock, moment, window or dt.timedelta(0), note)


def _hidden(observed: Observation) -> str:
    """Return which transactions do not show when they began."""
    found = [count(observed.prepared, "prepared transaction")] if observed.prepared else []
    if observed.hidden:
        found.append(f"{count(observed.hidden, 'session')} with track_activities = off")
    return f"unknown start of {' and '.join(found)}" if found else ""


def _old(observed: Observation) -> str:
    """Return that an old transaction makes each dump read much again; the time is only shown."""
    clock, bound = map(dt.datetime.fromisoformat, (observed.clock, observed.bound))
    if clock - bound < LONG:
        return ""
    return f"a transaction that began at {bound:%Y-%m-%d %H:%M} UTC holds the position back"


def _unknown(observed: Observation, source: Source) -> str:
    """Return why the starts of transactions say nothing about the values of the cursor."""
    if observed.standby:
        return "a standby does not show the transactions of its primary"
    if source.replicated:
        return "a subscription writes its rows, with the times of another server"
    if not observed.sees_all:
        return _unseen(observed)
    return ""


def _unseen(observed: Observation) -> str:
    return f"the user {observed.role} may not see the transactions of others"


def _lag(job: DumpJob, why: str, observed: Observation | None = None) -> dt.timedelta | int:
    incremental = job.design.incremental
    if incremental.lag is None:
        grant = (
            f"GRANT pg_read_all_stats TO {observed.role}, or "
            if observed is not None and why == _unseen(observed)
            else ""
        )
        raise UpstreamError(
            f"{job.upstream.name}: {job.extract.table}: {incremental.column} has no lower bound"
            f" for rows that are committed later: {why}; {grant}give 'lag' in"
            f" extract_settings.incremental of {job.design.name}: how long after its value of"
            f" {incremental.column} a row is committed at most"
        )
    return incremental.lag


def is_ahead(session: Session, position: str, bound: Bound, source: Source) -> bool:
    """Return whether a position is later than the clock upstream."""
    if source.type in NUMBERS:
        return False
    statement = increment.is_ahead(position, bound.clock, source.type)
    return bool(session.query(statement)[0]["ahead"])


def went_back(job: DumpJob, scan: Scan, position: str, source: Source) -> bool:
    """Return whether all numbers are less than a position: later rows may have been, too.

    This happens after a sequence began again, or a value far above all others was corrected.
    """
    if source.type not in NUMBERS:
        return False
    largest = scan(largest_value(job, source))["largest"]
    return largest is not None and Decimal(largest) < Decimal(position)


def find_position(
    job: DumpJob, scan: Scan, bound: Bound, source: Source, base: str | None
) -> Position:
    """Calculate the position after the dump; ``base`` is that of the rows a delta is applied to.

    A position may stay where it was, but never moves back: what ``base`` says remains true.
    """
    if bound.back is None:
        effect = "the next load takes all rows" if base is None else "the position stays"
        return Position(base, f"{bound.note}: {effect}")
    if bound.moment is not None:
        statement = increment.before(bound.moment, source.type, back=bound.amount, base=base)
        return Position(scan(statement)["position"], bound.note)
    largest = scan(largest_value(job, source))["largest"]
    if largest is None:
        empty = f"no row has a {job.design.incremental.column}: the next load takes all rows"
        return Position(base, bound.note if base else empty)
    statement = increment.behind(largest, bound.clock, source.type, lag=bound.amount, base=base)
    return Position(scan(statement)["position"], bound.note)


def largest_value(job: DumpJob, source: Source) -> Statement:
    """Render the query of the cursor's largest value."""
    whole = replace(job.extract, since=None)
    return increment.largest(whole, job.design.incremental.column, source.type, source.version)

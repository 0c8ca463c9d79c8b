"""How a table is loaded incrementally: ``extract_settings.incremental`` of its design."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.designs.model.upstream import UpstreamType
from pipeline.figures import UNIT, read_duration, read_share

FULL_EVERY = dt.timedelta(days=7)

TOLERANCE = dt.timedelta(hours=1)
"""A run may begin this much earlier than the one of ``full_every`` before."""

MAX_DELETE_SHARE = 0.05

TIMES = frozenset({"date", "timestamp", "timestamptz"})
NUMBERS = frozenset({"int2", "int4", "int8", "numeric"})
"""PostgreSQL's names of the types that a cursor can have."""


@dataclass(frozen=True, slots=True)
class Incremental:
    """Which rows a run reads: those at or behind a position in ``column``, which is upstream's.

    With ``window``, the rows of that range replace those in the warehouse; otherwise rows replace
    those of equal key. ``lag`` is a duration for times and a number for numbers. ``deletes`` is
    ``marked`` if upstream keeps deleted rows and marks them in ``deleted_column``.
    ``max_delete_share`` is a fraction; ``full_every`` is None for never.
    """

    column: str
    window: dt.timedelta | None = None
    set_by: Literal["transaction", "application"] = "transaction"
    lag: dt.timedelta | int | None = None
    deletes: Literal["compare_keys", "ignore", "marked"] = "compare_keys"
    deleted_column: str | None = None
    max_delete_share: float = MAX_DELETE_SHARE
    full_every: dt.timedelta | None = FULL_EVERY

    @property
    def compares_keys(self) -> bool:
        """Return whether all keys are read, to find the rows that upstream deleted."""
        return self.window is None and self.deletes == "compare_keys"

    @property
    def follows_transactions(self) -> bool:
        """Return whether the position is the start of the oldest running transaction."""
        return self.window is None and self.set_by == "transaction"

    @property
    def identity(self) -> tuple[object, ...]:
        """Return what a position depends on, for fingerprints."""
        kind = "cursor" if self.window is None else "window"
        window, lag = map(_number, (self.window, self.lag))
        return (kind, self.column, self.set_by, self.deletes, self.deleted_column, window, lag)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the upstream columns that must be there."""
        return tuple(name for name in (self.column, self.deleted_column) if name is not None)

    @property
    def column_key(self) -> tuple[str, ...]:
        """Return the key that names the column, below ``extract_settings.incremental``."""
        return ("cursor",) if self.window is None else ("window", "column")

    def type_faults(self, found: UpstreamType) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yield keys and problems of a column of this type upstream."""
        name, base = f"'{self.column}' is {found} upstream", found.base
        fits = found.category == "base" and (
            base in TIMES or (base in NUMBERS and self.window is None)
        )
        if not fits:
            numbers = "" if self.window else ", integer or numeric"
            yield self.column_key, f"{name}; expected timestamptz, timestamp, date{numbers}"
        elif base in NUMBERS:
            if self.set_by == "transaction":
                yield ("set_by",), f"{name}, which is not a time; expected application, with a lag"
            if isinstance(self.lag, dt.timedelta):
                yield ("lag",), f"{name}; expected a whole number, as in lag: 1000"
        elif isinstance(self.lag, int):
            yield ("lag",), f"{name}; expected a duration such as 15 minutes"
        elif base == "date" and self.lag and self.lag % dt.timedelta(days=1):
            yield ("lag",), f"{name}; expected whole days, as in lag: 1 day"


def read_incremental(raw: Mapping[str, Any]) -> Incremental:
    """Read the mapping of a design that its schema accepts."""
    if "window" in raw:
        window = raw["window"]
        size = read_duration(window["size"])
        return Incremental(window["column"], size, full_every=_full_every(raw))
    deletes, lag = raw.get("deletes", "compare_keys"), raw.get("lag")
    marked = isinstance(deletes, Mapping)
    return Incremental(
        column=raw["cursor"],
        set_by=raw.get("set_by", "transaction"),
        lag=None if lag is None else read_duration(lag) if isinstance(lag, str) else int(lag),
        deletes="marked" if marked else deletes,
        deleted_column=deletes["column"] if marked else None,
        max_delete_share=_share(raw),
        full_every=_full_every(raw),
    )


def _number(amount: dt.timedelta | int | None) -> int | None:
    """Return a duration in seconds, or a number as it is."""
    return amount // UNIT if isinstance(amount, dt.timedelta) else amount


def _share(raw: Mapping[str, Any]) -> float:
    text = raw.get("max_delete_share")
    return MAX_DELETE_SHARE if text is None else read_share(text)


def _full_every(raw: Mapping[str, Any]) -> dt.timedelta | None:
    text = raw.get("full_every")
    if text is None:
        return FULL_EVERY
    return None if text == "never" else read_duration(text)

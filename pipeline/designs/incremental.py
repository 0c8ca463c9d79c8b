"""How a table is loaded incrementally: ``extract_settings.incremental`` of its design."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

FULL_EVERY = dt.timedelta(days=7)

MAX_DELETE_SHARE = 0.05


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
    def identity(self) -> tuple[object, ...]:
        """Return what a position depends on, for fingerprints."""
        kind = "cursor" if self.window is None else "window"
        return (kind, self.column, self.set_by, self.deletes, self.deleted_column)

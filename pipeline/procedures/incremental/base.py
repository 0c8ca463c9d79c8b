"""The rows that a delta is applied to, and the decision between a delta and all rows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Base:
    """The rows that a table holds, as their marker describes them, and where they end.

    ``loaded_at`` is the marker's ``inserted_at`` in ISO 8601.
    """

    update_id: str
    loaded_at: str
    position: str
    source: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A delta from ``base``, or all rows for a ``reason``.

    A dump that finds another source upstream than that of the base takes all rows, too.
    """

    base: Base | None = None
    reason: str = ""

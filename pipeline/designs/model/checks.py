"""Data checks: what the rows of a relation must satisfy before they are published."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from pipeline.names import TableName

Value = str | int | Decimal | bool
"""A literal of a design; its column's type decides how it is written in SQL.

Dates and times are texts in the format of ISO 8601, ``2026-11-28 14:00:00+00``.
"""

Severity = Literal["error", "warn"]

RELATION = "{relation}"
"""What stands for the rows that are checked, in the SQL of ``query`` and ``sum_equals``."""


@dataclass(frozen=True, slots=True)
class NotNull:
    """The column is never NULL."""

    column: str
    kind: ClassVar = "not_null"


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows have equal values in the columns; rows with a NULL among them are unique."""

    columns: tuple[str, ...]
    kind: ClassVar = "unique"


@dataclass(frozen=True, slots=True)
class AcceptedValues:
    """The column holds one of the values, or NULL."""

    column: str
    values: tuple[Value, ...]
    kind: ClassVar = "accepted_values"


@dataclass(frozen=True, slots=True)
class Relationship:
    """Each value of the column, except NULL, is in the column ``references`` of ``table``."""

    column: str
    table: TableName
    references: str
    kind: ClassVar = "relationship"


@dataclass(frozen=True, slots=True)
class Range:
    """The column is between both bounds, which belong to the range, or NULL."""

    column: str
    minimum: Value | None = None
    maximum: Value | None = None
    kind: ClassVar = "range"


@dataclass(frozen=True, slots=True)
class Pattern:
    """The column is LIKE the pattern, or NULL."""

    column: str
    like: str
    kind: ClassVar = "pattern"


@dataclass(frozen=True, slots=True)
class RowCount:
    """The number of rows is within bounds.

    ``max_change`` is the largest change since the last load, as a fraction of its rows.
    """

    minimum: int | None = None
    maximum: int | None = None
    max_change: float | None = None
    kind: ClassVar = "row_count"


@dataclass(frozen=True, slots=True)
class SumEquals:
    """The sum of the column is what the query returns in its only column and row.

    ``{relation}`` in it stands for the rows that are checked.
    """

    column: str
    query: str
    kind: ClassVar = "sum_equals"


@dataclass(frozen=True, slots=True)
class Query:
    """The query returns no row. ``{relation}`` in it stands for the rows that are checked."""

    sql: str
    kind: ClassVar = "query"


Rule = (
    NotNull
    | Unique
    | AcceptedValues
    | Relationship
    | Range
    | Pattern
    | RowCount
    | SumEquals
    | Query
)


@dataclass(frozen=True, slots=True)
class Check:
    """A rule for the rows of a relation; ``name`` is unique among its checks.

    ``where`` is SQL of the warehouse: the rule is for the rows that meet it. A check with the
    severity ``error`` prevents rows that violate it from being published.
    """

    name: str
    rule: Rule
    severity: Severity = "error"
    where: str | None = None

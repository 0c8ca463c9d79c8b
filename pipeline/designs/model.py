"""What a design says about a relation, frozen after parsing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pipeline.names import TableName

Kind = Literal["TABLE", "CTAS", "VIEW"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a warehouse relation, and for upstream tables how its value is made.

    ``expression`` is PostgreSQL's SQL over the upstream table; None means the column as it is.
    """

    name: str
    sql_type: str = ""
    source_sql_type: str | None = None
    expression: str | None = None
    encoding: str | None = None
    not_null: bool = False
    identity: bool = False
    skipped: bool = False
    description: str | None = None
    source_name: str | None = None
    """The column's name upstream where it differs (case folded)."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Informational only: Redshift plans with it and never checks it."""

    columns: tuple[str, ...]
    table: TableName
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Constraints:
    """Declared keys; each is verified before new rows are published, since Redshift does not."""

    primary_key: tuple[str, ...] = ()
    natural_key: tuple[str, ...] = ()
    surrogate_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Attributes:
    """Physical properties; ``distribution`` is a style, or one column in a tuple."""

    distribution: Literal["all", "even", "auto"] | tuple[str, ...] | None = None
    compound_sort: tuple[str, ...] | Literal["auto"] = ()
    interleaved_sort: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtractSettings:
    """How rows are taken from upstream; ``condition`` is PostgreSQL's SQL for a WHERE clause."""

    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """One relation of the warehouse.

    ``stem`` is the file's path below the design folder without suffix (``www/public-orders``);
    ``source`` is the table upstream for a TABLE, None for CTAS and VIEW, whose ``query`` is the
    text of the .sql file beside the design.
    """

    name: TableName
    kind: Kind
    stem: str
    columns: tuple[Column, ...]
    source: TableName | None = None
    query: str | None = None
    constraints: Constraints = field(default_factory=Constraints)
    attributes: Attributes = field(default_factory=Attributes)
    extract: ExtractSettings = field(default_factory=ExtractSettings)
    depends_on: tuple[TableName, ...] = ()
    description: str | None = None
    tags: tuple[str, ...] = ()
    unload_target: str | None = None
    reads: tuple[TableName, ...] = ()
    """The relations that the query reads, as found by parsing it."""
    is_exact: bool = True
    """False for a view whose query returns columns that its text does not name (``*``)."""

    @property
    def needs(self) -> tuple[TableName, ...]:
        """Return what must be ready before this one: what its query reads and ``depends_on``."""
        return tuple(sorted({*self.reads, *self.depends_on}))

    @property
    def loaded_columns(self) -> tuple[Column, ...]:
        """Return the columns of the warehouse table, in order (all that are not skipped)."""
        return tuple(column for column in self.columns if not column.skipped)

    @property
    def data_columns(self) -> tuple[Column, ...]:
        """Return the columns that data comes for: loaded columns without the identity."""
        return tuple(column for column in self.loaded_columns if not column.identity)

    @property
    def identity(self) -> Column | None:
        """Return the surrogate key's column, which Redshift numbers."""
        return next((column for column in self.loaded_columns if column.identity), None)

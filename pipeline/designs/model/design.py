"""The model of a design: immutable once parsed."""

from dataclasses import dataclass, field
from typing import Literal

from pipeline.designs.model.checks import Check
from pipeline.designs.model.incremental import Incremental
from pipeline.freshness import Freshness
from pipeline.names import TableName

Kind = Literal["TABLE", "CTAS", "VIEW"]

SYSTEM_COLUMNS = frozenset({"oid", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
"""Names that no column can have."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a warehouse relation, and for upstream tables how its value is computed.

    ``expression`` is PostgreSQL SQL over the upstream table; None selects the column unchanged.
    ``skipped`` columns are not loaded; ``missing`` ones only as long as upstream lacks them.
    """

    name: str
    sql_type: str = ""
    source_sql_type: str | None = None
    expression: str | None = None
    encoding: str | None = None
    not_null: bool = False
    identity: bool = False
    skipped: bool = False
    missing: bool = False
    description: str | None = None
    source_name: str | None = None
    """The column's name upstream, if it differs from the folded ``name``."""
    too_long: Literal["truncate", "set_null"] | None = None
    """What happens to a value longer than the varchar; None fails the load."""
    sensitive: bool = False
    """Values are never kept or shown, in whatever a check reports."""

    @property
    def upstream_name(self) -> str:
        """Return the column's name upstream."""
        return self.source_name or self.name


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Informational: Redshift's planner uses a foreign key but does not enforce it."""

    columns: tuple[str, ...]
    table: TableName
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Constraints:
    """Declared keys, verified before rows are published because Redshift does not enforce them."""

    primary_key: tuple[str, ...] = ()
    natural_key: tuple[str, ...] = ()
    surrogate_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """Return all primary, natural, surrogate and unique keys that are declared."""
        keys = (self.primary_key, self.natural_key, self.surrogate_key, *self.unique)
        return tuple(key for key in keys if key)


@dataclass(frozen=True, slots=True)
class Attributes:
    """Physical properties; ``distribution`` is a style or a tuple of one column."""

    distribution: Literal["all", "even", "auto"] | tuple[str, ...] | None = None
    compound_sort: tuple[str, ...] | Literal["auto"] = ()
    interleaved_sort: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExtractSettings:
    """How rows are extracted; ``condition`` is PostgreSQL SQL for the WHERE clause.

    ``engine`` is what dumps the table if it is large; None for that of its source.
    """

    condition: str | None = None
    incremental: Incremental | None = None
    engine: Literal["process", "spark"] | None = None

    @property
    def incremental_columns(self) -> tuple[str, ...]:
        """Return the upstream columns by which changes are found, which need not be loaded."""
        return () if self.incremental is None else self.incremental.columns


@dataclass(frozen=True, slots=True)
class Design:
    """The definition of one relation of the warehouse.

    ``stem`` is the file's path in the design folder without suffix, ``www/public-orders``.
    ``source`` is the upstream table of a TABLE, ``public.orders``. CTAS and VIEW have none; their
    ``query`` is the text of the .sql file with the same stem.
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
    """The relations that the query reads."""
    external: tuple[TableName, ...] = ()
    """The relations that the query reads and others maintain: ``data_warehouse.external``."""
    is_exact: bool = True
    """False for a view whose query does not name all columns that it returns (``*``)."""
    freshness: Freshness | None = None
    """How old the rows may become; None for the default of the source."""
    checks: tuple[Check, ...] = ()
    checks_read: tuple[TableName, ...] = ()
    """The other relations that checks read, which are loaded before this one is checked."""
    assumed: tuple[TableName, ...] = ()
    """The names in the SQL of query and checks that count as no relation that is loaded.

    Those are paths into a SUPER, ``o.items``, and system tables, ``pg_class``.
    """

    @property
    def needs(self) -> tuple[TableName, ...]:
        """Return the direct dependencies: the relations of the query and of ``depends_on``."""
        return tuple(sorted({*self.reads, *self.depends_on}))

    @property
    def awaits(self) -> tuple[TableName, ...]:
        """Return all relations that are loaded before this one, for its query or its checks."""
        return tuple(sorted({*self.needs, *self.checks_read}))

    @property
    def loaded_columns(self) -> tuple[Column, ...]:
        """Return the columns of the warehouse table in order: all but skipped ones."""
        return tuple(column for column in self.columns if not column.skipped)

    @property
    def data_columns(self) -> tuple[Column, ...]:
        """Return the columns that data is loaded into: all but skipped and identity columns."""
        return tuple(column for column in self.loaded_columns if not column.identity)

    def column_of(self, upstream_name: str) -> Column | None:
        """Return the column for an upstream column, None if the design has none.

        Of several, that is the one that states the type upstream.
        """
        found = [
            column
            for column in self.columns
            if column.upstream_name == upstream_name and not column.identity
        ]
        return max(found, key=lambda column: column.source_sql_type is not None, default=None)

    @property
    def identity(self) -> Column | None:
        """Return the identity column, whose values Redshift generates, or None."""
        return next((column for column in self.loaded_columns if column.identity), None)

    @property
    def identifying_key(self) -> tuple[str, ...]:
        """Return the columns by which a row keeps its surrogate key from load to load.

        The natural key, else the primary key unless the identity column is part of it.
        """
        constraints = self.constraints
        for key in (constraints.natural_key, constraints.primary_key):
            if key and (self.identity is None or self.identity.name not in key):
                return key
        return ()

    @property
    def renumbers(self) -> bool:
        """Return whether each load gives all rows new surrogate keys: nothing identifies them."""
        return self.identity is not None and not self.identifying_key

    @property
    def incremental(self) -> Incremental:
        """Return how the table is loaded incrementally; ValueError if it is not."""
        if self.extract.incremental is None:
            raise ValueError(f"{self.name} is not loaded incrementally")
        return self.extract.incremental

    @property
    def row_key(self) -> tuple[str, ...]:
        """Return the columns that identify a row in an incremental load.

        They are the primary key or the first unique key; all must be NOT NULL.
        """
        constraints = self.constraints
        return next((key for key in (constraints.primary_key, *constraints.unique) if key), ())

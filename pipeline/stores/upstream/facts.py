"""What an upstream database says of a transaction, a table and a query."""

from dataclasses import dataclass

from pipeline.names import TableName


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation that holds rows: kind as in pg_class, access method as in pg_am, current sizes.

    ``rows`` is the estimate of ANALYZE, -1 if there is none; ``bytes`` include TOAST. ``readable``
    is whether all its rows can be read directly, instead of through the table that they belong to.
    """

    name: TableName
    kind: str
    method: str | None
    rows: int
    heap_bytes: int
    bytes: int
    readable: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table in the catalog; ``partitions`` hold its rows: the table itself, or others."""

    name: TableName
    kind: str
    partitions: tuple[Relation, ...]
    row_security: bool

    @property
    def has_children(self) -> bool:
        """Whether other tables inherit from it, which are no partitions."""
        return self.kind == "r" and len(self.partitions) > 1


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A transaction's facts; ``version`` as in 140002, ``snapshot`` as xmin:xmax:running."""

    version: int
    standby: bool
    snapshot: str
    block_size: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A query's plan: rows, bytes of a row, nodes that rows pass (top first), tables scanned.

    ``read`` are the tables that are scanned there or by subqueries of expressions.
    """

    rows: int
    width: int
    nodes: tuple[str, ...]
    scanned: frozenset[TableName] = frozenset()
    read: frozenset[TableName] = frozenset()

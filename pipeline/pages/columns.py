"""The lineage of all columns: what each is computed from, and what is computed from it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pipeline.designs.catalog import Catalog
from pipeline.designs.model.design import Column
from pipeline.designs.queries.lineage import origins
from pipeline.designs.queries.origin import UNKNOWN, ColumnName, Origin
from pipeline.designs.queries.tokens import RESERVED
from pipeline.names import TableName


@dataclass(frozen=True, slots=True)
class Upstream:
    """The first columns that a value comes from; ``is_complete`` if there are certainly no others.

    Columns of relations that others maintain are among them.
    """

    columns: frozenset[ColumnName] = frozenset()
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class ColumnLineage:
    """By column of a derived relation its origin, and by column those computed from it."""

    origins: Mapping[ColumnName, Origin]
    used_by: Mapping[ColumnName, tuple[ColumnName, ...]]
    sensitive: frozenset[ColumnName] = frozenset()
    """Columns with ``sensitive: true``, and all that are computed from them."""
    _upstream: dict[ColumnName, Upstream] = field(default_factory=dict, init=False)

    @classmethod
    def of(cls, catalog: Catalog) -> "ColumnLineage":
        """Resolve the queries of all derived relations."""
        found = {
            ColumnName(design.name, column): origin
            for design in catalog
            if design.kind != "TABLE"
            for column, origin in origins(design, catalog.designs).items()
        }
        used: dict[ColumnName, list[ColumnName]] = {}
        for column, origin in found.items():
            for each in sorted(origin.columns or ()):
                used.setdefault(each, []).append(column)
        return cls(
            found,
            {column: tuple(users) for column, users in used.items()},
            frozenset(_reached(_marked(catalog), used)),
        )

    def upstream(self, column: ColumnName) -> Upstream:
        """Return the columns of tables that a column comes from, through all derived relations."""
        if column not in self._upstream:
            origin = self.origins.get(column)
            if origin is None:
                self._upstream[column] = Upstream(frozenset({column}))
            else:
                self._upstream[column] = self._through(origin)
        return self._upstream[column]

    def _through(self, origin: Origin) -> Upstream:
        before = [self.upstream(each) for each in origin.columns or ()]
        columns = frozenset[ColumnName]().union(*(each.columns for each in before))
        is_complete = origin.columns is not None and all(each.is_complete for each in before)
        return Upstream(columns, is_complete)

    def origin(self, name: TableName, column: str) -> Origin:
        """Return the origin of a derived relation's column."""
        return self.origins.get(ColumnName(name, column), UNKNOWN)


def _marked(catalog: Catalog) -> Iterator[ColumnName]:
    for design in catalog:
        yield from (
            ColumnName(design.name, each.name) for each in design.columns if each.sensitive
        )


def _reached(
    starts: Iterable[ColumnName], used_by: Mapping[ColumnName, Sequence[ColumnName]]
) -> set[ColumnName]:
    """Return columns, and those that are computed from them through all derived relations."""
    found: set[ColumnName] = set()
    waiting = list(starts)
    while waiting:
        column = waiting.pop()
        if column not in found:
            found.add(column)
            waiting += used_by.get(column, ())
    return found


def upstream_columns(column: Column) -> tuple[str, ...] | None:
    """Return the upstream columns that a table's column is read from; None if not certain."""
    if column.expression is None:
        return (column.upstream_name,)
    return _named_in(column.expression)


@lru_cache(maxsize=4096)
def _named_in(expression: str) -> tuple[str, ...] | None:
    """Return the columns that a PostgreSQL expression names, in order."""
    try:
        tree = sqlglot.parse_one(expression, dialect="postgres")
    except (SqlglotError, RecursionError):
        return None
    parts = [column.this for column in tree.find_all(exp.Column)]
    if tree.find(exp.Query, exp.Dot) or not all(map(_is_name, parts)):
        return None
    named = (part.name if part.args.get("quoted") else part.name.lower() for part in parts)
    return tuple(dict.fromkeys(named))


def _is_name(part: exp.Expr) -> bool:
    """Return whether it can only be a column, not a keyword such as ``user``."""
    if not isinstance(part, exp.Identifier):
        return False
    return bool(part.args.get("quoted")) or part.name.lower() not in RESERVED

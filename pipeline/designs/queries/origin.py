"""The origin of a column's values, and the names of one SELECT that lead to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from pipeline.designs.queries.columns import DATE_PART
from pipeline.designs.queries.scope import NO_COLUMNS
from pipeline.names import TableName, fold


@dataclass(frozen=True, slots=True, order=True)
class ColumnName:
    """A column of a relation of the warehouse: ``www.orders``, ``total``."""

    relation: TableName
    column: str

    def __str__(self) -> str:
        return f"{self.relation}.{self.column}"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a value is computed from; ``columns`` is None if that is not certain.

    A value without ``columns`` is a constant or counts rows. ``expression`` is its text in the
    query, empty for a column that is passed on unchanged.
    """

    columns: frozenset[ColumnName] | None = None
    expression: str = ""

    def __or__(self, other: "Origin") -> "Origin":
        """Return the origin of what is computed from both, with the expression of the first."""
        if self.columns is None or other.columns is None:
            return Origin(None, self.expression)
        return Origin(self.columns | other.columns, self.expression)


UNKNOWN = Origin()

Output = tuple[tuple[str, Origin], ...] | None
"""The columns that a query returns, by name and in order; None if they are not known."""


@dataclass(frozen=True, slots=True)
class OriginSource:
    """One relation of a FROM clause.

    ``columns`` is None if they are not known; those of a ``relation`` still have their names.
    """

    alias: str
    columns: Output = None
    relation: TableName | None = None

    def find(self, name: str) -> Origin | None:
        """Return the origin of a column; None if the relation has no such column."""
        if self.columns is None:
            return UNKNOWN if self.relation is None else column_origin(self.relation, name)
        found = [origin for column, origin in self.columns if column == name]
        return found[0] if len(found) == 1 else (UNKNOWN if found else None)


@dataclass(frozen=True, slots=True)
class OriginLevel:
    """The names of one SELECT: its relations, and the columns before that AS has named."""

    sources: tuple[OriginSource, ...]
    named: Mapping[str, Origin] = field(default_factory=dict)
    merged: frozenset[str] | None = frozenset()
    """Columns of USING; None with a NATURAL join."""


def column_origin(relation: TableName, name: str) -> Origin:
    """Return the origin of a relation's own column."""
    return Origin(frozenset({ColumnName(relation, name)}))


_POSSIBLE = frozenset({"level", "unknown"})
"""Keywords that are a column's name, too, where they have no other meaning."""


def is_word(column: exp.Column) -> bool:
    """Return whether a name without a relation is a keyword: a value, or a part of a date.

    The parser knows the date parts of all functions but some, ``DATEPART(day, sold_at)``.
    """
    name, function = fold(column.name), column.parent
    if column.this.args.get("quoted") or column.table:
        return False
    if isinstance(function, exp.Anonymous) and function.name.lower().endswith("datepart"):
        return function.expressions[0] is column and DATE_PART.fullmatch(name) is not None
    return name in NO_COLUMNS and name not in _POSSIBLE


def resolve(column: exp.Column, levels: Sequence[OriginLevel]) -> Origin:
    """Return the origin of a column that is named in a SELECT."""
    parts = [fold(part.name) for part in column.parts]
    for level in levels:
        found = _in_level(parts, level, is_outermost=level is levels[-1])
        if found is not None:
            return found
    return UNKNOWN


def _in_level(parts: Sequence[str], level: OriginLevel, *, is_outermost: bool) -> Origin | None:
    """Return the origin of ``column``, ``alias.column``, ``schema.table.column`` or a SUPER path.

    None if no relation of the level has it.
    """
    if len(parts) > 1:
        called = [source for source in level.sources if source.alias == parts[0]]
        if called:
            return (called[0].find(parts[1]) or UNKNOWN) if len(called) == 1 else UNKNOWN
        names = [source for source in level.sources if str(source.relation) == ".".join(parts[:2])]
        if names and len(parts) > 2:
            return (names[0].find(parts[2]) or UNKNOWN) if len(names) == 1 else UNKNOWN
    return _unqualified(parts[0], level, is_outermost=is_outermost)


def _unqualified(name: str, level: OriginLevel, *, is_outermost: bool) -> Origin | None:
    """Return the origin of a name without a relation; a column precedes a name given by AS.

    A name that no other relation has is a column of the only one whose columns are not known.
    """
    if level.merged is None:
        return UNKNOWN
    sure = [source for source in level.sources if source.columns is not None]
    having = [found for source in sure if (found := source.find(name)) is not None]
    open_sources = [source for source in level.sources if source.columns is None]
    if having and name in level.merged:
        return UNKNOWN if open_sources else _union(having)
    if having:
        return having[0] if len(having) == 1 else UNKNOWN
    if len(open_sources) == 1 and name not in level.named and is_outermost:
        return open_sources[0].find(name)
    return UNKNOWN if open_sources else level.named.get(name)


def _union(found: Iterable[Origin]) -> Origin:
    union = Origin(frozenset())
    for each in found:
        union |= each
    return union


def starred(star: exp.Expr, level: OriginLevel) -> Output:
    """Return the columns of ``*`` or ``alias.*``; None if they are not known."""
    inner = star.this if isinstance(star, exp.Column) else star
    if not isinstance(inner, exp.Star) or any(inner.args.values()) or star.args.get("db"):
        return None
    sources = level.sources
    if isinstance(star, exp.Column) and star.table:
        sources = tuple(source for source in sources if source.alias == fold(star.table))
    elif level.merged is None or level.merged:
        return None
    if not sources or any(source.columns is None for source in sources):
        return None
    return tuple(column for source in sources for column in source.columns or ())

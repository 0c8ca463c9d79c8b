"""The columns that each column of a query is computed from, through WITH and subqueries.

Only what is certain is returned: a column whose origin the text does not prove is unknown.
Conditions select rows and compute no value, so WHERE, ON and HAVING are not followed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from pipeline.designs.model import Design
from pipeline.designs.queries import parse as queries
from pipeline.designs.queries.columns import DATE_PART, Known, alias_columns, is_changed
from pipeline.designs.queries.expressions import Texts
from pipeline.designs.queries.parse import is_system
from pipeline.designs.queries.scope import NO_COLUMNS
from pipeline.errors import DesignError
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

_POSSIBLE = frozenset({"level", "unknown"})
"""Keywords that are a column's name, too, where they have no other meaning."""

Output = tuple[tuple[str, Origin], ...] | None
"""The columns that a query returns, by name and in order; None if they are not known."""


@dataclass(frozen=True, slots=True)
class _Source:
    """One relation of a FROM clause.

    ``columns`` is None if they are not known; those of a ``relation`` still have their names.
    """

    alias: str
    columns: Output = None
    relation: TableName | None = None

    def find(self, name: str) -> Origin | None:
        """Return the origin of a column; None if the relation has no such column."""
        if self.columns is None:
            return UNKNOWN if self.relation is None else _column(self.relation, name)
        found = [origin for column, origin in self.columns if column == name]
        return found[0] if len(found) == 1 else (UNKNOWN if found else None)


@dataclass(frozen=True, slots=True)
class _Level:
    """The names of one SELECT: its relations, and the columns before that AS has named."""

    sources: tuple[_Source, ...]
    named: Mapping[str, Origin] = field(default_factory=dict)
    merged: frozenset[str] | None = frozenset()
    """Columns of USING; None with a NATURAL join."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The queries of WITH, and the levels that enclose a subquery, innermost first."""

    ctes: Mapping[str, Output] = field(default_factory=dict)
    outer: tuple[_Level, ...] = ()


def origins(design: Design, known: Known) -> dict[str, Origin]:
    """Return the origin of each column that a design's query fills, by the design's names."""
    filled = [column.name for column in design.data_columns]
    sql = design.query or ""
    try:
        tree = queries.parse(sql, f"{design.stem}.sql")
        output = _Resolver(known, Texts(sql)).query(tree, _Place())
    except (DesignError, RecursionError):
        output = None
    if output is None:
        return dict.fromkeys(filled, UNKNOWN)
    if design.kind == "VIEW":
        found = dict(output)
        return {name: found.get(name, UNKNOWN) for name in filled}
    if len(output) != len(filled):
        return dict.fromkeys(filled, UNKNOWN)
    return {name: origin for name, (_, origin) in zip(filled, output, strict=True)}


@dataclass(frozen=True, slots=True)
class _Resolver:
    known: Known
    texts: Texts

    def query(self, node: exp.Expr | None, place: _Place) -> Output:
        """Return the columns of a query."""
        place = self._with(node, place)
        if isinstance(node, exp.SetOperation):
            left, right = self.query(node.this, place), self.query(node.expression, place)
            if left is None or right is None or len(left) != len(right):
                return None
            pairs = zip(left, right, strict=True)
            return tuple((name, _either(origin, other)) for (name, origin), (_, other) in pairs)
        if isinstance(node, exp.Subquery) and not is_changed(node):
            return self.query(node.this, place)
        return self._select(node, place) if isinstance(node, exp.Select) else None

    def _with(self, node: exp.Expr | None, place: _Place) -> _Place:
        clause = None if node is None else node.args.get("with_")
        for part in clause.expressions if clause is not None else ():
            name = fold(part.alias)
            is_recursive = clause is not None and bool(clause.args.get("recursive"))
            found = None if is_recursive else self.query(part.this, place)
            ctes = {**place.ctes, name: _renamed(found, alias_columns(part))}
            place = replace(place, ctes=ctes)
        return place

    def _select(self, select: exp.Select, place: _Place) -> Output:
        level = self._level(select, place)
        columns: list[tuple[str, Origin]] = []
        for projection in select.expressions:
            if projection.is_star:
                found = _starred(projection, level)
                if found is None:
                    return None
                columns += found
                continue
            origin = self._projection(projection, level, place)
            name = fold(projection.alias_or_name)
            columns.append((name, origin))
            if isinstance(projection, exp.Alias):
                level = replace(level, named={**level.named, name: origin})
        return tuple(columns)

    def _projection(self, projection: exp.Expr, level: _Level, place: _Place) -> Origin:
        levels = (level, *place.outer)
        value = projection.unalias()
        if isinstance(value, exp.Column) and not (_is_word(value) or len(value.parts) > 2):
            return _resolve(value, levels)
        found = Origin(frozenset(), self.texts.of(projection))
        for node in _inputs(value):
            found |= self._input(node, levels, place)
        return found

    def _input(self, node: exp.Expr, levels: tuple[_Level, ...], place: _Place) -> Origin:
        """Return the origin of a column or of a scalar subquery in an expression."""
        if isinstance(node, exp.Column):
            return Origin(frozenset()) if _is_word(node) else _resolve(node, levels)
        if isinstance(node.parent, exp.Exists | exp.In):
            return UNKNOWN  # Its conditions decide the value, not its columns.
        output = self.query(node, replace(place, outer=levels))
        return output[0][1] if output is not None and len(output) == 1 else UNKNOWN

    def _level(self, select: exp.Select, place: _Place) -> _Level:
        joins = select.args.get("joins") or []
        clause = select.args.get("from_")
        nodes = [*([clause.this] if clause else []), *(join.this for join in joins)]
        sources: list[_Source] = []
        for node in nodes:
            sources.append(self._source(node, place, {source.alias for source in sources}))
        if select.args.get("laterals") or select.args.get("connect"):
            sources.append(_Source(""))
        using = [fold(name.name) for join in joins for name in join.args.get("using") or ()]
        is_natural = any(join.method for join in joins)
        return _Level(tuple(sources), merged=None if is_natural else frozenset(using))

    def _source(self, node: exp.Expr, place: _Place, before: set[str]) -> _Source:
        """Return one relation of a FROM clause; ``before`` holds the aliases to its left."""
        alias = fold(node.alias_or_name)
        if is_changed(node):
            return _Source(alias)
        if isinstance(node, exp.Subquery) and node.alias:
            return _Source(alias, _renamed(self.query(node, place), alias_columns(node)))
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            return _Source(alias)
        return self._table(node, place, before)

    def _table(self, node: exp.Table, place: _Place, before: set[str]) -> _Source:
        alias = fold(node.alias_or_name)
        if not node.db:
            found = place.ctes.get(fold(node.name))
            return _Source(alias, _renamed(found, alias_columns(node)))
        name = TableName(fold(node.db), fold(node.name))
        if node.catalog or name.schema in before or is_system(name) or alias_columns(node):
            return _Source(alias)
        design = self.known.get(name)
        if design is None or not design.is_exact:
            return _Source(alias, None, name)
        columns = (column.name for column in design.loaded_columns)
        return _Source(alias, tuple((each, _column(name, each)) for each in columns), name)


def _column(relation: TableName, name: str) -> Origin:
    return Origin(frozenset({ColumnName(relation, name)}))


def _inputs(value: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the columns and subqueries of an expression, without those nested in them."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Column | exp.Query):
            yield node
        elif not isinstance(node, exp.Star):
            waiting += node.iter_expressions()


def _is_word(column: exp.Column) -> bool:
    """Return whether a name without a relation is a keyword: a value, or a part of a date.

    The parser knows the date parts of all functions but some, ``DATEPART(day, sold_at)``.
    """
    name, function = fold(column.name), column.parent
    if column.this.args.get("quoted") or column.table:
        return False
    if isinstance(function, exp.Anonymous) and function.name.lower().endswith("datepart"):
        return function.expressions[0] is column and DATE_PART.fullmatch(name) is not None
    return name in NO_COLUMNS and name not in _POSSIBLE


def _resolve(column: exp.Column, levels: Sequence[_Level]) -> Origin:
    """Return the origin of a column that is named in a SELECT."""
    parts = [fold(part.name) for part in column.parts]
    for level in levels:
        found = _in_level(parts, level, is_outermost=level is levels[-1])
        if found is not None:
            return found
    return UNKNOWN


def _in_level(parts: Sequence[str], level: _Level, *, is_outermost: bool) -> Origin | None:
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


def _unqualified(name: str, level: _Level, *, is_outermost: bool) -> Origin | None:
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


def _either(first: Origin, second: Origin) -> Origin:
    """Return the origin of a column of UNION, whose queries may compute it in different ways."""
    is_same = first.expression == second.expression
    return Origin((first | second).columns, first.expression if is_same else "")


def _starred(star: exp.Expr, level: _Level) -> Output:
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


def _renamed(output: Output, names: Sequence[str]) -> Output:
    """Return the columns as renamed by ``AS alias (a, b)``, which can name fewer than all."""
    if output is None or len(names) > len(output):
        return None
    renamed = zip(names, (origin for _, origin in output), strict=False)
    return (*renamed, *output[len(names) :])

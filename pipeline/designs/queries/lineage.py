"""The columns that each column of a query is computed from, through WITH and subqueries.

Only what is certain is returned: a column whose origin the text does not prove is unknown.
Conditions select rows and compute no value, so WHERE, ON and HAVING are not followed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from pipeline.designs.model.design import Design
from pipeline.designs.queries import parse as queries
from pipeline.designs.queries.columns import alias_columns, is_changed, own_nodes
from pipeline.designs.queries.expressions import Texts
from pipeline.designs.queries.origin import (
    UNKNOWN,
    Origin,
    OriginLevel,
    OriginSource,
    Output,
    column_origin,
    is_word,
    resolve,
    starred,
)
from pipeline.designs.queries.parse import is_system
from pipeline.designs.queries.relations import Known
from pipeline.errors import DesignError
from pipeline.names import TableName, fold


@dataclass(frozen=True, slots=True)
class _Place:
    """The queries of WITH, and the levels that enclose a subquery, innermost first."""

    ctes: Mapping[str, Output] = field(default_factory=dict)
    outer: tuple[OriginLevel, ...] = ()


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
                found = starred(projection, level)
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

    def _projection(self, projection: exp.Expr, level: OriginLevel, place: _Place) -> Origin:
        levels = (level, *place.outer)
        value = projection.unalias()
        if isinstance(value, exp.Column) and not (is_word(value) or len(value.parts) > 2):
            return resolve(value, levels)
        found = Origin(frozenset(), self.texts.of(projection))
        for node in own_nodes(value):
            found |= self._input(node, levels, place)
        return found

    def _input(self, node: exp.Expr, levels: tuple[OriginLevel, ...], place: _Place) -> Origin:
        """Return the origin of a column or of a scalar subquery in an expression."""
        if isinstance(node, exp.Column):
            return Origin(frozenset()) if is_word(node) else resolve(node, levels)
        if isinstance(node.parent, exp.Exists | exp.In):
            return UNKNOWN  # Its conditions decide the value, not its columns.
        output = self.query(node, replace(place, outer=levels))
        return output[0][1] if output is not None and len(output) == 1 else UNKNOWN

    def _level(self, select: exp.Select, place: _Place) -> OriginLevel:
        joins = select.args.get("joins") or []
        clause = select.args.get("from_")
        nodes = [*([clause.this] if clause else []), *(join.this for join in joins)]
        sources: list[OriginSource] = []
        for node in nodes:
            sources.append(self._source(node, place, {source.alias for source in sources}))
        if select.args.get("laterals") or select.args.get("connect"):
            sources.append(OriginSource(""))
        using = [fold(name.name) for join in joins for name in join.args.get("using") or ()]
        is_natural = any(join.method for join in joins)
        return OriginLevel(tuple(sources), merged=None if is_natural else frozenset(using))

    def _source(self, node: exp.Expr, place: _Place, before: set[str]) -> OriginSource:
        """Return one relation of a FROM clause; ``before`` holds the aliases to its left."""
        alias = fold(node.alias_or_name)
        if is_changed(node):
            return OriginSource(alias)
        if isinstance(node, exp.Subquery) and node.alias:
            return OriginSource(alias, _renamed(self.query(node, place), alias_columns(node)))
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            return OriginSource(alias)
        return self._table(node, place, before)

    def _table(self, node: exp.Table, place: _Place, before: set[str]) -> OriginSource:
        alias = fold(node.alias_or_name)
        if not node.db:
            found = place.ctes.get(fold(node.name))
            return OriginSource(alias, _renamed(found, alias_columns(node)))
        name = TableName(fold(node.db), fold(node.name))
        if node.catalog or name.schema in before or is_system(name) or alias_columns(node):
            return OriginSource(alias)
        design = self.known.get(name)
        if design is None or not design.is_exact:
            return OriginSource(alias, None, name)
        columns = (column.name for column in design.loaded_columns)
        return OriginSource(
            alias, tuple((each, column_origin(name, each)) for each in columns), name
        )


def _either(first: Origin, second: Origin) -> Origin:
    """Return the origin of a column of UNION, whose queries may compute it in different ways."""
    is_same = first.expression == second.expression
    return Origin((first | second).columns, first.expression if is_same else "")


def _renamed(output: Output, names: Sequence[str]) -> Output:
    """Return the columns as renamed by ``AS alias (a, b)``, which can name fewer than all."""
    if output is None or len(names) > len(output):
        return None
    renamed = zip(names, (origin for _, origin in output), strict=False)
    return (*renamed, *output[len(names) :])

"""Check the columns that a query uses against the designs of the relations that it reads.

The warehouse would report such faults only after all these relations are loaded.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from pipeline.designs.model.design import Design
from pipeline.designs.queries import parse as queries
from pipeline.designs.queries.relations import Known
from pipeline.designs.queries.returned import NAMELESS, difference
from pipeline.designs.queries.scope import (
    NO_COLUMNS,
    Level,
    Levels,
    Merged,
    Names,
    Source,
    problem_of,
    problem_of_path,
    problem_of_using,
    renamed,
    star,
)
from pipeline.designs.queries.tokens import TOO_DEEP
from pipeline.errors import DesignError, Fault
from pipeline.names import TableName, fold

_ELSEWHERE = frozenset({"with_", "from_", "joins", "laterals", "pivots", "into", "connect"})
"""Parts of a SELECT that hold none of its columns, or that are checked separately."""

_BEFORE_OUTPUT = frozenset({"expressions", "where"})
"""Clauses that cannot name a returned column, unless AS names it."""

DATE_PART = re.compile(
    r"(mil|millennium|millennia|c|cent|century|centuries|dec|decade|y|yr|year|q|qtr|quarter|mon"
    r"|month|w|week|dow|dw|weekday|dayofweek|doy|dy|dayofyear|yearday|d|day|h|hr|hour|m|min|minute"
    r"|s|sec|second|ms|msec|millisec|millisecond|us|usec|microsec|microsecond|epoch|tz|timezone"
    r"|timezone_hour|timezone_minute|isodow|isoyear)s?"
)
"""https://docs.aws.amazon.com/redshift/latest/dg/r_Dateparts_for_datetime_functions.html"""


def check_columns(design: Design, known: Known) -> list[Fault]:
    """Return the columns in a design's query that the warehouse would reject or misplace.

    A query that cannot be parsed has no such faults; the syntax error is reported elsewhere, as
    is the difference between the design and a query that names all its columns itself.
    """
    file = f"{design.stem}.sql"
    faults, returned = _check(design.query or "", file, known)
    expected = [_lower(column.name) for column in design.data_columns]
    if expected and returned is not None:
        problem = difference(expected, returned)
        faults += [] if problem is None else [Fault(file, "", problem)]
    return faults


def check_sql(sql: str, file: str, known: Known) -> list[Fault]:
    """Return the columns in a query that the warehouse would reject, as ``check_columns``."""
    return _check(sql, file, known)[0]


def _check(sql: str, file: str, known: Known) -> tuple[list[Fault], Names]:
    """Return the faults of a query, and its columns unless it names all of them itself."""
    try:
        tree = queries.parse(sql, file)
    except DesignError:
        return [], None
    check = _Check(known)
    try:
        returned = check.query(tree, _Place())
    except RecursionError:
        return [Fault(file, "", TOO_DEEP)], None
    faults = [queries.fault(node, message, sql, file) for node, message in check.found]
    return faults, returned if queries.columns_of(tree) is None else None


@dataclass(frozen=True, slots=True)
class _Place:
    """The names visible to a query: those of WITH and of enclosing queries."""

    ctes: Mapping[str, Names] = field(default_factory=dict)
    outer: Levels = ()


@dataclass(frozen=True, slots=True)
class _Check:
    known: Known
    found: list[tuple[exp.Expression, str]] = field(default_factory=list)

    def query(self, node: exp.Expr | None, place: _Place) -> Names:
        """Check a query and everything in it; return the columns that it returns."""
        place = self._with(node, place)
        while isinstance(node, exp.SetOperation):
            self.query(node.expression, place)
            node = node.this
            place = self._with(node, place)
        if isinstance(node, exp.Subquery) and not is_changed(node):
            return self.query(node.this, place)
        return self._select(node, place) if isinstance(node, exp.Select) else None

    def _with(self, node: exp.Expr | None, place: _Place) -> _Place:
        clause = None if node is None else node.args.get("with_")
        if clause is None:
            return place
        for part in clause.expressions:
            name = _lower(part.alias)
            inner = place
            if clause.args.get("recursive"):
                inner = replace(place, ctes={**place.ctes, name: None})
            names = renamed(self.query(part.this, inner), alias_columns(part))
            place = replace(place, ctes={**place.ctes, name: names})
        return place

    def _select(self, select: exp.Select, place: _Place) -> Names:
        level = self._level(select, place)
        self._joins(select, level, place)
        for clause, value in select.args.items():
            if clause not in _ELSEWHERE:
                seen = replace(level, among_returned=clause not in _BEFORE_OUTPUT)
                self._nodes(value, (seen, *place.outer), place)
        is_known = not select.args.get("exclude")
        return _returned(select.expressions, level.sources, _joined(select)) if is_known else None

    def _joins(self, select: exp.Select, level: Level, place: _Place) -> None:
        """Check ON and USING, which see only the relations to their left, back to a comma."""
        first = 0
        for number, join in enumerate(select.args.get("joins") or (), start=1):
            first = number if _is_comma(join) else first
            left, right = level.sources[:number], level.sources[number]
            seen = replace(level, joined=(*left[first:], right))
            self._nodes(join.args.get("on"), (seen, *place.outer), place)
            for name in join.args.get("using") or ():
                self._add(name, problem_of_using(_lower(name.name), left, right))

    def _nodes(self, value: object, levels: Levels, place: _Place) -> None:
        """Check the columns and subqueries of a clause."""
        for node in own_nodes(value):
            if isinstance(node, exp.Column):
                self._column(node, levels)
            else:
                self.query(node, replace(place, outer=levels))

    def _level(self, select: exp.Select, place: _Place) -> Level:
        joins = select.args.get("joins") or []
        clause = select.args.get("from_")
        sources: list[Source] = []
        for node in [clause.this if clause else None, *(join.this for join in joins)]:
            sources.append(self._source(node, place, {source.alias for source in sources}))
        if clause is None and not joins:
            sources.clear()
        if select.args.get("laterals") or select.args.get("connect"):
            sources.append(Source("", None))
        named = [_lower(each.alias) for each in select.expressions if isinstance(each, exp.Alias)]
        using = [_lower(name.name) for join in joins for name in join.args.get("using") or ()]
        is_natural = any(join.method for join in joins)
        others = [each for each in select.expressions if not _stands_alone(each)]
        returned = _returned(others, sources, _joined(select))
        return Level(
            tuple(sources),
            aliases=frozenset(named),
            returned=None if returned is None or NAMELESS in returned else frozenset(returned),
            merged=None if is_natural else frozenset(using),
        )

    def _source(self, node: exp.Expr | None, place: _Place, before: set[str]) -> Source:
        """Return one relation of a FROM clause; ``before`` holds the aliases to its left."""
        unknown = Source(_lower(node.alias_or_name) if node is not None else "", None)
        if node is None or is_changed(node):
            return unknown
        if isinstance(node, exp.Subquery) and node.alias:
            found = replace(unknown, names=self.query(node, place))
        elif isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            found = self._table(node, place, before)
        else:
            return unknown
        return replace(found, names=renamed(found.names, alias_columns(node)))

    def _table(self, table: exp.Table, place: _Place, before: set[str]) -> Source:
        alias, name = _lower(table.alias_or_name), TableName(fold(table.db), fold(table.name))
        if not table.db:
            return Source(alias, place.ctes.get(_lower(name.table)))
        design = None if table.catalog or name.schema in before else self.known.get(name)
        if design is None or not design.is_exact:
            return Source(alias, None, name)
        names = tuple(_lower(column.name) for column in design.loaded_columns)
        skipped = frozenset(_lower(column.name) for column in design.columns if column.skipped)
        return Source(alias, names, name, skipped - frozenset(names))

    def _column(self, column: exp.Column, levels: Levels) -> None:
        parts = [_lower(part.name) for part in column.parts]
        if len(parts) > 1:
            self._add(column, problem_of_path(parts, levels))
        elif not _is_word(column, parts[0]):
            self._add(column, problem_of(parts[0], levels))

    def _add(self, node: exp.Expression, problem: str | None) -> None:
        if problem is not None:
            self.found.append((node, problem))


def own_nodes(value: object) -> Iterator[exp.Expr]:
    """Yield the columns and subqueries of a clause or expression, without those nested in them."""
    waiting = list(value) if isinstance(value, list) else [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Column | exp.Query):
            yield node
        elif isinstance(node, exp.Expr) and not isinstance(node, exp.Star):
            waiting += node.iter_expressions()


def _is_word(column: exp.Column, name: str) -> bool:
    """Return whether a column is, or can be, a Redshift keyword."""
    if column.this.args.get("quoted"):
        return False
    is_argument = isinstance(column.parent, exp.Func)
    return name in NO_COLUMNS or (is_argument and DATE_PART.fullmatch(name) is not None)


def is_changed(node: exp.Expr) -> bool:
    """Return whether a relation has PIVOT, or is the first of a join in parentheses."""
    return any(node.args.get(key) for key in ("pivots", "joins"))


def alias_columns(node: exp.Expression) -> list[str]:
    """Return the column names of an alias, ``AS alias (a, b)``."""
    alias = node.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    return [_lower(column.name) for column in columns or ()]


Joins = list[tuple[bool, Merged]]
"""See ``scope.star``."""


def _joined(select: exp.Select) -> Joins:
    found: Joins = []
    for join in select.args.get("joins") or ():
        using = tuple(_lower(name.name) for name in join.args.get("using") or ())
        found.append((_is_comma(join), None if join.method else using))
    return found


def _is_comma(join: exp.Join) -> bool:
    return not any(value for key, value in join.args.items() if key != "this")


def _returned(columns: Iterable[exp.Expr], sources: Sequence[Source], joins: Joins) -> Names:
    """Return the columns of a SELECT; None if ``*`` covers unknown ones."""
    names: list[str] = []
    for column in columns:
        is_star = column.is_star
        found = _starred(column, sources, joins) if is_star else (_name_of(column, sources),)
        if found is None:
            return None
        names += found
    return tuple(names)


def _starred(node: exp.Expr, sources: Sequence[Source], joins: Joins) -> Names:
    inner = node.this if isinstance(node, exp.Column) else node
    if not isinstance(inner, exp.Star) or any(inner.args.values()) or node.args.get("db"):
        return None
    if not isinstance(node, exp.Column):
        return star(sources, joins)
    found = [source.names for source in sources if source.alias == _lower(node.table)]
    return found[0] if len(found) == 1 else None


def _name_of(column: exp.Expr, sources: Sequence[Source]) -> str:
    """Return the name of a column that a SELECT returns, NAMELESS if the text has none.

    The name of a path into a SUPER, ``payload.a``, is not certain.
    """
    if isinstance(column, exp.Alias):
        return _lower(column.alias)
    if not isinstance(column, exp.Column) or column.args.get("db"):
        return NAMELESS
    known = {"", *(source.alias for source in sources)}
    return _lower(column.name) if _lower(column.table) in known else NAMELESS


def _stands_alone(column: exp.Expr) -> bool:
    return isinstance(column, exp.Column) and not column.table and not column.is_star


def _lower(name: str) -> str:
    """Fold a name, letters beyond ASCII included: unsure names are not reported."""
    return name.lower()

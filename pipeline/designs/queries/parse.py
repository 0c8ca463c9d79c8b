"""Parse the query of a derived relation: the relations it reads and the columns it returns."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from pipeline.designs.queries.tokens import (
    TOO_DEEP,
    for_parser,
    invisible,
    problem_of_size,
    without_semicolon,
)
from pipeline.errors import DesignError, Fault
from pipeline.names import TableName, fold

TYPES = frozenset(
    word.lower()
    for word, kind in Redshift.Tokenizer.KEYWORDS.items()
    if kind in Redshift.Parser.TYPE_TOKENS
)
"""Words that begin a type for the parser."""

_SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema", "pg_internal"})
_SYSTEM_TABLE = re.compile(r"(?:pg|stl|stv|svl|svv|svcs|sys)_\w+")


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT statement: its text without a semicolon, the relations read, its columns.

    ``columns`` is None if the text does not name them all: ``*``, or an expression without AS.
    ``assumed`` are the names in FROM that count as something else than a relation that is
    loaded: a path into a SUPER column, ``o.items``, or a system table, ``pg_class``.
    """

    text: str
    reads: tuple[TableName, ...]
    columns: tuple[str, ...] | None
    assumed: tuple[TableName, ...] = ()


def analyze(sql: str, file: str = "query") -> Query:
    """Parse a query; DesignError holds all faults, with line and column."""
    try:
        return _analyze(sql, file)
    except RecursionError:
        raise DesignError([Fault(file, "", TOO_DEEP)]) from None


def _analyze(sql: str, file: str) -> Query:
    tree = parse(sql, file)
    nodes = list(tree.walk())
    faults = [*_forbidden(nodes, sql, file)]
    reads = set()
    assumed = set(map(_name, _paths(nodes)))
    local = _local_tables(tree, nodes)
    for table in _of_kind(nodes, exp.Table):
        if not isinstance(table.this, exp.Identifier | exp.Dot) or id(table) in local:
            continue
        if problem := _unqualified(table):
            faults.append(fault(table, problem, sql, file))
        elif not is_system(name := _name(table)):
            reads.add(name)
        elif not name.schema:
            assumed.add(name)
    if faults:
        raise DesignError(faults)
    text, columns = without_semicolon(sql), columns_of(tree)
    return Query(text, tuple(sorted(reads)), columns, tuple(sorted(assumed)))


def relations_read(tree: exp.Query) -> list[exp.Table]:
    """Return the places where a valid query names a relation of the warehouse."""
    nodes = list(tree.walk())
    local = _local_tables(tree, nodes)
    return [
        table
        for table in _of_kind(nodes, exp.Table)
        if isinstance(table.this, exp.Identifier)
        and id(table) not in local
        and table.db
        and not is_system(_name(table))
    ]


def line_of(sql: str, name: TableName) -> int | None:
    """Return the first line on which FROM has a name."""
    nodes = list(parse(sql, "").walk())
    every: list[exp.Table | exp.Column] = [*_of_kind(nodes, exp.Table), *_paths(nodes)]
    found = (node for node in every if _name(node) == name)
    return min((fault(node, "", sql, "").line or 0 for node in found), default=None)


def is_system(name: TableName) -> bool:
    """Return whether it is a system relation, ``pg_catalog.pg_class`` or ``svv_tables``."""
    return name.schema in _SYSTEM_SCHEMAS or (
        name.schema == "" and _SYSTEM_TABLE.fullmatch(name.table) is not None
    )


def parse(sql: str, file: str) -> exp.Query:
    """Parse the text of one SELECT statement; DesignError for anything else."""
    if faults := [*_invisible(sql, file)]:
        raise DesignError(faults)
    text = for_parser(sql)
    if problem := problem_of_size(text, TYPES):
        raise DesignError([Fault(file, "", problem)])
    try:
        trees = sqlglot.parse(text, dialect="redshift")
    except RecursionError:
        raise DesignError([Fault(file, "", TOO_DEEP)]) from None
    except SqlglotError as error:
        raise DesignError([_syntax_fault(error, file)]) from error
    found = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    if len(found) != 1:
        message = f"found {len(found)} statements, expected exactly one SELECT"
        raise DesignError([Fault(file, "", message)])
    if not isinstance(found[0], exp.Query):
        kind = found[0].key.upper()
        raise DesignError([Fault(file, "", f"found {kind}, expected exactly one SELECT", 1)])
    return found[0]


_OF_PARSER = re.compile(r"( but got)? <(Token|class) .*", re.DOTALL)
"""The parser's internals in its messages."""


def _syntax_fault(error: SqlglotError, file: str) -> Fault:
    details = getattr(error, "errors", None)
    if not details:
        return Fault(file, "", f"is not valid Redshift SQL: {error}")
    first = details[0]
    line, column, near = first.get("line"), first.get("col"), first.get("highlight")
    description = str(first.get("description"))
    if description.startswith("Required keyword"):
        description = "syntax error: an operand is missing"
    message = f"column {column}: {_OF_PARSER.sub('', description)} near '{near}'"
    return Fault(file, "", message, line)


def _invisible(sql: str, file: str) -> Iterator[Fault]:
    for start, character in invisible(without_semicolon(sql)):
        code = f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
        message = f"{code} looks like a space but is none to Redshift; replace it by a space"
        yield fault_at(start, message, sql, file)


Nodes = Sequence[exp.Expr]
"""All nodes of a query: a walk over it takes as long as a quarter of the parser."""

Kind = TypeVar("Kind", bound=exp.Expr)


def _of_kind(nodes: Nodes, kind: type[Kind]) -> Iterator[Kind]:
    return (node for node in nodes if isinstance(node, kind))


def _forbidden(nodes: Nodes, sql: str, file: str) -> Iterator[Fault]:
    for into in _of_kind(nodes, exp.Into):
        yield fault(into.this, "SELECT INTO would create a table; remove INTO", sql, file)
    found = (node for node in nodes if isinstance(node, exp.Placeholder | exp.Parameter))
    if (node := next(found, None)) is not None:
        yield fault(node, f"'{node.sql()}': a query cannot have parameters", sql, file)


def _name(table: exp.Table | exp.Column) -> TableName:
    """Return the name of a relation; of another database, ``sales.public.orders``, in two parts.

    The parts are ``sales`` and ``public.orders``.
    """
    schema, *rest = [fold(part.name) for part in table.parts]
    return TableName(schema, ".".join(rest)) if rest else TableName("", schema)


def _unqualified(table: exp.Table) -> str | None:
    text = ".".join(part.name for part in table.parts)
    if isinstance(table.this, exp.Dot):
        return f"'{text}' has too many parts; write schema.table"
    if not table.db and not is_system(_name(table)):
        return f"'{text}' has no schema; write schema.table, as in www.{text}"
    return None


def _local_tables(tree: exp.Query, nodes: Nodes) -> set[int]:
    """Return the ids of tables that the query itself names, by WITH, INTO or an alias."""
    found = {id(into.this) for into in _of_kind(nodes, exp.Into)}
    for scope in traverse_scope(tree):
        ctes = {fold(name) for name in scope.cte_sources}
        found |= {id(table) for table in scope.tables if not table.db and fold(table.name) in ctes}
    return found | set(map(id, _paths(nodes)))


def _paths(nodes: Nodes) -> list[exp.Table | exp.Column]:
    """Return the paths into a SUPER column in FROM, as in ``FROM www.orders o, o.items``.

    Of those without ON, the parser makes UNNEST. All begin with the name of a relation to their
    left. The query alone does not tell whether such a name is that of a schema, too.
    """
    unnested = (node.expressions for node in _of_kind(nodes, exp.Unnest))
    columns = (each for group in unnested for each in group if isinstance(each, exp.Column))
    aliases = {id(select): _aliases(select) for select in _of_kind(nodes, exp.Select)}
    tables = (each for each in _of_kind(nodes, exp.Table) if _is_path(each, aliases))
    return [*(column for column in columns if column.table), *tables]


Aliases = dict[str, int]
"""The position of each alias in one FROM: 0 for the first relation."""


def _relations(select: exp.Select) -> list[exp.Expr]:
    sources = [select.args.get("from_"), *select.args.get("joins", [])]
    return [source for source in sources if source is not None]


def _aliases(select: exp.Select) -> Aliases:
    found: Aliases = {}
    for position, source in enumerate(_relations(select)):
        if source.this.alias:
            found.setdefault(fold(source.this.alias), position)
    return found


def _is_path(table: exp.Table, aliases: Mapping[int, Aliases]) -> bool:
    """Return whether it begins with an alias to its left in the same FROM."""
    select, first = table.find_ancestor(exp.Select), fold(table.catalog or table.db)
    if select is None or not first:
        return False
    position = aliases[id(select)].get(first)
    if position is None:
        return False
    left = _relations(select)[: position + 1]
    node: exp.Expr = table
    while node.parent is not None and node.parent is not select:
        node = node.parent
    return not any(node is each for each in left)


def columns_of(query: exp.Query) -> tuple[str, ...] | None:
    """Return the columns that a query returns, None if its text does not name them all."""
    tree: Any = query
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    if not isinstance(tree, exp.Select) or tree.args.get("exclude"):
        return None
    names = []
    for column in tree.expressions:
        name = column.alias_or_name
        if column.is_star or not isinstance(column, exp.Alias | exp.Column) or not name:
            return None
        names.append(fold(name))
    return tuple(names)


def fault(node: exp.Expr, message: str, sql: str, file: str) -> Fault:
    """Return a fault with the line and column of a node of the query."""
    starts = [each.meta.get("start") for each in node.find_all(exp.Identifier)]
    start = min((each for each in starts if each is not None), default=None)
    if start is None:
        return Fault(file, "", message)
    return fault_at(start, message, sql, file)


def fault_at(start: int, message: str, sql: str, file: str) -> Fault:
    """Return a fault with the line and column of a position in the query."""
    column = start - sql.rfind("\n", 0, start)
    return Fault(file, "", f"column {column}: {message}", sql.count("\n", 0, start) + 1)

"""Columns of the type unknown: literals without a type in the select list of a subquery.

As in PostgreSQL before version 10, such a literal, or NULL, has no type outside of the subquery
or WITH either, and nothing converts it. Users of clusters report the error about these uses:
https://github.com/OHDSI/SqlRender/issues/66 (ORDER BY)
https://github.com/growthbook/growthbook/issues/4132 (GROUP BY)
https://github.com/fleetio/dbt-segment/issues/16 (PARTITION BY)
https://github.com/calogica/dbt-expectations/issues/99 (comparisons)
https://github.com/snowplow/dbt-snowplow-attribution/issues/9 (MIN)
CREATE TABLE AS and UNION take such columns: the snapshots of dbt depend on it.
https://github.com/dbt-labs/dbt-adapters/blob/main/dbt-adapters/src/dbt/include/global_project/macros/materializations/snapshots/helpers.sql
"""

from collections.abc import Iterator
from typing import Any

from redshift_emulator.language.computed.constants import TEXT, text
from redshift_emulator.language.computed.node_tree import Node, descendants, own
from redshift_emulator.language.computed.sources import Scope, variable_sources
from redshift_emulator.language.errors import RedshiftError

_BOOLEAN = 16
_NUMBERS = {
    20: "bigint",
    21: "smallint",
    23: "integer",
    700: "real",
    701: "double precision",
    1700: "numeric",
}
_MAX_AND_MIN = frozenset({2129, 2145})  # of texts
_TYPES = ("vartype", "consttype", "resulttype", "funcresulttype", "opresulttype")


def refuse_unknown_columns(
    query: Node, literals: frozenset[str | None], outer: tuple[Node, ...] = ()
) -> None:
    """Refuse an analyzed query that needs the type of such a column; do not look into views.

    ``literals`` are those without a type in select lists of the statement, with None for NULL:
    PostgreSQL's analysis gives them the type of other constants, such as ``text 'a'``.
    """
    scope = Scope(query, outer)
    for value, into in _converted(query):
        literal = _literal(value, scope)
        if literal is not None and text(literal) in literals:
            message = f'failed to find conversion function from "unknown" to {into}'
            raise RedshiftError(message, hint="Cast the literal in the subquery.")
    views = [id(table["subquery"]) for table in query["rtable"] or () if is_view(table)]
    for node in own(query):
        if node.tag == "QUERY" and id(node) not in views:
            refuse_unknown_columns(node, literals, (query, *outer))


def is_view(table: Node) -> bool:
    """Return whether a table of a query is a view, whose query replaces it."""
    return table["relkind"] in {"v", "m"}


def _converted(query: Node) -> Iterator[tuple[Node, str]]:
    """Yield the values of a query whose type matters, with the type that they need."""
    clauses = (query["sortClause"], query["groupClause"], query["windowClause"])
    keys = {node["tleSortGroupRef"] for node in descendants(list(clauses))} - {None}
    for item in query["targetList"] or ():
        if item["ressortgroupref"] in keys:
            yield item["expr"], "text"
    for node in own(query):
        if node.tag == "OPEXPR" and node.number("opresulttype") == _BOOLEAN:
            yield from _operands(node["args"])
        elif node.tag == "SCALARARRAYOPEXPR":
            yield node["args"][0], "text"
        elif node.tag == "AGGREF" and node.number("aggfnoid") in _MAX_AND_MIN:
            yield node["args"][0]["expr"], "text"


def _operands(operands: list[Node]) -> Iterator[tuple[Node, str]]:
    """Yield the operands of a comparison; one that is unknown gets the type of the other."""
    for operand, other in zip(operands, reversed(operands), strict=True):
        found = next((other.number(name) for name in _TYPES if other[name]), TEXT)
        yield operand, _NUMBERS.get(found, "text")


def _literal(node: Any, scope: Scope) -> Node | None:
    """Return the text of a subquery's select list that a column of it stands for, or NULL."""
    if node.tag != "VAR" or node.number("vartype") != TEXT or scope.query["setOperations"]:
        return None
    around = scope.up(node.number("varlevelsup")).query
    if is_view(around["rtable"][node.number("varno") - 1]):
        return None
    sources = variable_sources(node, scope)
    if len(sources) != 1 or sources[0][0] is None:
        return None  # a column of a relation, or of UNION
    ((source, within),) = sources
    if source.tag != "CONST":
        return _literal(source, within)
    found: Node = source
    is_text = found.number("consttype") == TEXT
    return found if is_text and _stays_unknown(found, within.query) else None


def _stays_unknown(literal: Node, query: Node) -> bool:
    """Return whether a query has a literal in its list that it does not sort or group by.

    These clauses give it a type.
    """
    items = query["targetList"]
    return any(each["expr"] is literal and not each.number("ressortgroupref") for each in items)

"""Where the columns of an analyzed query come from: the expressions that compute them."""

from collections.abc import Iterator
from dataclasses import dataclass

from redshift_emulator.language.computed.node_tree import Node, descendants

# Kinds of entries of a query's tables.
_SUBQUERY, _JOIN, _CTE, _GROUP = 1, 2, 6, 9


@dataclass(frozen=True, slots=True)
class Scope:
    """A query, with the queries around it, from the inside to the outside."""

    query: Node
    outer: tuple[Node, ...] = ()

    def up(self, levels: int) -> "Scope":
        """Return the scope of a query around this one."""
        return self if levels == 0 else Scope(self.outer[levels - 1], self.outer[levels:])

    def of(self, query: Node) -> "Scope":
        """Return the scope of a query within this one's."""
        return Scope(query, (self.query, *self.outer))


Source = tuple[Node, Scope]


def column_sources(query: Node, place: int, around: Scope | None = None) -> list[Source]:
    """Return the expressions of a query's column, by its place from 0.

    A query of UNION, INTERSECT or EXCEPT has one for each part.
    """
    scope = Scope(query) if around is None else around.of(query)
    return [(part.query["targetList"][place]["expr"], part) for part in _parts(scope)]


def _parts(scope: Scope) -> Iterator[Scope]:
    operations = scope.query["setOperations"]
    if operations is None:
        yield scope
    for reference in descendants(operations):
        if reference.tag == "RANGETBLREF":
            table = scope.query["rtable"][reference.number("rtindex") - 1]
            yield from _parts(scope.of(table["subquery"]))


def variable_sources(node: Node, scope: Scope) -> list[Source]:
    """Return the expressions of the column of a subquery or a join that a variable stands for."""
    scope = scope.up(node.number("varlevelsup"))
    table: Node = scope.query["rtable"][node.number("varno") - 1]
    place = node.number("varattno") - 1
    kind = table.number("rtekind")
    if place < 0:
        return []  # the whole row
    if kind == _SUBQUERY:
        return column_sources(table["subquery"], place, scope)
    if kind == _CTE:
        return _cte_sources(table, place, scope.up(table.number("ctelevelsup")))
    if kind in {_JOIN, _GROUP}:
        expressions = table["joinaliasvars" if kind == _JOIN else "groupexprs"]
        return [(expressions[place], scope)]
    return []


def _cte_sources(table: Node, place: int, scope: Scope) -> list[Source]:
    for cte in scope.query["cteList"] or ():
        if cte["ctename"] == table["ctename"] and cte["cterecursive"] == "false":
            return column_sources(cte["ctequery"], place, scope)
    return []

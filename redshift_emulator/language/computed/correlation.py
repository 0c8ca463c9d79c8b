"""Correlated subqueries that Redshift cannot execute.

https://docs.aws.amazon.com/redshift/latest/dg/r_correlated_subqueries.html
"""

from collections.abc import Iterator

from redshift_emulator.language.computed.node_tree import Node, own
from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.words import HIERARCHY

MESSAGE = "This type of correlated subquery pattern is not supported due to internal error"
_CORRELATED_HIERARCHY = "CONNECT BY in a correlated subquery: not supported by the emulator"
_INNER_JOIN = "0"
_IN = "2"
_VALUE = "4"
_MIN_AND_MAX = range(2115, 2147)
# PostgreSQL's numbers of <, <=, >, >= and <> of numbers, texts, dates and times.
_INEQUALITIES = frozenset(
    {
        *(95, 520, 522, 524, 519, 97, 521, 523, 525, 518, 412, 413, 414, 415, 411),
        *(664, 665, 666, 667, 531, 1058, 1059, 1060, 1061, 1057, 1754, 1755, 1756, 1757, 1753),
        *(672, 673, 674, 675, 671, 622, 624, 623, 625, 621, 1095, 1096, 1097, 1098, 1094),
        *(2062, 2063, 2064, 2065, 2061, 1322, 1323, 1324, 1325, 1321),
    }
)


def refuse_correlated(query: Node) -> None:
    """Raise the error about the first correlated subquery of a pattern that is not supported."""
    reason = next(_reasons(query), "")
    if reason:
        raise NotSupportedError(MESSAGE, hint=f"The subquery {reason}.")


def _reasons(query: Node) -> Iterator[str]:
    grouped = {each["tleSortGroupRef"] for each in query["groupClause"] or ()}
    for node in own(query):
        if node.tag == "QUERY":
            _refuse_hierarchy(node)
            yield from _reasons(node)
        elif node.tag == "VAR" and node.number("varlevelsup") > 1:
            yield "refers to a query that is not the one directly around it"
        elif node.tag == "JOINEXPR" and node["jointype"] != _INNER_JOIN:
            yield from _in_outer_join(node)
        elif node.tag == "SUBLINK":
            yield from _in_subquery(node)
        if any(_is_correlated(each) for each in _sublinks(_group_columns(node, grouped))):
            yield "is a column of GROUP BY"


def _refuse_hierarchy(query: Node) -> None:
    """Refuse CONNECT BY that refers to a query around it: what Redshift does is not known."""
    names = [cte["ctename"].replace("\\", "") for cte in query["cteList"] or ()]
    if HIERARCHY in names and _refers_out(query, 0):
        raise NotSupportedError(_CORRELATED_HIERARCHY)


def _refers_out(query: Node, depth: int) -> bool:
    """Return whether a query refers to one that is more than ``depth`` levels around it."""
    return any(
        _refers_out(node, depth + 1) if node.tag == "QUERY" else node.number("varlevelsup") > depth
        for node in own(query)
    )


def _group_columns(node: Node, grouped: set[str]) -> object:
    """Return what a node holds of GROUP BY: a column, or all since version 18 of PostgreSQL."""
    is_column = node.tag == "TARGETENTRY" and node["ressortgroupref"] in grouped
    return [node["expr"]] if is_column else node["groupexprs"]


def _in_outer_join(join: Node) -> Iterator[str]:
    if any(_is_correlated(each) for each in _sublinks([join["quals"]])):
        yield "is in the ON clause of an outer join"


def _in_subquery(sublink: Node) -> Iterator[str]:
    query: Node = sublink["subselect"]
    if not _is_correlated(sublink):
        return
    if query["hasWindowFuncs"] == "true":
        yield "has a window function"
    if sublink["subLinkType"] == _VALUE:
        if query["limitCount"]:
            yield "has LIMIT"
        elif _is_unequal(query):
            yield "depends on the query around it by an inequality only"
    if _is_within_or(query):
        yield "depends on the query around it within OR only"
    aggregates = [node for node in own(query["targetList"]) if node.tag == "AGGREF"]
    if (
        sublink["subLinkType"] == _IN
        and query["groupClause"]
        and any(each.number("aggfnoid") not in _MIN_AND_MAX for each in aggregates)
    ):
        yield "has an aggregate function and GROUP BY, and follows IN"


def _sublinks(value: object) -> Iterator[Node]:
    return (node for node in own(value) if node.tag == "SUBLINK")


def _is_unequal(query: Node) -> bool:
    """Return whether all comparisons with values of the query around this one are inequalities."""
    operators = [node for node in own(query) if node.tag == "OPEXPR" and _reads_outside(node)]
    return bool(operators) and all(each.number("opno") in _INEQUALITIES for each in operators)


def _is_within_or(query: Node) -> bool:
    """Return whether all comparisons with values of the query around this one are parts of OR.

    One that all alternatives have in common is none of them: ``(a AND b) OR (a AND c)`` is
    ``a AND (b OR c)``, as query 41 of TPC-DS has it.
    """
    within = {
        id(node)
        for each in own(query)
        if each.tag == "BOOLEXPR" and each["boolop"] == "or" and not _has_common(each)
        for node in own(each["args"])
    }
    operators = [node for node in own(query) if node.tag == "OPEXPR" and _reads_outside(node)]
    return bool(operators) and all(id(each) in within for each in operators)


def _has_common(alternatives: Node) -> bool:
    """Return whether all alternatives of OR have the same comparison with such a value."""
    first, *others = ([*_conditions(each)] for each in alternatives["args"])
    return any(
        all(condition in each for each in others)
        for condition in first
        if _reads_outside(condition)
    )


def _conditions(value: Node) -> Iterator[Node]:
    """Yield what must all be true: the conditions that AND combines."""
    if value.tag == "BOOLEXPR" and value["boolop"] == "and":
        for each in value["args"]:
            yield from _conditions(each)
    elif value.tag == "OPEXPR":
        yield value


def _reads_outside(operator: Node) -> bool:
    return any(
        node.tag == "VAR" and node.number("varlevelsup") == 1 for node in own(operator["args"])
    )


def _is_correlated(sublink: Node) -> bool:
    """Return whether a subquery refers to the query around it."""
    return any(
        node.tag == "VAR" and node.number("varlevelsup") == 1 for node in own(sublink["subselect"])
    )

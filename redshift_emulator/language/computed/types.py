"""The types of the expressions of an analyzed query.

https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from collections.abc import Callable
from typing import Any

from redshift_emulator.language.computed.constants import (
    FIRST_CREATED,
    INTEGERS,
    NUMERIC,
    TEXTS,
    constant,
    integer,
    is_null,
    of_type,
)
from redshift_emulator.language.computed.decimals import (
    LONGEST_TEXT,
    MOST_DIGITS,
    NULL,
    Computed,
    Decimal,
    Text,
    common,
    product,
    quotient,
    shown,
    total,
)
from redshift_emulator.language.computed.node_tree import Node
from redshift_emulator.language.computed.sources import (
    Scope,
    Source,
    column_sources,
    variable_sources,
)

# PostgreSQL's numbers of operators and functions, which never change.
_PLUS, _MINUS, _TIMES, DIVIDE, _MODULO = 1758, 1759, 1760, 1761, 1762
_NEGATE = 1751
_CONCATENATE = frozenset({654, 2779, 2780})  # of two texts, of a text and another value
_LENGTH_CASTS = frozenset({1703, 668, 669})
_SUM = frozenset({2107, 2114})
_STRING_AGG, _MD5 = 3538, 2311
# Of texts and decimals: FIRST_VALUE and others with IGNORE NULLS pick from the values of a window.
_ARRAYS = frozenset({1009, 1014, 1015, 1231})
_MOD = frozenset({1728, 1729})
# Functions that return text no longer than their first argument.
_SHORTENING = frozenset(
    {401, 871, 870, 872, 877, 883, 936, 937, 3060, 3061, 3062, 885, 884, 881, 875, 882, 876}
)
# Those of pg_internal; SPLIT_PART returns the type of its string:
# https://docs.aws.amazon.com/redshift/latest/dg/SPLIT_PART.html
_OWN_SHORTENING = frozenset({"as_text", "picked", "split_part"})

_BINARY: dict[int, Callable[[Decimal, Decimal], Decimal]] = {
    _PLUS: total,
    _MINUS: total,
    _TIMES: product,
    DIVIDE: quotient,
    _MODULO: common,
}


def infer(node: Any, scope: Scope) -> Computed:
    """Return the type of an expression of an analyzed query."""
    if not isinstance(node, Node):
        return None
    reader = _READERS.get(node.tag)
    return reader(node, scope) if reader is not None else None


def column(query: Node, place: int) -> Computed:
    """Return the type of a column of a query, by its place from 0."""
    return _merged(column_sources(query, place))


def _variable(node: Node, scope: Scope) -> Computed:
    known = of_type(node.number("vartype"), node.number("vartypmod"))
    return known if known is not None else _merged(variable_sources(node, scope))


def _operator(node: Node, scope: Scope) -> Computed:
    number, arguments = node.number("opno"), node["args"]
    types = [infer(argument, scope) for argument in arguments]
    first = types[0]
    if number == _NEGATE or is_mark(node):
        return first
    if node.number("opresulttype") in INTEGERS:
        return of_type(node.number("opresulttype"), -1)
    if len(types) != 2 or first is None or types[1] is None:
        return None
    if node.number("opresulttype") == NUMERIC and is_marked(arguments[0]):
        number = DIVIDE
    match first, types[1]:
        case Decimal() as a, Decimal() as b if number in _BINARY:
            return _BINARY[number](a, b)
    return _concatenated(shown(first), shown(types[1])) if number in _CONCATENATE else None


def _concatenated(first: Computed, second: Computed) -> Computed:
    if isinstance(first, Text) and isinstance(second, Text) and NULL not in {first, second}:
        return Text(min(first.width + second.width, LONGEST_TEXT))
    return None


def is_mark(node: Node) -> bool:
    """Return whether an operator is the mark before a division: ``a * ROW(1)::mark``."""
    arguments = node["args"]
    return len(arguments) == 2 and arguments[1].tag == "ROWEXPR"


def is_marked(node: Node) -> bool:
    """Return whether an expression is a dividend with its mark."""
    return node.tag == "OPEXPR" and is_mark(node)


def _function(node: Node, scope: Scope) -> Computed:
    number, result = node.number("funcid"), node.number("funcresulttype")
    arguments = node["args"] or []
    if number in _LENGTH_CASTS and len(arguments) > 1 and arguments[1].tag == "CONST":
        return of_type(result, integer(arguments[1]))
    if result in INTEGERS:
        return of_type(result, -1)
    if number in _FIXED:
        return _FIXED[number](node, scope)
    if node["name"] == "listagg":
        return Text(LONGEST_TEXT)
    of_user = number >= FIRST_CREATED and node["name"] is None
    return _of_argument(node, arguments, scope) if arguments and not of_user else None


def _of_argument(node: Node, arguments: list[Node], scope: Scope) -> Computed:
    """Return the type of a call that returns the type of an argument."""
    number, result = node.number("funcid"), node.number("funcresulttype")
    # AVG runs as avg(average, sum): the last has the type
    is_average = result == NUMERIC and arguments[-1].tag in {"AGGREF", "WINDOWFUNC"}
    first = infer(arguments[-1 if is_average else 0], scope)
    if result == NUMERIC and isinstance(first, Decimal):
        return first
    text = shown(first) if node["name"] == "as_text" else first
    shortens = number in _SHORTENING or node["name"] in _OWN_SHORTENING
    return text if shortens and isinstance(text, Text) else None


def _aggregate(node: Node, scope: Scope) -> Computed:
    windowed = node.tag == "WINDOWFUNC"
    number = node.number("winfnoid" if windowed else "aggfnoid")
    result = node.number("wintype" if windowed else "aggtype")
    if result in INTEGERS:
        return of_type(result, -1)
    arguments = node["args"] or []
    if not arguments:
        return None
    first = infer(arguments[0] if windowed else arguments[0]["expr"], scope)
    if number == _STRING_AGG:
        return Text(LONGEST_TEXT)
    if number in _SUM and isinstance(first, Decimal):
        return Decimal(MOST_DIGITS, first.scale)
    return first if result in {NUMERIC, *TEXTS, *_ARRAYS} else None


def _relabel(node: Node, scope: Scope) -> Computed:
    known = of_type(node.number("resulttype"), node.number("resulttypmod"))
    return known if known is not None else infer(node["arg"], scope)


def _as_text(node: Node, scope: Scope) -> Computed:
    return shown(infer(node["arg"], scope)) if node.number("resulttype") in TEXTS else None


def _merged(expressions: list[Source]) -> Computed:
    """Return the type that holds the values of all expressions; NULL has any."""
    given = [(node, scope) for node, scope in expressions if node is not None]
    values = [(node, scope) for node, scope in given if not is_null(node)]
    found = [infer(node, scope) for node, scope in values or given]
    merged = found[0] if found else None
    for each in found[1:]:
        match merged, each:
            case Decimal() as a, Decimal() as b:
                merged = common(a, b)
            case Text(a), Text(b):
                merged = Text(max(a, b))
            case _:
                return None
    return merged


def _case(node: Node, scope: Scope) -> Computed:
    results = [*(each["result"] for each in node["args"]), node["defresult"]]
    return _merged([(result, scope) for result in results])


def _arguments(node: Node, scope: Scope) -> Computed:
    return _merged([(argument, scope) for argument in node["args"]])


def _sublink(node: Node, scope: Scope) -> Computed:
    return _merged(column_sources(node["subselect"], 0, scope))


_FIXED: dict[int, Callable[[Node, Scope], Computed]] = {
    **dict.fromkeys(_MOD, _arguments),
    _MD5: lambda _node, _scope: Text(32),
}
_READERS: dict[str, Callable[[Node, Scope], Computed]] = {
    "AGGREF": _aggregate,
    "CASEEXPR": _case,
    "CASE": _case,
    "COALESCE": _arguments,
    "COALESCEEXPR": _arguments,
    "COERCEVIAIO": _as_text,
    "CONST": lambda node, _scope: constant(node),
    "FUNCEXPR": _function,
    "MINMAX": _arguments,
    "MINMAXEXPR": _arguments,
    "NULLIFEXPR": lambda node, scope: infer(node["args"][0], scope),
    "OPEXPR": _operator,
    "RELABELTYPE": _relabel,
    "SUBLINK": _sublink,
    "VAR": _variable,
    "WINDOWFUNC": _aggregate,
}

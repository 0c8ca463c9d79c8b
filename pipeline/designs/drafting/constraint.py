"""Translate CHECK constraints of PostgreSQL to rules of checks, if they mean the same.

https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from pipeline.designs.model.checks import AcceptedValues, Pattern, Range, Value
from pipeline.designs.model.incremental import TIMES
from pipeline.designs.model.upstream import UpstreamType
from pipeline.designs.queries.parse import TYPES
from pipeline.designs.queries.tokens import problem_of_size

INTEGERS = frozenset({"int2", "int4", "int8"})
TEXTS = frozenset({"text", "varchar", "bpchar"})

_TO_INTEGER = {exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT}
_TO_NUMBER = _TO_INTEGER | {exp.DType.DECIMAL}
_TO_TEXT = {exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.BPCHAR}
_TO_MOMENT = {exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ}

_KEEPING = {
    **dict.fromkeys(INTEGERS, frozenset({exp.DType.BIGINT, exp.DType.DECIMAL})),
    "numeric": frozenset({exp.DType.DECIMAL}),
    "text": _TO_TEXT,
    "varchar": _TO_TEXT,
}
"""The types to which a cast keeps the value of a column, by the column's type."""

_BOUNDS = (exp.GTE, exp.GT, exp.LTE, exp.LT)

Translated = AcceptedValues | Pattern | Range


class UntranslatableError(Exception):
    """A part of a condition has no counterpart, or might not mean the same."""


def translate(condition: str, types: Mapping[str, UpstreamType]) -> tuple[Translated, ...]:
    """Return the rules that follow from a condition, as pg_get_expr returns it.

    ``((total >= (0)::numeric) AND (note <> ''::text))`` gives the range of total alone. Columns
    have their upstream names; ``types`` are those of all columns.
    """
    if problem_of_size(condition, TYPES):
        return ()
    try:
        tree = sqlglot.parse_one(condition, dialect="postgres")
    except (SqlglotError, RecursionError):
        return ()
    rules: list[Translated] = []
    for term in _terms(tree):
        try:
            rules.append(_rule(term, types))
        except UntranslatableError:
            continue
    return tuple(_joined(rules))


def _terms(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the conditions that AND joins; if one of them is false, so is the whole."""
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        yield from _terms(tree.this)
        yield from _terms(tree.expression)
    else:
        yield tree


def _rule(term: exp.Expr, types: Mapping[str, UpstreamType]) -> Translated:
    if not isinstance(term, exp.Binary):
        raise UntranslatableError
    name = _column(term.this, types)
    found = types[name]
    if (
        type(term) in _BOUNDS and found.base not in TEXTS
    ):  # a text's order is that of its collation
        return _range(type(term), name, _literal(term.expression, found), found)
    if isinstance(term, exp.EQ):
        return AcceptedValues(name, tuple(_values(term.expression, found)))
    if isinstance(term, exp.Like) and found.base in TEXTS - {"bpchar"}:
        return Pattern(name, str(_literal(term.expression, found)))
    raise UntranslatableError


def _column(node: exp.Expr, types: Mapping[str, UpstreamType]) -> str:
    """Return the column of a term; a cast must keep its value."""
    node = node.unnest()
    target = None
    if isinstance(node, exp.Cast):
        target, node = _target(node), node.this.unnest()
    if not isinstance(node, exp.Column) or node.table or node.name not in types:
        raise UntranslatableError
    found = types[node.name]
    if found.category != "base" or found.base not in INTEGERS | TEXTS | TIMES | {"numeric"}:
        raise UntranslatableError
    if target is not None and target not in _KEEPING.get(found.base, frozenset()):
        raise UntranslatableError
    return node.name


def _target(cast: exp.Cast) -> exp.DType:
    """Return the type of a cast; one with a size can change the value."""
    if cast.to.expressions:
        raise UntranslatableError
    found: exp.DType = cast.to.this
    return found


def _values(node: exp.Expr, found: UpstreamType) -> Iterator[Value]:
    """Yield the literals of ``= 'a'`` or ``= ANY (ARRAY['a', 'b'])``."""
    if not isinstance(node, exp.Any):
        yield _literal(node, found)
        return
    array = node.this.unnest()
    if isinstance(array, exp.Cast) and array.to.this == exp.DType.ARRAY:
        array = array.this.unnest()
    if not isinstance(array, exp.Array):
        raise UntranslatableError
    yield from (_literal(each, found) for each in array.expressions)


def _literal(node: exp.Expr, found: UpstreamType) -> Value:
    """Return a literal as a value of a type, without casts that keep it."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        value, target = _literal(node.this, found), _target(node)
        fitting = (
            _TO_TEXT
            if found.base in TEXTS
            else _TO_MOMENT
            if found.base in TIMES
            else (_TO_NUMBER)
        )
        if target not in fitting or (target in _TO_INTEGER and not isinstance(value, int)):
            raise UntranslatableError
        return value
    if isinstance(node, exp.Neg):
        value = _literal(node.this, found)
        if isinstance(value, str):
            raise UntranslatableError
        return -value
    if not isinstance(node, exp.Literal):
        raise UntranslatableError
    return _number(node.name) if found.base in INTEGERS | {"numeric"} else _text(node)


def _text(node: exp.Literal) -> str:
    if not node.is_string:
        raise UntranslatableError
    return node.name


def _number(text: str) -> Value:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise UntranslatableError from None
    if not value.is_finite():
        raise UntranslatableError
    return int(value) if value == value.to_integral_value() else value


def _range(kind: type[exp.Expr], name: str, value: Value, found: UpstreamType) -> Range:
    """Return a range with one bound; the bound of ``>`` is the next value that the type has."""
    if kind in {exp.GT, exp.LT}:
        if isinstance(value, str):
            raise UntranslatableError
        step = _step(found)
        scaled = Decimal(value) / step
        if scaled != scaled.to_integral_value():
            raise UntranslatableError
        value = _number(str(value + step if kind is exp.GT else value - step))
    is_lower = kind in {exp.GT, exp.GTE}
    return Range(name, minimum=value) if is_lower else Range(name, maximum=value)


def _step(found: UpstreamType) -> Decimal:
    """Return the difference of neighbouring values: 1, or 0.01 of numeric(12,2)."""
    if found.base in INTEGERS:
        return Decimal(1)
    if found.typmod < 0:
        raise UntranslatableError
    scale = (found.typmod - 4) & 0x7FF
    if scale > 0x3FF:  # negative, as of numeric(6,-3)
        raise UntranslatableError
    return Decimal(1).scaleb(-scale)


def _joined(rules: list[Translated]) -> Iterator[Translated]:
    """Yield the rules, with both bounds of BETWEEN in one."""
    ranges: dict[str, Range] = {}
    for rule in rules:
        if not isinstance(rule, Range):
            yield rule
            continue
        found = ranges.get(rule.column, Range(rule.column))
        if rule.minimum is not None and found.minimum is None:
            found = replace(found, minimum=rule.minimum)
        elif rule.maximum is not None and found.maximum is None:
            found = replace(found, maximum=rule.maximum)
        ranges[rule.column] = found
    yield from ranges.values()

"""Rules that the checks of a readable design can violate."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pipeline.designs.checking import values
from pipeline.designs.checking.read import COMMON, READERS, Entry, columns_of, entries, named
from pipeline.designs.checking.sql import assumed_by, reads_of
from pipeline.designs.model.checks import (
    AcceptedValues,
    Check,
    Pattern,
    Query,
    Range,
    RowCount,
    Rule,
    SumEquals,
    Unique,
    Value,
)
from pipeline.designs.model.design import Design
from pipeline.designs.model.types import FLOATS, NUMBERS, TEXTS, TYPES, SqlType, parse_type
from pipeline.designs.rules.keys import Finding, problem_of_column
from pipeline.documents import Path
from pipeline.errors import DesignError
from pipeline.names import MAX_IDENTIFIER_BYTES, TableName

MAX_NAME_BYTES = MAX_IDENTIFIER_BYTES
"""The longest name of a check, which is a value of a column in the warehouse."""

EXAMPLE = "as in range: {column: total, min: 0}"


def examine_checks(design: Design, data: Mapping[str, Any]) -> tuple[Design, list[Finding]]:
    """Return a design with the names in the SQL of its checks, and all faults of the checks."""
    findings = [finding for entry in entries(data) for finding in _shape(entry)]
    reads, assumed, before = set[TableName](), set[TableName](), set[str]()
    for entry, check in named(data):
        findings += _name(entry, check, before)
        findings += _where(design, entry, check)
        findings += _rule(design, entry, check)
        with suppress(DesignError):  # reported as a fault of the query
            reads |= reads_of(check)
            assumed |= assumed_by(check)
    read = tuple(sorted(reads - {design.name}))
    return replace(design, checks_read=read, assumed=tuple(sorted(assumed))), findings


def _shape(entry: Entry) -> Iterator[Finding]:
    """Check that an entry is one rule, of a column or of the relation."""
    rules = entry.rules
    if len(rules) > 1:
        yield entry.path, f"found {' and '.join(rules)}, expected one rule in each item"
    elif rules and (problem := entry.problem) is not None:
        yield (*entry.path, rules[0]), problem
    elif not rules and entry.raw.keys() <= COMMON:
        yield entry.path, f"expected one of {', '.join(READERS)}, {EXAMPLE}"


def _name(entry: Entry, check: Check, before: set[str]) -> Iterator[Finding]:
    """Check the name of a check against those of the checks ``before`` it, and its form."""
    place = (*entry.path, "name")
    if check.name in before:
        yield place, f"duplicate name '{check.name}'"
    before.add(check.name)
    size = len(check.name.encode())
    if size > MAX_NAME_BYTES:
        yield place, f"found {size} bytes, expected at most {MAX_NAME_BYTES}; set a shorter name"
    elif not check.name.isprintable() or not check.name.strip():
        yield place, "has no visible character, or a line break or another invisible one"


def _where(design: Design, entry: Entry, check: Check) -> Iterator[Finding]:
    if check.where is None:
        return
    place = (*entry.path, "where")
    if isinstance(check.rule, Query):
        yield place, "is part of the query; write it there"
        return
    if isinstance(check.rule, RowCount) and check.rule.max_change is not None:
        message = "excludes max_change: the number of rows of the last load is that of all rows"
        yield place, message
    from pipeline.designs.checking.queries import condition_problems  # noqa: PLC0415  (few runs parse a query)

    yield from ((place, problem) for problem in condition_problems(design, check.where))


def _rule(design: Design, entry: Entry, check: Check) -> Iterator[Finding]:
    """Check the columns of a rule and, if they exist, its arguments."""
    place = (*entry.path, entry.rules[0])
    names_column = isinstance(entry.raw[entry.rules[0]], Mapping) and entry.column is None
    unknown = filter(None, (problem_of_column(design, name) for name in columns_of(check.rule)))
    found: list[Finding] = [(("column",), problem) for problem in unknown]
    found = found or [*argument_faults(design, check)]
    for path, problem in found:
        yield (*place, *(() if path == ("column",) and not names_column else path)), problem


def argument_faults(design: Design, check: Check) -> Iterator[Finding]:
    """Yield the faults of the arguments of a rule whose columns exist, with their keys."""
    match check.rule:
        case RowCount() as rule:
            yield from _row_count(design, rule)
        case Query() | SumEquals() as rule:
            from pipeline.designs.checking.queries import query_problems  # noqa: PLC0415  (few runs parse a query)

            place: Path = () if isinstance(rule, Query) else ("to",)
            yield from ((place, problem) for problem in query_problems(design, check))
        case Range(minimum=None, maximum=None):
            yield (), "expected min, max or both"
    for name in columns_of(check.rule):
        sql_type = type_of(design, name)
        if sql_type is not None:
            yield from _of_type(check.rule, sql_type, f"'{name}' is {sql_type}")


def type_of(design: Design, name: str) -> SqlType | None:
    """Return the type of a column; None if it is not known, as in a view, or not valid."""
    column = next(each for each in design.loaded_columns if each.name == name)
    try:
        return parse_type(column.sql_type)
    except ValueError:
        return None  # reported at the column


def _row_count(design: Design, rule: RowCount) -> Iterator[Finding]:
    if rule.minimum is not None and rule.maximum is not None and rule.minimum > rule.maximum:
        yield ("max",), f"found {rule.maximum}, expected {rule.minimum} or more, as min is"
    if rule.max_change is not None and design.kind == "VIEW":
        yield ("max_change",), "requires a table: a view is not loaded, so there is no last load"


def _of_type(rule: Rule, found: SqlType, subject: str) -> Iterator[Finding]:
    """Yield the faults of a rule for a column of a type; ``subject`` names both."""
    for kind, types, problem in _UNFIT:
        if isinstance(rule, kind) and found.base in types:
            yield ("column",), f"{subject}, {problem}"
            return
    match rule:
        case Pattern(like=like) if (len(like) - len(like.rstrip("\\"))) % 2:
            yield ("like",), "ends with a backslash, which escapes the next character"
        case AcceptedValues(values=listed):
            for index, each in enumerate(listed):
                yield from _literal(("values", index), each, found)
        case Range():
            yield from _bounds(rule, found)


_UNFIT: tuple[tuple[type[Rule], frozenset[str], str], ...] = (
    (Unique, values.NOT_UNIQUE, "of which two values cannot be compared"),
    (Pattern, TYPES - TEXTS, "and LIKE is for texts; expected char or varchar"),
    (SumEquals, FLOATS, "whose sum depends on the order of the rows; round it in a query"),
    (SumEquals, TYPES - NUMBERS, "which has no sum; expected a number"),
    (AcceptedValues, FLOATS, "whose values are not exact; expected a range or a query"),
    (AcceptedValues, TYPES - values.LITERALS, "which has no values in a design; use a query"),
    (Range, TYPES - values.LITERALS | {"boolean"}, "which has no range; use a query"),
)
"""Rules, types that they are not for, and the reason."""


def _literal(path: Path, value: Value, found: SqlType) -> Iterator[Finding]:
    try:
        values.comparable(value, found)
    except ValueError as error:
        yield path, str(error)


def _bounds(rule: Range, found: SqlType) -> Iterator[Finding]:
    bounds = {"min": rule.minimum, "max": rule.maximum}
    given = {key: bound for key, bound in bounds.items() if bound is not None}
    faults = [each for key, bound in given.items() for each in _literal((key,), bound, found)]
    yield from faults
    if faults or len(given) < len(bounds):
        return
    least, most = (values.comparable(bound, found) for bound in given.values())
    if least > most:
        yield ("max",), f"is less than min, {given['min']}: no value is within this range"

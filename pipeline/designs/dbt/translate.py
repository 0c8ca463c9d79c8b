"""Translate tests of dbt to checks that mean the same.

https://docs.getdbt.com/reference/resource-properties/data-tests
https://github.com/dbt-labs/dbt-utils https://github.com/metaplane/dbt-expectations
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.designs.checking.read import default_name, value
from pipeline.designs.checking.rules import type_of
from pipeline.designs.dbt.schema import CONFIG, Ref, Test
from pipeline.designs.model.checks import (
    AcceptedValues,
    Check,
    NotNull,
    Pattern,
    Query,
    Range,
    Relationship,
    RowCount,
    Rule,
    Severity,
    Unique,
    Value,
)
from pipeline.designs.model.design import Design
from pipeline.designs.model.types import NUMBERS, TEXTS
from pipeline.designs.model.upstream import quoted
from pipeline.designs.queries.tokens import without_semicolon
from pipeline.designs.rules.keys import problem_of_column
from pipeline.names import TableName, fold

Find = Callable[[Ref], TableName]
"""Find the relation of a model or table; UntranslatableError if none or several fit."""

Arguments = dict[str, Any]
"""The arguments of a test; each is removed when it is used."""

UNTRANSLATABLE = frozenset({"warn_if", "error_if", "fail_calc"})
"""Configuration by which a test means something that no check does."""

_WRONG = "SELECT * FROM {relation} WHERE NOT (CONDITION)"
_REPEATED = "SELECT COLUMNS FROM {relation} GROUP BY COLUMNS HAVING COUNT(*) > 1"
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_QUOTED = re.compile(r"'([^'\\]*)'")
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_REF = re.compile(
    r"""\s*(?:\{\{\s*)?(ref|source)\(\s*['"]([^'"]+)['"]\s*(?:,\s*['"]([^'"]+)['"]\s*)?\)\s*"""
    r"(?:\}\}\s*)?"
)


class UntranslatableError(Exception):
    """A test has no counterpart; the text says why."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the arguments of a test refer to; ``design`` is None if the relation has none."""

    test: Test
    design: Design | None
    find: Find

    @property
    def column(self) -> str:
        """Return the column of the test."""
        if self.test.column is None:
            raise UntranslatableError("names no column")
        return self.test.column

    @property
    def where(self) -> str | None:
        """Return the condition of the test: of its configuration, of dbt_expectations or both."""
        given = (self.test.config.get("where"), self.test.arguments.get("row_condition"))
        found = [without_semicolon(_sql(each)) for each in given if each]
        if len(found) > 1:
            return " AND ".join(f"({each})" for each in found)
        return next(iter(found), None)

    def fitting(self, found: object) -> Value:
        """Return a literal as one of the column's type: dbt compares 1 as '1' with texts."""
        if not isinstance(found, str | int | float):
            raise UntranslatableError(f"'{found}' is not a literal")
        _sql(str(found))
        design, sql_type = self.design, None
        if design is not None and problem_of_column(design, self.column) is None:
            sql_type = type_of(design, self.column)
        if sql_type is None or isinstance(found, bool):
            return value(found)
        if sql_type.base in TEXTS:
            return str(found)
        if sql_type.base in NUMBERS and isinstance(found, str) and _NUMBER.fullmatch(found):
            return _number(found)
        return value(found)


def translate(test: Test, design: Design | None, find: Find) -> Check:
    """Return the check that a test becomes; UntranslatableError if it has no counterpart."""
    if test.problem is not None:
        raise UntranslatableError(test.problem)
    name = test.name.removeprefix("dbt_utils.").removeprefix("dbt_expectations.")
    render = _RULES.get(name)
    if render is None:
        raise UntranslatableError(f"'{test.name}' has no counterpart; write it as a query")
    severity, context = _severity(test), Context(test, design, find)
    arguments = dict(test.arguments)
    arguments.pop("row_condition", None)
    rule = render(context, arguments)
    if arguments:
        raise UntranslatableError(f"its argument '{next(iter(arguments))}' has no counterpart")
    if isinstance(rule, Query):
        usual = " ".join(filter(None, (test.column, name)))
        return Check(test.label or usual, rule, severity)
    return Check(test.label or default_name(rule), rule, severity, context.where)


def _severity(test: Test) -> Severity:
    for key in test.config:
        if key not in CONFIG - UNTRANSLATABLE:
            raise UntranslatableError(f"its '{key}' has no counterpart")
    if test.config.get("enabled", True) is not True:
        raise UntranslatableError("is not enabled")
    found = str(test.config.get("severity", "error")).lower()
    if found not in {"error", "warn"}:
        raise UntranslatableError(f"its severity '{found}' is neither error nor warn")
    return "warn" if found == "warn" else "error"


def _sql(found: object) -> str:
    """Return a text that dbt does not change."""
    if not isinstance(found, str):
        raise UntranslatableError(f"'{found}' is not SQL")
    if "{{" in found or "{%" in found:
        raise UntranslatableError("has a template of dbt, which only dbt can render")
    return found


def _number(text: str) -> Value:
    return Decimal(text) if "." in text else int(text)


def _identifier(column: str) -> str:
    return column if _PLAIN.fullmatch(column) else quoted(column)


def _accepted(context: Context, values: object) -> Rule:
    if not isinstance(values, list):
        raise UntranslatableError("has no list of values")
    return AcceptedValues(context.column, tuple(map(context.fitting, values)))


def _accepted_values(context: Context, arguments: Arguments) -> Rule:
    arguments.pop("quote", None)
    return _accepted(context, arguments.pop("values", None))


def _in_set(context: Context, arguments: Arguments) -> Rule:
    arguments.pop("quote_values", None)
    return _accepted(context, arguments.pop("value_set", None))


def _relationship(context: Context, arguments: Arguments) -> Rule:
    to, references = arguments.pop("to", None), arguments.pop("field", None)
    found = _REF.fullmatch(str(to))
    if found is None or references is None:
        raise UntranslatableError("expected to: ref('…') or source('…', '…'), and a field")
    kind, first, second = found.groups()
    ref = Ref(fold(second or first), fold(first) if kind == "source" else None)
    return Relationship(context.column, context.find(ref), fold(str(references)))


def _accepted_range(context: Context, arguments: Arguments) -> Rule:
    return _range(context, arguments, inclusive=arguments.pop("inclusive", True))


def _between(context: Context, arguments: Arguments) -> Rule:
    return _range(context, arguments, inclusive=not arguments.pop("strictly", False))


def _range(context: Context, arguments: Arguments, *, inclusive: bool) -> Rule:
    """Return a range or, if a bound is an expression or does not belong to it, a query."""
    given = {key: arguments.pop(f"{key}_value", None) for key in ("min", "max")}
    bounds = {key: bound for key, bound in given.items() if bound is not None}
    literals = {key: _literal(bound) for key, bound in bounds.items()}
    if not bounds:
        raise UntranslatableError("has neither min_value nor max_value")
    if inclusive and None not in literals.values():
        return Range(context.column, literals.get("min"), literals.get("max"))
    signs = {"min": ">=", "max": "<="} if inclusive else {"min": ">", "max": "<"}
    column = _identifier(context.column)
    conditions = (f"{column} {signs[key]} {bound}" for key, bound in bounds.items())
    return _wrong(context, " AND ".join(conditions))


def _literal(bound: object) -> Value | None:
    """Return a bound if it is a literal: 5, '5' or "'2026-11-28'"; None for other SQL."""
    if isinstance(bound, int | float):
        return value(bound)
    text = _sql(bound)
    if _NUMBER.fullmatch(text):
        return _number(text)
    quoted_text = _QUOTED.fullmatch(text)
    return quoted_text[1] if quoted_text else None


def _wrong(context: Context, condition: str) -> Query:
    """Return the query of the rows that do not meet a condition."""
    sql = _WRONG.replace("CONDITION", condition)
    return Query(sql if context.where is None else f"{sql} AND ({context.where})")


def _expression(context: Context, arguments: Arguments) -> Rule:
    expression = _sql(arguments.pop("expression", None))
    column = "" if context.test.column is None else f"{_identifier(context.column)} "
    return _wrong(context, f"{column}{expression}")


def _combination(context: Context, arguments: Arguments) -> Rule:
    """Return a key or, if a column can be NULL, a query: dbt compares NULLs as equal."""
    arguments.pop("quote_columns", None)
    found = arguments.pop("combination_of_columns", None)
    if not isinstance(found, list) or not found:
        raise UntranslatableError("has no list of columns")
    columns = tuple(fold(str(each)) for each in found)
    design = context.design
    never_null = {column.name for column in design.columns if column.not_null} if design else set()
    if design is not None:
        never_null |= {*design.constraints.primary_key}
    if never_null.issuperset(columns):
        return Unique(columns)
    sql = _REPEATED.replace("COLUMNS", ", ".join(map(_identifier, columns)))
    if context.where is not None:
        sql = sql.replace(" GROUP BY", f" WHERE {context.where} GROUP BY", 1)
    return Query(sql)


def _like(context: Context, arguments: Arguments) -> Rule:
    return Pattern(context.column, _sql(arguments.pop("like_pattern", None)))


def _row_count(_: Context, arguments: Arguments) -> Rule:
    least, most = arguments.pop("min_value", None), arguments.pop("max_value", None)
    if least is None and most is None:
        raise UntranslatableError("has neither min_value nor max_value")
    if not all(each is None or type(each) is int for each in (least, most)):
        raise UntranslatableError("its bounds are not whole numbers")
    return RowCount(least, most)


_RULES: Mapping[str, Callable[[Context, Arguments], Rule]] = {
    "not_null": lambda context, _: NotNull(context.column),
    "unique": lambda context, _: Unique((context.column,)),
    "accepted_values": _accepted_values,
    "relationships": _relationship,
    "accepted_range": _accepted_range,
    "expression_is_true": _expression,
    "unique_combination_of_columns": _combination,
    "expect_column_values_to_not_be_null": lambda context, _: NotNull(context.column),
    "expect_column_values_to_be_unique": lambda context, _: Unique((context.column,)),
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_match_like_pattern": _like,
    "expect_table_row_count_to_be_between": _row_count,
}
"""The function that translates each test, by its name without that of the package."""

"""Statements that check rows: how many break a rule, and which.

The rules about single rows, the number of rows and sums are answered by one scan.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pipeline.designs.model.checks import (
    RELATION,
    AcceptedValues,
    Check,
    NotNull,
    Pattern,
    Query,
    Range,
    Relationship,
    RowCount,
    SumEquals,
    Unique,
    Value,
)
from pipeline.designs.model.design import Column, Design
from pipeline.designs.model.types import TEXTS
from pipeline.names import TableName
from pipeline.sql.statement import Statement, columns, doubled, identifier, listing, table
from pipeline.sql.tables.ddl import column_type

NAMED_ROWS = "etl_checked_rows"
"""The name that a WITH clause gives to rows that are not in a table of their own."""

REFERENCED = "referenced$"
"""The alias of the other relation's column; unlikely to be the name of a column."""

OCCURRENCES = "occurrences"
"""The name of the number of equal rows among wrong rows, with ``$`` beside such a column."""

KEPT = 100
"""Wrong rows of a check that are read."""

OF_ONE_ROW = (NotNull, AcceptedValues, Range, Pattern)
"""Rules that a row breaks by itself, whatever the other rows are."""

AGGREGATED = (*OF_ONE_ROW, RowCount, SumEquals)
"""Rules that one scan answers together."""

_AND = "\n    AND "


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to check: those of a table or view, or of a query that a WITH clause names.

    ``name`` is quoted for a template.
    """

    name: str
    head: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of_query(cls, query: Statement) -> "Rows":
        """Return the rows of a query."""
        name = identifier(NAMED_ROWS)
        return cls(name, f"WITH {name} AS (\n{query.template}\n)\n", query.parameters)

    def statement(self, text: str, parameters: Mapping[str, Any] | None = None) -> Statement:
        """Return a statement about these rows."""
        return Statement(f"{self.head}{text}", {**self.parameters, **(parameters or {})})

    def filled(self, sql: str) -> str:
        """Return the SQL of a check for a template, with these rows for ``{relation}``."""
        return doubled(sql).replace(RELATION, self.name)


def rows_of(design: Design, name: TableName) -> Rows:
    """Return the rows of a table or view, without the row that the pipeline adds to a dimension.

    ``name`` is the relation, or its staging table.
    """
    if design.identity is None:
        return Rows(table(name))
    return Rows.of_query(select_given_rows(design, name))


def select_given_rows(design: Design, name: TableName) -> Statement:
    """Select the rows of a dimension except that with key 0."""
    key = identifier(cast("Column", design.identity).name)
    return Statement(f"SELECT *\nFROM {table(name)}\nWHERE {key} <> 0")


def aggregates(design: Design, rows: Rows, checks: Sequence[Check]) -> Statement:
    """Answer rules by one scan: a row with ``row_count``, and ``check_0`` for the first check.

    ``check_0`` is the number of wrong rows, the number of rows, or the sum.
    """
    parameters: dict[str, Any] = {}
    items = ["COUNT(*) AS row_count"]
    for number, check in enumerate(checks):
        items.append(f"{_aggregate(design, rows, check, number, parameters)} AS check_{number}")
    return rows.statement(f"SELECT\n{listing(items)}\nFROM {rows.name}", parameters)


def _aggregate(
    design: Design, rows: Rows, check: Check, number: int, parameters: dict[str, Any]
) -> str:
    where = [f"({rows.filled(check.where)})"] if check.where else []
    if isinstance(check.rule, SumEquals):
        column = identifier(check.rule.column)
        return f"SUM(CASE WHEN {where[0]} THEN {column} END)" if where else f"SUM({column})"
    if isinstance(check.rule, RowCount):
        if not where:
            return "COUNT(*)"
    else:
        condition, values = _condition(design, check, f"check_{number}")
        parameters |= values
        where.append(condition)
    return f"SUM(CASE WHEN {' AND '.join(where)} THEN 1 ELSE 0 END)"


def count_wrong(design: Design, rows: Rows, check: Check) -> Statement:
    """Count the rows that break a rule about several rows: ``row_count``."""
    match check.rule:
        case Query(sql):
            return rows.statement(
                f"SELECT COUNT(*) AS row_count\nFROM (\n{rows.filled(sql)}\n) AS q"
            )
        case Relationship():
            source = _without_counterpart(design, rows, check)
            return rows.statement(f"SELECT COUNT(*) AS row_count\n{source}")
        case Unique():
            repeated = "\n".join(
                f"    {line}" for line in _repeated(rows, check, "COUNT(*) AS row_count")
            )
            return rows.statement(
                "SELECT COALESCE(SUM(row_count), 0) AS row_count\n"
                f"FROM (\n{repeated}\n) AS repeated"
            )
    raise ValueError(f"the rule {check.rule.kind} is answered by 'aggregates'")


def expected_sum(rows: Rows, check: Check) -> Statement:
    """Read what a sum must equal: the only value of the query, in the first of two rows."""
    assert isinstance(check.rule, SumEquals)
    return rows.statement(
        f"SELECT *\nFROM (\n{rows.filled(check.rule.query)}\n) AS q\nLIMIT 2",
    )


def wrong_rows(
    design: Design, rows: Rows, check: Check, shown: tuple[str, ...]
) -> Statement | None:
    """Read some of the rows that break a rule: their columns ``shown``, or those of the query.

    None if the rule is not about rows, or if nothing of them may be shown.
    """
    limit = f"LIMIT {KEPT:d}"
    rule = check.rule
    if isinstance(rule, Query):
        return rows.statement(f"SELECT *\nFROM (\n{rows.filled(rule.sql)}\n) AS q\n{limit}")
    if isinstance(rule, RowCount | SumEquals) or not shown:
        return None
    if isinstance(rule, Relationship):
        names = ", ".join(f"t.{identifier(name)}" for name in shown)
        source = _without_counterpart(design, rows, check)
        return rows.statement(f"SELECT {names}\n{source}\n{limit}")
    if isinstance(rule, Unique):
        kept = columns(tuple(name for name in rule.columns if name in shown))
        number = OCCURRENCES + ("$" if OCCURRENCES in rule.columns else "")
        chosen = ", ".join(filter(None, (kept, f"COUNT(*) AS {identifier(number)}")))
        found = (*_repeated(rows, check, chosen), "ORDER BY COUNT(*) DESC", limit)
        return rows.statement("\n".join(found))
    condition, parameters = _condition(design, check, "check_0")
    where = _AND.join((*_where(rows, check), condition))
    text = f"SELECT {columns(shown)}\nFROM {rows.name}\nWHERE {where}\n{limit}"
    return rows.statement(text, parameters)


def _where(rows: Rows, check: Check) -> tuple[str, ...]:
    return (f"({rows.filled(check.where)})",) if check.where else ()


def _repeated(rows: Rows, check: Check, chosen: str) -> Iterator[str]:
    """Yield the lines of a query of the values that several rows have."""
    assert isinstance(check.rule, Unique)
    names = check.rule.columns
    conditions = (*_where(rows, check), *(f"{identifier(name)} IS NOT NULL" for name in names))
    yield f"SELECT {chosen}"
    yield f"FROM {rows.name}"
    yield f"WHERE {_AND.join(conditions)}"
    yield f"GROUP BY {columns(names)}"
    yield "HAVING COUNT(*) > 1"


def _without_counterpart(design: Design, rows: Rows, check: Check) -> str:
    """Return FROM and WHERE for rows whose value the other relation lacks, by an anti-join.

    A relation that references itself is compared with the rows that are checked.
    """
    assert isinstance(check.rule, Relationship)
    rule, own = check.rule, f"t.{identifier(check.rule.column)}"
    source = rows.name
    if check.where:
        source = f"(\n    SELECT *\n    FROM {rows.name}\n    WHERE {_where(rows, check)[0]}\n)"
    other = rows.name if rule.table == design.name else table(rule.table)
    referenced = identifier(REFERENCED)
    return (
        f"FROM {source} AS t\n"
        "LEFT JOIN (\n"
        f"    SELECT DISTINCT {identifier(rule.references)} AS {referenced}\n"
        f"    FROM {other}\n"
        ") AS r\n"
        f"    ON r.{referenced} = {own}\n"
        f"WHERE {own} IS NOT NULL\n"
        f"    AND r.{referenced} IS NULL"
    )


def _condition(design: Design, check: Check, prefix: str) -> tuple[str, dict[str, Any]]:
    """Return the condition that a row breaks a rule, and its parameters; never true of NULL."""
    rule = check.rule
    match rule:
        case NotNull(column):
            return f"{identifier(column)} IS NULL", {}
        case Pattern(column, like):
            return f"{identifier(column)} NOT LIKE %({prefix})s", {prefix: like}
        case AcceptedValues(column, values):
            texts, parameters = _literals(design, column, values, prefix)
            return f"{identifier(column)} NOT IN ({', '.join(texts)})", parameters
        case Range(column, minimum, maximum):
            bounds = {"<": minimum, ">": maximum}
            given = {sign: bound for sign, bound in bounds.items() if bound is not None}
            texts, parameters = _literals(design, column, given.values(), prefix)
            parts = (
                f"{identifier(column)} {sign} {text}"
                for sign, text in zip(given, texts, strict=True)
            )
            return f"({' OR '.join(parts)})", parameters
    raise ValueError(f"the rule {rule.kind} is not about single rows")


def _literals(
    design: Design, name: str, values: Iterable[Value], prefix: str
) -> tuple[list[str], dict[str, Any]]:
    """Return values as the type of their column demands, and their parameters.

    A real is not compared with numbers, since 0.1 is not the nearest real. The columns of a view
    have no type in its design: its values are written as they are.
    """
    column = next((each for each in design.columns if each.name == name), None)
    sql_type = column_type(column) if column is not None and column.sql_type else None
    texts, parameters = [], dict[str, Any]()
    for number, value in enumerate(values):
        parameter = f"{prefix}_{number}"
        parameters[parameter] = value
        is_text = isinstance(value, str)
        is_cast = sql_type is not None and (
            sql_type.base not in TEXTS if is_text else sql_type.base == "real"
        )
        texts.append(f"CAST(%({parameter})s AS {sql_type})" if is_cast else f"%({parameter})s")
    return texts, parameters

"""Faults in the SQL of checks: in queries over the rows that are checked, and in conditions."""

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from pipeline.designs.checking.sql import ROWS, explain, sql_of
from pipeline.designs.model.checks import RELATION, Check, SumEquals
from pipeline.designs.model.design import Design
from pipeline.designs.queries.columns import check_sql
from pipeline.designs.queries.parse import analyze, parse
from pipeline.designs.queries.tokens import positions
from pipeline.errors import DesignError, Fault

_ROWS_THAT_MEET = "SELECT 1 FROM etl._rows_ WHERE (\n{}\n)"

_SUBQUERY = "has a subquery; use a query, which can read other relations"
_OF_SEVERAL = "is about several rows; use a query"


def query_problems(design: Design, check: Check) -> Iterator[str]:
    """Yield what is wrong with the query of a check, apart from its columns."""
    sql = sql_of(check)
    if sql is None:
        return
    try:
        found = analyze(sql)
    except DesignError as error:
        yield from (explain(design, fault) for fault in error.faults)
        return
    if isinstance(check.rule, SumEquals):
        number = _number_of_columns(sql)
        if number != 1:
            yield f"returns {number or 'several'} columns, expected one, with one row"
        if design.name in found.reads:
            yield f"reads '{design.name}' as it was before the load; write {RELATION}"
    elif ROWS not in found.reads:
        yield f"does not read {RELATION}, which stands for the rows that are checked"


def _number_of_columns(sql: str) -> int | None:
    """Return the number of columns that a query returns, None if ``*`` is among them."""
    tree: exp.Expr | None = parse(sql, "query")
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    if not isinstance(tree, exp.Select) or any(each.is_star for each in tree.expressions):
        return None
    return len(tree.expressions)


def condition_problems(design: Design, where: str) -> Iterator[str]:
    """Yield what is wrong with a condition, which is for single rows of the relation."""
    if ";" in (found[0] for found in positions(where)):
        yield f"is not one condition: {where}"
        return
    sql = _ROWS_THAT_MEET.format(where)
    try:
        tree = parse(sql, "where")
    except DesignError as error:
        yield from (explain(design, _moved(fault)) for fault in error.faults)
        return
    clause = tree.args.get("where")
    condition = None if clause is None else clause.this
    if not isinstance(condition, exp.Paren) or isinstance(condition.this, exp.Alias):
        yield f"is not one condition: {where}"
        return
    for kinds, problem in _NOT_OF_ONE_ROW:
        if condition.find(*kinds) is not None:
            yield problem
            return
    for fault in check_sql(sql, "where", {ROWS: design}):
        yield explain(design, _moved(fault))


_NOT_OF_ONE_ROW: tuple[tuple[tuple[type[exp.Expr], ...], str], ...] = (
    ((exp.Query,), _SUBQUERY),
    ((exp.AggFunc, exp.Window), _OF_SEVERAL),
)


def _moved(fault: Fault) -> Fault:
    """Return a fault with its line in the condition, which begins on the second line."""
    return replace(fault, line=None if fault.line is None else max(1, fault.line - 1))

"""Find out which column's expression makes a statement fail: PostgreSQL's messages do not tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.designs.model import Column
from pipeline.sql.upstream.extract import Extract, Piece, count_values, select
from pipeline.stores.upstream.database import Session, Upstream
from pipeline.stores.upstream.errors import QueryError

BLAMED = ("21", "22", "42", "0A", "P0")
"""Classes of SQLSTATE that an expression can cause.

Cardinality, data, syntax or names, features not supported, exceptions raised.
"""

NOT_BLAMED = frozenset({"42501", "42P01"})
"""Missing rights and a missing table concern every column."""

Check = Callable[[Session, Column], object]


def explain_plan_error(upstream: Upstream, extract: Extract, error: QueryError) -> QueryError:
    """Name the column or condition that the server refuses to plan."""

    def check(session: Session, column: Column) -> object:
        return session.plan(select(replace(extract, columns=(column,))), extract.table)

    return _named(upstream, extract, error, check)


def explain_copy_error(
    upstream: Upstream, extract: Extract, error: QueryError, pieces: Sequence[Piece | None]
) -> QueryError:
    """Name the column or condition that fails for a row of these pieces."""

    def check(session: Session, column: Column) -> object:
        statements = [count_values(extract, column, piece) for piece in pieces]
        return [session.query(statement, extract.table) for statement in statements]

    return _named(upstream, extract, error, check)


def _named(upstream: Upstream, extract: Extract, error: QueryError, check: Check) -> QueryError:
    state = error.sqlstate or ""
    if state[:2] not in BLAMED or state in NOT_BLAMED:
        return error
    candidates = [Column("condition", expression="TRUE")] if extract.condition else []
    candidates += [column for column in extract.columns if column.expression]
    for column in candidates:
        if _fails(upstream, column, state, check):
            what = (
                "the condition"
                if column.name == "condition" and column is candidates[0]
                else f"column {column.name}"
            )
            sql = extract.condition if what == "the condition" else column.expression
            return QueryError(f"{error}; it comes from {what}: {sql}", sqlstate=error.sqlstate)
    return error


def _fails(upstream: Upstream, column: Column, state: str, check: Check) -> bool:
    try:
        with upstream.snapshot() as session:
            check(session, column)
    except QueryError as error:
        return error.sqlstate == state
    return False

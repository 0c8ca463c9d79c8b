"""Find the column whose expression makes a statement fail; PostgreSQL's messages omit it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.designs.model import Column
from pipeline.procedures.dump.job import DumpJob
from pipeline.sql.upstream.extract import PageRange, count_values, select
from pipeline.stores.upstream.database import Session, Upstream
from pipeline.stores.upstream.errors import QueryError

EXPRESSION_CLASSES = ("21", "22", "42", "0A", "P0")
"""Classes of SQLSTATE that an expression can cause.

Cardinality, data, syntax or names, features not supported, exceptions raised.
"""

TABLE_STATES = frozenset({"42501", "42P01"})
"""Insufficient privilege and undefined table concern every column."""

Check = Callable[[Session, Column], object]


def explain_plan_error(job: DumpJob, error: QueryError) -> QueryError:
    """Name the column or condition that the server refuses to plan."""

    def check(session: Session, column: Column) -> object:
        return session.plan(select(replace(job.extract, columns=(column,))), job.extract.table)

    return _explained(job, error, check)


def explain_copy_error(
    job: DumpJob, error: QueryError, ranges: Sequence[PageRange | None]
) -> QueryError:
    """Name the column or condition that fails for a row of these page ranges."""

    def check(session: Session, column: Column) -> object:
        statements = [count_values(job.extract, column, pages) for pages in ranges]
        return [session.query(statement, job.extract.table) for statement in statements]

    return _explained(job, error, check)


def _explained(job: DumpJob, error: QueryError, check: Check) -> QueryError:
    state, extract = error.sqlstate or "", job.extract
    if state[:2] not in EXPRESSION_CLASSES or state in TABLE_STATES:
        return error
    candidates = [
        (f"column {column.name}: {column.expression}", column)
        for column in extract.columns
        if column.expression
    ]
    if extract.condition:
        # The condition applies to every column: one that cannot fail shows whether it does.
        always = Column("condition", expression="TRUE")
        candidates.insert(0, (f"the condition: {extract.condition}", always))
    for origin, column in candidates:
        if _fails(job.upstream, column, state, check):
            return QueryError(f"{error}; it comes from {origin}", sqlstate=error.sqlstate)
    return error


def _fails(upstream: Upstream, column: Column, state: str, check: Check) -> bool:
    try:
        with upstream.snapshot() as session:
            check(session, column)
    except QueryError as error:
        return error.sqlstate == state
    return False

"""Find the column whose expression makes a statement fail; PostgreSQL's messages omit it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.designs.model.design import Column
from pipeline.procedures.dump.job import DumpJob
from pipeline.sql.upstream.diagnosis import (
    count_in_utf8,
    count_values,
    declare_bytes,
    fetch_bytes,
)
from pipeline.sql.upstream.extract import PageRange, select
from pipeline.stores.upstream.database import Session, Upstream
from pipeline.stores.upstream.encoding import decoded, is_text, shown
from pipeline.stores.upstream.errors import QueryError, is_of_expression

EXPRESSION_CLASSES = ("21", "22", "42", "0A", "P0")
"""Classes of SQLSTATE that an expression can cause.

Cardinality, data, syntax or names, features not supported, exceptions raised.
"""

TABLE_STATES = frozenset({"42501", "42P01"})
"""Insufficient privilege and undefined table concern every column."""

UNDECODABLE = frozenset({"22021", "22P05"})
"""A text is not valid in the database's encoding, or has a character that UTF-8 lacks."""

BATCH = 10_000

SHOWN = 60
"""Characters of a value that a message shows."""

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
    if error.sqlstate in UNDECODABLE:
        return _explain_text(job, error, ranges)

    def check(session: Session, column: Column) -> object:
        statements = [count_values(job.extract, column, pages) for pages in ranges]
        return [session.query(statement, job.extract.table) for statement in statements]

    return _explained(job, error, check)


def _explained(job: DumpJob, error: QueryError, check: Check) -> QueryError:
    state, extract = error.sqlstate or "", job.extract
    is_of_table = state in TABLE_STATES and not is_of_expression(error.__cause__)
    if state[:2] not in EXPRESSION_CLASSES or is_of_table:
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


def _explain_text(
    job: DumpJob, error: QueryError, ranges: Sequence[PageRange | None]
) -> QueryError:
    """Name the first column, row and value that cannot be converted to UTF-8."""

    def check(session: Session, column: Column) -> object:
        statements = [count_in_utf8(job.extract, column, pages) for pages in ranges]
        return [session.query(statement, job.extract.table) for statement in statements]

    for column in job.extract.columns:
        if _fails(job.upstream, column, error.sqlstate or "", check):
            with job.upstream.snapshot() as session:
                place = _find_text(session, job, column)
            return QueryError(f"{error}; it comes from {place}", sqlstate=error.sqlstate)
    return error


def _find_text(session: Session, job: DumpJob, column: Column) -> str:
    """Return the column, with the key and the value of its first row that is not valid."""
    key = [each for each in job.extract.columns if each.name in job.design.constraints.primary_key]
    names = [each.name for each in key]
    session.query(declare_bytes(job.extract, [*key, column]), job.extract.table)
    while rows := session.query(fetch_bytes(BATCH), job.extract.table):
        for row in rows:
            *values, text = (decoded(session, value or b"") for value in row.values())
            if is_text(text):
                continue
            found = ", ".join(f"{n} = {shown(v)}" for n, v in zip(names, values, strict=True))
            where = f" of the row with {found}" if found else ""
            return f"column {column.name}{where}: '{shown(text[:SHOWN])}'"
    return f"column {column.name}"

"""SELECT and what stands around queries: EXPLAIN and cursors.

https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_synopsis.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.queries.catalog_names import is_catalog
from redshift_emulator.language.queries.expressions import Query, Rewriter
from redshift_emulator.language.tokens import Kind, Statement
from redshift_emulator.session.relations import Relation, find
from redshift_emulator.session.session import Session
from redshift_emulator.statements.late_binding import bound

LEADER_ONLY = (
    "Specified types or functions (one per INFO message) not supported on Amazon Redshift tables."
)


@contextmanager
def resolved(
    statement: Statement, session: Session, first: int = 0, *, writes: bool = False
) -> Iterator[tuple[Query, dict[Name, Relation]]]:
    """Rewrite a query and stand views in for its late-binding ones as long as this lasts."""
    constants = {
        "pg_last_copy_count": f"{session.copied.count}::bigint",
        "pg_last_copy_id": f"{session.copied.copy_id}::integer",
    }
    rewriter = Rewriter(statement, first, constants=constants)
    names = [table.name for table in rewriter.shape.relations if not is_catalog(table.name)]
    relations = find(session, names)
    with bound(session, relations) as views:
        query = rewriter.query(views)
        if query.leader_only and (relations or writes):
            for name in query.leader_only:
                session.notice(f'Function or table "{name}" not supported.')
            raise NotSupportedError(LEADER_ONLY)
        yield query, relations


def select(statement: Statement, session: Session) -> str:
    """Run a query."""
    _refuse_into(statement)
    with resolved(statement, session) as (query, _):
        return session.relay(query.sql)


def explain(statement: Statement, session: Session) -> str:
    """Show PostgreSQL's plan: Redshift's is not imitated."""
    parser = Parser(statement)
    parser.expect("explain")
    verbose = "VERBOSE " if parser.accept("verbose") else ""
    if parser.at("analyze") or parser.at_operator("("):
        raise parser.fail()
    with resolved(statement, session, parser.position) as (query, _):
        return session.relay(f"EXPLAIN {verbose}{query.sql.text}")


def declare(statement: Statement, session: Session) -> str:
    """Open a cursor, which lives as long as its transaction."""
    if not session.block:
        message = "DECLARE CURSOR may only be used in transaction blocks"
        raise RedshiftError(message, sqlstate="25P01")
    parser = Parser(statement)
    parser.expect("declare")
    name = parser.take_name()
    parser.expect("cursor")
    parser.accept("without", "hold")
    parser.expect("for")
    with resolved(statement, session, parser.position) as (query, _):
        return session.relay(f'DECLARE "{name}" CURSOR FOR {query.sql.text}')


def fetch(statement: Statement, session: Session) -> str:
    """Read on from a cursor; only forward."""
    parser = Parser(statement)
    verb = parser.take().value.upper()
    count = "NEXT"
    if parser.accept("all") or parser.accept("forward", "all"):
        count = "ALL"
    elif parser.accept("forward") or (parser.peek and parser.peek.kind is Kind.NUMBER):
        is_number = parser.peek is not None and parser.peek.kind is Kind.NUMBER
        count = f"FORWARD {parser.take_integer()}" if is_number else "NEXT"
    else:
        parser.accept("next")
    if not parser.accept("from"):
        parser.accept("in")
    name = parser.take_name()
    parser.expect_end()
    return session.relay(f'{verb} {count} FROM "{name}"')


def close(statement: Statement, session: Session) -> str:
    """Close a cursor."""
    parser = Parser(statement)
    parser.expect("close")
    what = "ALL" if parser.accept("all") else f'"{parser.take_name()}"'
    parser.expect_end()
    return session.relay(f"CLOSE {what}")


def _refuse_into(statement: Statement) -> None:
    depth = 0
    for token in statement.tokens:
        depth += token.is_operator("(") - token.is_operator(")")
        if depth == 0 and token.is_word("from"):
            return
        if depth == 0 and token.is_word("into"):
            raise NotSupportedError(
                "SELECT INTO: Redshift has it, this stand-in does not; use CREATE TABLE AS"
            )

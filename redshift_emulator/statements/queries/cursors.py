"""DECLARE, FETCH and CLOSE.

https://docs.aws.amazon.com/redshift/latest/dg/declare.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, Statement
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import rewritten

_OPEN = "SELECT FROM pg_catalog.pg_cursors"


def require_no_cursor(session: Session, *, in_loop: bool = False) -> None:
    """Refuse a second cursor; ``in_loop``: in the loop of a procedure, whose cursor is open."""
    if in_loop or session.query(_OPEN):
        raise NotSupportedError(
            "only one cursor at a time can be open per session",
            hint="FOR over the rows of a query opens a cursor.",
        )


def declare(statement: Statement, session: Session) -> str:
    """DECLARE name [NO SCROLL] CURSOR [WITHOUT HOLD] FOR query: open to the transaction's end."""
    session.require_block("DECLARE CURSOR")
    parser = Parser(statement)
    parser.expect("declare")
    name = parser.take_name()
    parser.accept("no", "scroll")
    parser.expect("cursor")
    parser.accept("without", "hold")
    parser.expect("for")
    require_no_cursor(session)
    with rewritten(statement, session, parser.position) as (query, _):
        return session.relay(f'DECLARE "{name}" CURSOR FOR {query.sql.text}')


def fetch(statement: Statement, session: Session) -> str:
    """FETCH [NEXT | ALL | n | FORWARD [ALL | n]] [FROM | IN] cursor."""
    parser = Parser(statement)
    parser.expect("fetch")
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
    return session.relay(f'FETCH {count} FROM "{name}"')


def close(statement: Statement, session: Session) -> str:
    """CLOSE cursor."""
    parser = Parser(statement)
    parser.expect("close")
    name = parser.take_name()
    parser.expect_end()
    return session.relay(f'CLOSE "{name}"')

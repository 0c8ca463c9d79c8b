"""SELECT INTO, and the choice between it and SELECT.

https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_INTO.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.into import find_into
from redshift_emulator.language.tokens import Statement, split
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.select import select
from redshift_emulator.statements.tables.create_table import NewTable, create_from_query

_CHANGES = ("insert", "update", "delete", "merge")


def select_or_into(statement: Statement, session: Session) -> str:
    """[WITH ...] SELECT ... [INTO [TEMP] [TABLE] name] ..."""
    _refuse_change(statement)
    into = find_into(statement)
    if into is None:
        return select(statement, session)
    if session.read_only:
        message = "cannot execute SELECT INTO in a read-only transaction"
        raise RedshiftError(message, sqlstate="25006")
    session.meter.before_write("select")
    parser = Parser(statement, into, session.database)
    parser.expect("into")
    temporary = parser.accept_any("temp", "temporary") is not None
    parser.accept("table")
    new = NewTable.of(parser.take_qualified(), temporary=temporary)
    # blanks in place of the clause keep the positions in errors
    start, end = statement.tokens[into].start, statement.tokens[parser.position - 1].end
    text = f"{statement.text[:start]}{' ' * (end - start)}{statement.text[end:]}"
    first = statement.tokens[0].start
    blanked = " " * first + text[first : statement.tokens[-1].end]
    query = split(blanked, case_sensitive=session.case_sensitive)[0]
    return create_from_query(session, new, query)


def _refuse_change(statement: Statement) -> None:
    """Refuse WITH before a statement that changes a table."""
    depth = 0
    for before, token in zip((None, *statement.tokens), statement.tokens, strict=False):
        depth += token.is_operator("(") - token.is_operator(")")
        follows = before is not None and before.is_operator(")")
        if depth == 0 and follows and token.is_word(*_CHANGES):
            raise NotSupportedError(f"WITH before {token.value.upper()} is not supported")

"""SELECT INTO, and the choice between it and SELECT.

https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_INTO.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.names.catalog_names import refuse_internal
from redshift_emulator.language.queries.text.changes import find_change
from redshift_emulator.language.queries.text.into import find_into
from redshift_emulator.language.tokens import Statement, split
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.select import select
from redshift_emulator.statements.tables.create_table import NewTable, create_from_query


def select_or_into(statement: Statement, session: Session) -> str:
    """[WITH ...] SELECT ... [INTO [TEMP] [TABLE] name] ..."""
    if change := find_change(statement):
        word = statement.tokens[change].value.upper()
        raise NotSupportedError(f"WITH before {word} is not supported")
    into = find_into(statement)
    if into is None:
        return select(statement, session)
    refuse_internal(statement)
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

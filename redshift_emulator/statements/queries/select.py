"""SELECT.

https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_synopsis.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import rewritten


def select(statement: Statement, session: Session) -> str:
    """[WITH ...] SELECT ..."""
    _refuse_into(statement)
    with rewritten(statement, session) as (query, _):
        return session.relay(query.sql)


def _refuse_into(statement: Statement) -> None:
    depth = 0
    for token in statement.tokens:
        depth += token.is_operator("(") - token.is_operator(")")
        if depth == 0 and token.is_word("from"):
            return
        if depth == 0 and token.is_word("into"):
            raise NotSupportedError(
                "SELECT INTO: not supported by the emulator; use CREATE TABLE AS"
            )

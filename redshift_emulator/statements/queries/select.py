"""SELECT.

https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_synopsis.html
"""

from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import rewritten


def select(statement: Statement, session: Session) -> str:
    """[WITH ...] SELECT ..."""
    with rewritten(statement, session) as (query, _):
        return session.relay(query.sql)

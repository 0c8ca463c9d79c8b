"""LOCK.

https://docs.aws.amazon.com/redshift/latest/dg/r_LOCK.html
"""

from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.session import Session


def lock(statement: Statement, session: Session) -> str:
    """LOCK [TABLE] table, ...: block readers and writers. Takes no snapshot."""
    session.require_block("LOCK TABLE")
    parser = Parser(statement, database=session.database)
    parser.expect("lock")
    parser.accept("table")
    names = parser.take_list(parser.take_qualified)
    parser.expect_end()
    for name in names:
        session.run(f"LOCK TABLE {name.sql} IN ACCESS EXCLUSIVE MODE")
    session.meter.locked = True
    return "LOCK TABLE"

"""TRUNCATE.

https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html
"""

from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.session import Session


def truncate(statement: Statement, session: Session) -> str:
    """TRUNCATE [TABLE] table: delete all rows and commit the transaction that it runs in."""
    parser = Parser(statement, database=session.database)
    parser.expect("truncate")
    parser.accept("table")
    name = parser.take_qualified()
    parser.expect_end()
    session.run(f"TRUNCATE TABLE {name.sql}")
    session.restart_transaction()
    return "TRUNCATE TABLE"

"""VACUUM: parsed and checked, without effect.

https://docs.aws.amazon.com/redshift/latest/dg/r_VACUUM_command.html
"""

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.session import Session


def vacuum(statement: Statement, session: Session) -> str:
    """VACUUM [FULL | SORT ONLY | DELETE ONLY | REINDEX] [table [TO n PERCENT] [BOOST]]."""
    parser = Parser(statement, database=session.database)
    parser.expect("vacuum")
    session.prevent_in_block("VACUUM")
    if not (parser.accept("sort", "only") or parser.accept("delete", "only")):
        parser.accept_any("full", "reindex", "recluster")
    if parser.peek is not None and not parser.at("boost"):
        name = parser.take_qualified()
        session.query(f"SELECT FROM {name.sql} LIMIT 0")
    if parser.accept("to"):
        if not 0 <= parser.take_integer() <= 100:
            raise RedshiftError("threshold percent must be between 0 and 100", sqlstate="22023")
        parser.expect("percent")
    parser.accept("boost")
    parser.expect_end()
    return "VACUUM"

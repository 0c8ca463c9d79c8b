"""CREATE, ALTER and DROP DATABASE.

https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_DATABASE.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, literal, quoted
from redshift_emulator.session.install import ISOLATION_LEVELS
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import take_owner


def alter_database(statement: Statement, session: Session) -> str:
    """ALTER DATABASE name { OWNER TO user | CONNECTION LIMIT n | ISOLATION LEVEL level }."""
    parser = Parser(statement)
    parser.expect("alter", "database")
    name = parser.take_name()
    if name != session.database:
        raise RedshiftError(f'database "{name}" does not exist', sqlstate="3D000")
    head = f"ALTER DATABASE {quoted(name)}"
    if parser.accept("owner", "to"):
        action = f"OWNER TO {take_owner(parser, session)}"
    elif parser.accept("connection", "limit"):
        action = f"CONNECTION LIMIT {-1 if parser.accept('unlimited') else parser.take_integer()}"
    elif parser.accept("isolation", "level"):
        session.prevent_in_block("ALTER DATABASE ISOLATION LEVEL")
        level = parser.accept_any("snapshot", "serializable")
        if level is None:
            raise parser.fail()
        action = f"SET default_transaction_isolation = {literal(ISOLATION_LEVELS[level])}"
    else:
        raise NotSupportedError(
            "ALTER DATABASE: the emulator supports OWNER TO, CONNECTION LIMIT and ISOLATION LEVEL"
            " only"
        )
    parser.expect_end()
    session.run(f"{head} {action}")
    return "ALTER DATABASE"


def create_or_drop_database(statement: Statement, session: Session) -> str:
    """Refuse CREATE DATABASE and DROP DATABASE: in a block as Redshift does, otherwise always."""
    command = " ".join(statement.words(2)).upper()
    session.prevent_in_block(command)
    raise NotSupportedError(f"{command}: the emulator has exactly one database")

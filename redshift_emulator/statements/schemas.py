"""CREATE, ALTER and DROP SCHEMA.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_SCHEMA.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import has_privilege, take_owner


def create_schema(statement: Statement, session: Session) -> str:
    """CREATE SCHEMA [IF NOT EXISTS] [database.]name [AUTHORIZATION user] [QUOTA ...].

    dbt-redshift writes the database with ``datasharing``; Amazon does not document it.
    """
    parser = Parser(statement, database=session.database)
    parser.expect("create", "schema")
    if_not_exists = "IF NOT EXISTS " if parser.accept("if", "not", "exists") else ""
    name = "" if parser.at("authorization") else quoted(parser.take_schema())
    owner = (
        f" AUTHORIZATION {take_owner(parser, session)}" if parser.accept("authorization") else ""
    )
    _parse_quota(parser)
    if parser.peek is not None:
        raise NotSupportedError(
            "CREATE SCHEMA with statements in it: not supported by the emulator"
        )
    _create(session, f"CREATE SCHEMA {if_not_exists}{name}", owner)
    return "CREATE SCHEMA"


def _create(session: Session, head: str, owner: str) -> None:
    """Create a schema; by the system privilege CREATE SCHEMA, as the emulator's role."""
    if has_privilege(session, "CREATE SCHEMA"):
        user = quoted(session.query("SELECT current_user")[0][0] or "")
        session.run_as_engine(f"{head}{owner or f' AUTHORIZATION {user}'}")
    else:
        session.run(f"{head}{owner}")


def _parse_quota(parser: Parser) -> None:
    """Parse a quota, which has no effect."""
    if parser.accept("quota") and not parser.accept("unlimited"):
        parser.take_number()
        parser.accept_any("mb", "gb", "tb")


def alter_schema(statement: Statement, session: Session) -> str:
    """ALTER SCHEMA name { RENAME TO | OWNER TO | QUOTA }."""
    parser = Parser(statement)
    parser.expect("alter", "schema")
    name = quoted(parser.take_name())
    if parser.accept("rename", "to"):
        action = f"RENAME TO {quoted(parser.take_name())}"
    elif parser.accept("owner", "to"):
        action = f"OWNER TO {take_owner(parser, session)}"
    else:
        if not parser.at("quota"):
            raise parser.fail()
        _parse_quota(parser)
        action = ""
    parser.expect_end()
    if action:
        session.run(f"ALTER SCHEMA {name} {action}")
    return "ALTER SCHEMA"


def drop_schema(statement: Statement, session: Session) -> str:
    """DROP SCHEMA [IF EXISTS] [database.]name, ... [CASCADE | RESTRICT]."""
    parser = Parser(statement, database=session.database)
    parser.expect("drop", "schema")
    if_exists = "IF EXISTS " if parser.accept("if", "exists") else ""
    names = parser.take_list(parser.take_schema)
    if parser.at("drop", "external"):
        raise NotSupportedError("DROP EXTERNAL DATABASE: not supported by the emulator")
    cascade = parser.take_cascade()
    parser.expect_end()
    session.run(f"DROP SCHEMA {if_exists}{', '.join(map(quoted, names))}{cascade}")
    return "DROP SCHEMA"

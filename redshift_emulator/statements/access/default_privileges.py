"""ALTER DEFAULT PRIVILEGES.

https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_DEFAULT_PRIVILEGES.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.privileges import (
    ON_TABLES,
    check_privileges,
    parse_grant_option,
    parse_grantees,
    parse_privileges,
    take_quoted,
)
from redshift_emulator.statements.access.roles import take_users


def alter_default_privileges(statement: Statement, session: Session) -> str:
    """ALTER DEFAULT PRIVILEGES [FOR USER ...] [IN SCHEMA ...] { GRANT | REVOKE } ..."""
    parser = Parser(statement, database=session.database)
    parser.expect("alter", "default", "privileges")
    head = "ALTER DEFAULT PRIVILEGES"
    if parser.accept("for", "user"):
        head += f" FOR ROLE {', '.join(quoted(user) for user in take_users(parser))}"
    if parser.accept("in", "schema"):
        head += f" IN SCHEMA {take_quoted(parser)}"
    verb = parser.accept_any("grant", "revoke")
    if verb is None:
        raise parser.fail()
    option = parse_grant_option(parser)
    privileges = parse_privileges(parser)
    parser.expect("on")
    if not parser.accept("tables"):
        raise NotSupportedError(
            "ALTER DEFAULT PRIVILEGES: the emulator supports privileges on tables only"
        )
    check_privileges(privileges, ON_TABLES, "TABLES")
    link = "to" if verb == "grant" else "from"
    parser.expect(link)
    grantees = parse_grantees(parser, grants=verb == "grant")
    parser.take_cascade()
    parser.expect_end()
    action = f"{verb.upper()} {option}{', '.join(privileges)} ON TABLES {link.upper()} {grantees}"
    session.run(f"{head} {action}")
    return "ALTER DEFAULT PRIVILEGES"

"""GRANT and REVOKE.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.privileges import (
    ON_DATABASES,
    ON_SCHEMAS,
    ON_TABLES,
    check_privileges,
    parse_grant_option,
    parse_grantees,
    parse_privileges,
    take_quoted,
)


def grant(statement: Statement, session: Session) -> str:
    """GRANT privileges ON objects TO grantees."""
    parser = Parser(statement, database=session.database)
    parser.expect("grant")
    privileges = parse_privileges(parser)
    parser.expect("on")
    objects = _parse_objects(parser, privileges)
    parser.expect("to")
    grantees = parse_grantees(parser, grants=True)
    parser.expect_end()
    session.run(f"GRANT {', '.join(privileges)} ON {objects} TO {grantees}")
    return "GRANT"


def revoke(statement: Statement, session: Session) -> str:
    """REVOKE [GRANT OPTION FOR] privileges ON objects FROM grantees [CASCADE | RESTRICT]."""
    parser = Parser(statement, database=session.database)
    parser.expect("revoke")
    option = parse_grant_option(parser)
    privileges = parse_privileges(parser)
    parser.expect("on")
    objects = _parse_objects(parser, privileges)
    parser.expect("from")
    grantees = parse_grantees(parser, grants=False)
    cascade = parser.take_cascade()
    parser.expect_end()
    session.run(f"REVOKE {option}{', '.join(privileges)} ON {objects} FROM {grantees}{cascade}")
    return "REVOKE"


def _parse_objects(parser: Parser, privileges: list[str]) -> str:
    if parser.accept("schema"):
        check_privileges(privileges, ON_SCHEMAS, "SCHEMA")
        return f"SCHEMA {take_quoted(parser)}"
    if parser.accept("database"):
        check_privileges(privileges, ON_DATABASES, "DATABASE")
        return f"DATABASE {take_quoted(parser)}"
    check_privileges(privileges, ON_TABLES, "TABLE")
    if parser.accept("all", "tables", "in", "schema"):
        return f"ALL TABLES IN SCHEMA {take_quoted(parser)}"
    for word in ("function", "procedure", "language", "datashare", "model", "external", "copy"):
        if parser.at(word):
            raise NotSupportedError(f"GRANT ON {word.upper()}: not supported by the emulator")
    parser.accept("table")
    tables = parser.take_list(parser.take_qualified)
    return f"TABLE {', '.join(table.sql for table in tables)}"

"""ALTER DEFAULT PRIVILEGES, and what it gives to new procedures.

PostgreSQL has one kind of default privileges for functions and procedures. Those of procedures are
stored as privileges on types, which Redshift does not have.
https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_DEFAULT_PRIVILEGES.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.grant import (
    ON_ROUTINES,
    ON_TABLES,
    check_privileges,
    parse_grant_option,
    parse_grantees,
    parse_privileges,
    take_quoted,
)
from redshift_emulator.statements.access.roles import take_owner

_KINDS = {"tables": ON_TABLES, "functions": ON_ROUTINES, "procedures": ON_ROUTINES}
# The owner's global entry for procedures. PostgreSQL removes one that is like its own default,
# USAGE for PUBLIC and the owner; without the owner's, an entry never is.
_ENTRY = """
SELECT cardinality(defaclacl)
FROM pg_catalog.pg_default_acl
WHERE defaclrole = {owner}::regrole AND defaclobjtype = 'T' AND defaclnamespace = 0"""
_PLAIN = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} {verb} USAGE ON TYPES {link} PUBLIC, {owner}"
_GRANTED = """
SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
FROM pg_catalog.pg_proc AS p
CROSS JOIN LATERAL aclexplode(p.proacl) AS a
WHERE p.oid = {signature}::regprocedure AND a.grantee <> p.proowner"""
_DEFAULTS = """
SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
    bool_or(a.is_grantable)
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_default_acl AS d ON d.defaclrole = p.proowner AND d.defaclobjtype = 'T'
    AND d.defaclnamespace IN (0, p.pronamespace)
CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
WHERE p.oid = {signature}::regprocedure AND a.grantee <> p.proowner
GROUP BY a.grantee"""


def alter_default_privileges(statement: Statement, session: Session) -> str:
    """ALTER DEFAULT PRIVILEGES [FOR USER ...] [IN SCHEMA ...] { GRANT | REVOKE } ..."""
    parser = Parser(statement, database=session.database)
    parser.expect("alter", "default", "privileges")
    owners = [quoted(session.user)]
    if parser.accept("for", "user"):
        owners = parser.take_list(lambda: take_owner(parser, session))
    schemas = f" IN SCHEMA {take_quoted(parser)}" if parser.accept("in", "schema") else ""
    verb = parser.accept_any("grant", "revoke")
    if verb is None:
        raise parser.fail()
    option = parse_grant_option(parser)
    privileges = parse_privileges(parser)
    parser.expect("on")
    kind = _parse_kind(parser, privileges)
    link = "to" if verb == "grant" else "from"
    parser.expect(link)
    grantees = parse_grantees(parser, session, grants=verb == "grant")
    parser.take_cascade()
    parser.expect_end()
    has_entry = kind == "procedures" and not schemas
    if kind == "procedures":
        kind, privileges = "types", ["USAGE"]
    if has_entry:
        _set_plain(session, owners, None, "REVOKE", "FROM")
    head = f"ALTER DEFAULT PRIVILEGES FOR ROLE {', '.join(owners)}{schemas}"
    action = f"{verb.upper()} {option}{', '.join(privileges)} ON {kind.upper()} {link.upper()}"
    session.run(f"{head} {action} {grantees}")
    if has_entry:
        _set_plain(session, owners, "0", "GRANT", "TO")
    return "ALTER DEFAULT PRIVILEGES"


def _set_plain(
    session: Session, owners: list[str], size: str | None, verb: str, link: str
) -> None:
    """Begin an entry for each owner without one (size None), or remove one that is empty (0)."""
    for owner in owners:
        found = session.query(fill(_ENTRY, owner=owner))
        if (found[0][0] if found else None) == size:
            session.run(_PLAIN.format(owner=owner, verb=verb, link=link))


def _parse_kind(parser: Parser, privileges: list[str]) -> str:
    kind = parser.accept_any(*_KINDS)
    if kind is None:
        raise NotSupportedError(
            "ALTER DEFAULT PRIVILEGES: the emulator supports privileges ON TABLES, FUNCTIONS and"
            " PROCEDURES only"
        )
    check_privileges(privileges, _KINDS[kind], kind.upper())
    return kind


def grant_defaults(session: Session, signature: str) -> None:
    """Give a new procedure, such as ``"s"."p"(integer)``, exactly its owner's default privileges.

    PostgreSQL has given it those of new functions, of which one is EXECUTE for PUBLIC.
    """
    target = f"EXECUTE ON PROCEDURE {signature}"
    granted = session.query(fill(_GRANTED, signature=signature))
    names = ", ".join({"PUBLIC", *(name or "" for (name,) in granted)})
    session.run(f"REVOKE {target} FROM {names}")
    for name, is_grantable in session.query(fill(_DEFAULTS, signature=signature)):
        option = " WITH GRANT OPTION" if is_grantable == "t" else ""
        session.run(f"GRANT {target} TO {name}{option}")

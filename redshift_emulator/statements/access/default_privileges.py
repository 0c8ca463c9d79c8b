"""Default privileges, and what they give to new procedures.

PostgreSQL has one kind of default privileges for functions and procedures. Those of procedures are
stored as privileges on types, which Redshift does not have.
https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_DEFAULT_PRIVILEGES.html
"""

from redshift_emulator.language.fill import fill
from redshift_emulator.session.session import Session

PROCEDURES = "types"
"""What PostgreSQL's privileges of procedures are stored on."""
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
WHERE p.oid = {signature}::regprocedure AND a.grantee <> p.proowner
    AND pg_get_userbyid(a.grantee) NOT LIKE 'scope:%'"""
_DEFAULTS = """
SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
    bool_or(a.is_grantable)
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_default_acl AS d ON d.defaclrole = p.proowner AND d.defaclobjtype = 'T'
    AND d.defaclnamespace IN (0, p.pronamespace)
CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
WHERE p.oid = {signature}::regprocedure AND a.grantee <> p.proowner
GROUP BY a.grantee"""


def change_defaults(session: Session, owners: list[str], action: str, *, is_global: bool) -> None:
    """Run an action such as ``GRANT USAGE ON TYPES TO "etl"`` for the objects of these owners.

    ``is_global``: the action is about procedures, of all schemas.
    """
    if is_global:
        _set_plain(session, owners, None, "REVOKE", "FROM")
    session.run(f"ALTER DEFAULT PRIVILEGES FOR ROLE {', '.join(owners)}{action}")
    if is_global:
        _set_plain(session, owners, "0", "GRANT", "TO")


def _set_plain(
    session: Session, owners: list[str], size: str | None, verb: str, link: str
) -> None:
    """Begin an entry for each owner without one (size None), or remove one that is empty (0)."""
    for owner in owners:
        found = session.query(fill(_ENTRY, owner=owner))
        if (found[0][0] if found else None) == size:
            session.run(_PLAIN.format(owner=owner, verb=verb, link=link))


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

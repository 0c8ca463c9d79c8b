"""CREATE, ALTER and DROP ROLE.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_ROLE.html
https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_ROLE.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import (
    SYSTEM_PREFIX,
    drop_role,
    require_administrator,
    require_new,
    require_privilege,
    require_role,
    require_user,
    role_role,
    take_role,
    take_user,
)

_SAVE = """
INSERT INTO pg_internal.role_property (oid, owner)
SELECT r.oid, u.oid FROM pg_roles AS r, pg_roles AS u
WHERE r.rolname = {role} AND u.rolname = {owner}
ON CONFLICT (oid) DO UPDATE SET owner = excluded.owner"""
_GRANTS = """
SELECT m.rolname, g.rolname
FROM pg_catalog.pg_auth_members AS a
JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
JOIN pg_catalog.pg_roles AS g ON g.oid = a.roleid
WHERE {role} IN (m.rolname, g.rolname)"""
_FORGET = """
DELETE FROM pg_internal.role_privilege USING pg_roles WHERE oid = role AND rolname = {role};
DELETE FROM pg_internal.role_property AS p USING pg_roles AS r
WHERE p.oid = r.oid AND rolname = {role}"""


def create_role(statement: Statement, session: Session) -> str:
    """CREATE ROLE name."""
    parser = Parser(statement)
    parser.expect("create", "role")
    name = take_role(parser)
    _refuse_external_id(parser)
    parser.expect_end()
    require_privilege(session, "CREATE ROLE", "create roles")
    _check_new(session, name)
    owner = session.query("SELECT current_user")[0][0]
    session.run_as_engine(
        f"CREATE ROLE {role_role(name)} NOLOGIN;" + fill(_SAVE, role=f"role:{name}", owner=owner)
    )
    return "CREATE ROLE"


def alter_role(statement: Statement, session: Session) -> str:
    """ALTER ROLE name [WITH] { RENAME TO name | OWNER TO user }."""
    parser = Parser(statement)
    parser.expect("alter", "role")
    name = take_role(parser)
    parser.accept("with")
    _refuse_external_id(parser)
    verb = parser.accept_any("rename", "owner")
    if verb is None:
        raise parser.fail()
    parser.expect("to")
    other = take_role(parser) if verb == "rename" else take_user(parser)
    parser.expect_end()
    _require_own(session, name, "ALTER ROLE")
    if verb == "rename":
        _check_new(session, other)
        session.run_as_engine(f"ALTER ROLE {role_role(name)} RENAME TO {role_role(other)}")
    else:
        require_user(session, other)
        session.run_as_engine(fill(_SAVE, role=f"role:{name}", owner=other))
    return "ALTER ROLE"


def drop_role_statement(statement: Statement, session: Session) -> str:
    """DROP ROLE name [FORCE | RESTRICT]; FORCE revokes the role from, and roles granted to it."""
    parser = Parser(statement)
    parser.expect("drop", "role")
    name = take_role(parser)
    force = parser.accept_any("force", "restrict") == "force"
    parser.expect_end()
    _require_own(session, name, "DROP ROLE")
    role = f"role:{name}"
    grants = [(member or "", granted or "") for member, granted in session.query(
        fill(_GRANTS, role=role)
    )]  # fmt: skip
    if grants and not force:
        raise RedshiftError(_why_not(role, grants), sqlstate="2BP01")
    session.run_as_engine(
        ";".join(f"REVOKE {quoted(granted)} FROM {quoted(member)}" for member, granted in grants)
        + ";" + fill(_FORGET, role=role)
    )  # fmt: skip
    drop_role(session, role_role(name), "role", name)
    return "DROP ROLE"


def _why_not(role: str, grants: list[tuple[str, str]]) -> str:
    """Return the message about a role that was granted, or that another was granted to."""
    members = [member for member, granted in grants if granted == role]
    if not members:
        return "cannot drop this role since it depends on another role"
    to_roles = all(member.startswith("role:") for member in members)
    return f"cannot drop this role since it has been granted on a {'role' if to_roles else 'user'}"


def _refuse_external_id(parser: Parser) -> None:
    if parser.at("externalid"):
        raise NotSupportedError("EXTERNALID: not supported by the emulator")


def _require_own(session: Session, name: str, privilege: str) -> None:
    """Refuse a role that does not exist, is Redshift's, or is not the user's to change."""
    require_role(session, name)
    if name.startswith(SYSTEM_PREFIX):
        message = f'role "{name}" is a system-defined role and cannot be changed'
        raise RedshiftError(message, sqlstate="42501")
    require_administrator(session, name, privilege)


def _check_new(session: Session, name: str) -> None:
    """Check the name of a new role.

    https://docs.aws.amazon.com/redshift/latest/dg/r_role-usage-notes.html
    """
    if name.startswith(SYSTEM_PREFIX) or name == "public" or set(name) & set(":/\n."):
        raise RedshiftError(f'role name "{name}" is reserved', sqlstate="42939")
    require_new(session, name)

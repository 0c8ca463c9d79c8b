"""Users, groups and roles as PostgreSQL's roles.

A user ``ann`` is the role ``ann``, a group ``etl`` the role ``group:etl``, a role ``etl`` the role
``role:etl``: a user or a role and a group may have the same name.
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.long_names import LONGEST_BACKEND_NAME, NAMES
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, quoted
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.session import Session

SYSTEM_PREFIX = "sys:"
MODELED_SYSTEM_ROLE = "sys:secadmin"
"""The system-defined role all of whose privileges the emulator checks."""
_HAS_PRIVILEGE = """
SELECT FROM pg_internal.role_privilege
WHERE privilege = {privilege} AND pg_has_role(role, 'USAGE')"""
_HAS_SCOPED = "SELECT FROM pg_internal.scoped_privilege WHERE grantee = to_regrole({role})"
_FORGET = """
DELETE FROM pg_internal.assumerole_privilege WHERE grantee = to_regrole({role});
DELETE FROM pg_internal.database_usage WHERE grantee = to_regrole({role})"""
_ADMINISTERS = """
SELECT FROM pg_catalog.pg_roles AS r
LEFT JOIN pg_internal.role_property AS p ON p.oid = r.oid
WHERE r.rolname = {role} AND (
    pg_get_userbyid(p.owner) = current_user
    OR EXISTS (
        SELECT FROM pg_catalog.pg_auth_members AS m
        JOIN pg_catalog.pg_roles AS u ON u.oid = m.member
        WHERE m.roleid = r.oid AND m.admin_option AND u.rolname = current_user))"""


def group_role(name: str) -> str:
    """Return the quoted role of a group: ``"group:etl"`` for ``etl``."""
    return quoted(_checked(name, "group:"))


def role_role(name: str) -> str:
    """Return the quoted role of PostgreSQL for a role: ``"role:etl"`` for ``etl``."""
    return quoted(_checked(name, "role:"))


def _checked(name: str, prefix: str = "") -> str:
    """Return a role of PostgreSQL; refuse a name that it would cut."""
    shown, most = NAMES.restored(name), LONGEST_BACKEND_NAME - len(prefix)
    if len(shown.encode("utf-8")) > most:
        message = f'"{shown}": name of a user, group or role with more than {most} bytes'
        raise NotSupportedError(f"{message}: not supported by the emulator")
    return prefix + name


def take_role(parser: Parser) -> str:
    """Take a role's name, such as ``etl``, or ``sys:dba`` of a system-defined one."""
    name = parser.take_name()
    return f"{name}:{parser.take_name()}" if parser.accept_operator(":") else name


def take_user(parser: Parser) -> str:
    """Take a user's name; a quoted one keeps its case, in any session."""
    token = parser.peek
    if token is not None and token.is_name:
        _checked(token.value)
    if token is not None and token.kind is Kind.QUOTED:
        parser.position += 1
        return parser.statement.text[token.start + 1 : token.end - 1].replace('""', '"')
    name = parser.take_name()
    if parser.at_operator(":"):
        raise NotSupportedError("users of identity providers: not supported by the emulator")
    return name


def take_users(parser: Parser) -> list[str]:
    """Take ``user, ...``."""
    return parser.take_list(lambda: take_user(parser))


def take_owner(parser: Parser, session: Session) -> str:
    """Take the quoted name of an object's owner; only a superuser may name another user.

    PostgreSQL would accept each role of which the user is a member, such as those by which
    procedures run with the privileges of their owners.
    """
    if parser.accept_any("current_user", "session_user"):
        return "CURRENT_USER"
    name = take_user(parser)
    require_user(session, name)
    if session.query(fill("SELECT WHERE current_user = {name}", name=name)) == []:
        require_superuser(session, "make another user the owner")
    return quoted(name)


def is_superuser(session: Session) -> bool:
    """Return whether the session's user is a superuser."""
    return session.query("SELECT current_setting('is_superuser')")[0][0] == "on"


def require_superuser(session: Session, action: str) -> None:
    """Refuse an action, such as ``create users``, unless the session's user is a superuser."""
    if not is_superuser(session):
        raise RedshiftError(f"must be superuser to {action}", sqlstate="42501")


def has_privilege(session: Session, privilege: str) -> bool:
    """Return whether a role gives the user a system privilege: ``DROP TABLE``."""
    return bool(session.query(fill(_HAS_PRIVILEGE, privilege=privilege)))


def require_privilege(session: Session, privilege: str, action: str) -> None:
    """Refuse an action unless a role gives the user a system privilege: ``CREATE USER``."""
    if not has_privilege(session, privilege):
        require_superuser(session, action)


def require_administrator(session: Session, role: str, privilege: str) -> None:
    """Refuse to change or grant a role that the user does not administer.

    Administrators are superusers, the role's owner, those to whom it was granted WITH ADMIN
    OPTION, and those who have the system privilege.
    """
    own = session.query(fill(_ADMINISTERS, role=f"role:{role}"))
    if not (own or is_superuser(session)):
        require_privilege(session, privilege, f"administer role {role}")


def is_role(session: Session, name: str) -> bool:
    """Return whether a role of this name exists."""
    query = "SELECT FROM pg_catalog.pg_roles WHERE rolname = {role}"
    return bool(session.query(fill(query, role=f"role:{name}")))


def require_role(session: Session, name: str) -> None:
    """Refuse the name of a role that does not exist."""
    if not is_role(session, name):
        raise RedshiftError(f'role "{name}" does not exist', sqlstate="42704")


def require_new(session: Session, name: str) -> None:
    """Refuse the name of a user or role that exists: both have different names."""
    for kind, exists in (("user", is_user), ("role", is_role)):
        if exists(session, name):
            raise RedshiftError(f'{kind} "{name}" already exists', sqlstate="42710")


def is_user(session: Session, name: str) -> bool:
    """Return whether a user of this name exists."""
    query = "SELECT FROM pg_internal.pg_user WHERE usename = {name}"
    return bool(session.query(fill(query, name=name)))


def require_user(session: Session, name: str) -> None:
    """Refuse the name of a user who does not exist."""
    if not is_user(session, name):
        raise RedshiftError(f'user "{name}" does not exist', sqlstate="42704")


def drop_role(session: Session, role: str, kind: str, name: str) -> None:
    """Drop the role of a ``kind``, user or group, in Redshift's words if something depends on it.

    Something depends on a role that owns an object or has a privilege on one, or on all.
    """
    if session.query(fill(_HAS_SCOPED, role=role)):
        message = f'{kind} "{name}" can\'t be dropped because the {kind} has a privilege'
        raise RedshiftError(f"{message} on some object", sqlstate="55006")
    session.run_as_engine(fill(_FORGET, role=role))
    try:
        session.run_as_engine(f"DROP ROLE {role}")
    except BackendError as error:
        if error.sqlstate != "2BP01":
            raise
        owns = "owner of" in error.detail
        why = "owns some object" if owns else "has a privilege on some object"
        message = f'{kind} "{name}" can\'t be dropped because the {kind} {why}'
        raise RedshiftError(message, sqlstate="55006", detail=error.detail) from error

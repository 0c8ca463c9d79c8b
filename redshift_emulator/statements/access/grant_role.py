"""GRANT and REVOKE of roles, and of system privileges of roles.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
"""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import quoted
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import (
    MODELED_SYSTEM_ROLE,
    SYSTEM_PREFIX,
    require_administrator,
    require_role,
    require_superuser,
    require_user,
    role_role,
    take_role,
    take_user,
)

# Those that the emulator checks, and the others.
_CHECKED = (
    *("create user", "drop user", "alter user", "create role", "drop role", "create schema"),
    *("drop schema", "drop table", "alter table", "drop function", "drop procedure", "drop view"),
    *("truncate table", "vacuum", "analyze", "cancel", "create table"),
)
_NOT_CHECKED = (
    *("alter default privileges", "create or replace function"),
    *("create or replace external function", "create or replace procedure"),
    *("create or replace view", "create model", "drop model", "create datashare"),
    *("alter datashare", "drop datashare", "create library", "drop library"),
    *("access system table", "access catalog", "explain rls", "ignore rls", "explain masking"),
)
_SAVE = """
INSERT INTO pg_internal.role_privilege (role, privilege)
SELECT oid, {privilege} FROM pg_roles WHERE rolname = {role} ON CONFLICT DO NOTHING"""
_DELETE = """
DELETE FROM pg_internal.role_privilege USING pg_roles
WHERE oid = role AND rolname = {role} AND privilege = {privilege}"""


def grant_roles(parser: Parser, session: Session) -> None:
    """Run ``ROLE name, ... TO { user [WITH ADMIN OPTION] | ROLE name }, ...``."""
    roles = _take_roles(parser)
    parser.expect("to")
    grantees = parser.take_list(lambda: _take_grantee(parser, session))
    admin = parser.accept("with", "admin", "option")
    parser.expect_end()
    if admin and any(grantee.startswith('"role:') for grantee in grantees):
        message = "WITH ADMIN OPTION applies to users, not to roles"
        raise RedshiftError(message, sqlstate="0LP01")
    _require_administrator_of(roles, session)
    option = " WITH ADMIN OPTION" if admin else ""
    try:
        session.run_as_engine(
            f"GRANT {', '.join(map(role_role, roles))} TO {', '.join(grantees)}{option}"
        )
    except BackendError as error:
        if error.sqlstate != "0LP01":
            raise
        message = "cannot grant this role, a circular dependency was detected between these roles"
        raise RedshiftError(message, sqlstate="0LP01") from error


def revoke_roles(parser: Parser, session: Session, *, admin_only: bool) -> None:
    """Run ``ROLE name, ... FROM { user | ROLE name }, ...``; or revoke only the admin option."""
    roles = _take_roles(parser)
    parser.expect("from")
    grantees = parser.take_list(lambda: _take_grantee(parser, session))
    parser.expect_end()
    _require_administrator_of(roles, session)
    option = "ADMIN OPTION FOR " if admin_only else ""
    session.run_as_engine(
        f"REVOKE {option}{', '.join(map(role_role, roles))} FROM {', '.join(grantees)}"
    )


def change_system_privileges(parser: Parser, session: Session, link: str) -> bool:
    """Run ``privilege, ... { TO | FROM } ROLE name, ...``; return whether it came next."""
    first = parser.position
    privileges = [_take_system_privilege(parser)]
    while privileges[-1] and parser.accept_operator(","):
        privileges.append(_take_system_privilege(parser))
    everything = parser.accept("all", link) or parser.accept("all", "privileges", link)
    if everything and parser.at("role"):
        raise NotSupportedError("all system privileges: not supported by the emulator")
    if not all(privileges) or not parser.accept(link):
        parser.position = first
        return False
    require_superuser(session, "grant system privileges")
    for name in privileges:
        if name not in _CHECKED:
            message = f"system privilege {name.upper()}: not supported by the emulator"
            raise NotSupportedError(message)
    roles = parser.take_list(lambda: _take_role_grantee(parser))
    parser.expect_end()
    for role in roles:
        require_role(session, role)
        for name in privileges:
            change = _SAVE if link == "to" else _DELETE
            session.run_as_engine(fill(change, role=f"role:{role}", privilege=name.upper()))
    return True


def _take_system_privilege(parser: Parser) -> str:
    """Take a system privilege if one comes next; return it, or nothing."""
    for name in (*_CHECKED, *_NOT_CHECKED):
        if parser.accept(*name.split()):
            return name
    return ""


def _take_role_grantee(parser: Parser) -> str:
    parser.expect("role")
    return take_role(parser)


def _take_roles(parser: Parser) -> list[str]:
    """Take ``ROLE name, ROLE name, ...``."""
    return parser.take_list(lambda: _take_role_grantee(parser))


def _take_grantee(parser: Parser, session: Session) -> str:
    if parser.at("role"):
        name = _take_role_grantee(parser)
        require_role(session, name)
        return role_role(name)
    if parser.at("public") or parser.at("group"):
        message = f"GRANT of a role to {parser.take().value.upper()}"
        raise NotSupportedError(f"{message}: not supported by the emulator")
    user = take_user(parser)
    require_user(session, user)
    return quoted(user)


def _require_administrator_of(roles: list[str], session: Session) -> None:
    for role in roles:
        require_role(session, role)
        require_administrator(session, role, "GRANT ROLE")
        if role.startswith(SYSTEM_PREFIX) and role != MODELED_SYSTEM_ROLE:
            message = f"system-defined role {role}: not supported by the emulator"
            raise NotSupportedError(message)

"""CREATE, ALTER and DROP USER.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
"""

from dataclasses import dataclass, field

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, Statement, literal, quoted
from redshift_emulator.session.install import create_login, save_password
from redshift_emulator.session.known_parameters import role_parameter, role_setting
from redshift_emulator.session.passwords import DISABLED, Secret, parse_password
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import (
    drop_role,
    group_role,
    is_user,
    require_new,
    require_privilege,
    require_superuser,
    require_user,
    take_user,
    take_users,
)
from redshift_emulator.statements.set_reset_show import parse_setting

_RESET_TIMEOUT = """
UPDATE pg_internal.user_property SET session_timeout = NULL
WHERE usesysid = (SELECT oid FROM pg_roles WHERE rolname = {name})"""
_DELETE = """
DELETE FROM pg_internal.user_password USING pg_roles WHERE oid = usesysid AND rolname = {name};
DELETE FROM pg_internal.user_property USING pg_roles WHERE oid = usesysid AND rolname = {name}"""
_OWNS_ROLE = """
SELECT FROM pg_internal.role_property AS p
JOIN pg_roles AS u ON u.oid = p.owner
JOIN pg_roles AS r ON r.oid = p.oid
WHERE u.rolname = {name}"""
_FIND_KIND = """
SELECT kind
FROM pg_internal.user_password
JOIN pg_roles ON oid = usesysid
WHERE rolname = {name}"""
_SAVE_PROPERTIES = """
INSERT INTO pg_internal.user_property AS p (usesysid, syslog, session_timeout)
SELECT oid, {syslog}, {timeout} FROM pg_roles WHERE rolname = {name}
ON CONFLICT (usesysid) DO UPDATE
SET syslog = excluded.syslog,
    session_timeout = coalesce(excluded.session_timeout, p.session_timeout)"""
_UNLIMITED = -1
_SWITCHES = {
    "createdb": "CREATEDB",
    "nocreatedb": "NOCREATEDB",
    "createuser": "SUPERUSER",
    "nocreateuser": "NOSUPERUSER",
}


@dataclass(slots=True)
class UserOptions:
    """The options of a user; ``attributes`` are those of PostgreSQL's role, such as CREATEDB."""

    secret: Secret | None = None
    attributes: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    syslog: str | None = None
    timeout: int | None = None

    @property
    def only_password(self) -> bool:
        """Whether the password is all that is given."""
        return not (self.attributes or self.groups or self.syslog or self.timeout)


def create_user(statement: Statement, session: Session) -> str:
    """CREATE USER name [WITH] PASSWORD ... options."""
    parser = Parser(statement)
    parser.expect("create", "user")
    name = take_user(parser)
    parser.accept("with")
    options = _parse_options(parser, name)
    if options.secret is None:
        raise RedshiftError("CREATE USER requires a PASSWORD", sqlstate="42601")
    require_privilege(session, "CREATE USER", "create users")
    _require_superuser_for(session, options)
    _check_new(session, name)
    session.run_as_engine(
        f"CREATE ROLE {quoted(name)} LOGIN {' '.join(options.attributes)};"
        + create_login(name, session.settings.backend)
        + _save_options(name, options)
    )
    return "CREATE USER"


def alter_user(statement: Statement, session: Session) -> str:
    """ALTER USER name [WITH] { options | RENAME TO | SET | RESET }."""
    parser = Parser(statement)
    parser.expect("alter", "user")
    name = take_user(parser)
    require_user(session, name)
    parser.accept("with")
    if parser.accept("rename", "to"):
        _rename(session, name, take_user(parser))
        parser.expect_end()
    elif parser.accept("set"):
        _require_self_or_superuser(session, name)
        setting = role_setting(*parse_setting(parser))
        session.run_as_engine(f"ALTER ROLE {quoted(name)} SET {setting}")
    elif parser.accept("reset", "session", "timeout"):
        parser.expect_end()
        _require_self_or_superuser(session, name)
        session.run_as_engine(fill(_RESET_TIMEOUT, name=name))
    elif parser.accept("reset"):
        parameter = parser.take_name()
        parser.expect_end()
        _require_self_or_superuser(session, name)
        session.run_as_engine(f"ALTER ROLE {quoted(name)} RESET {role_parameter(parameter)}")
    else:
        _change(session, name, _parse_options(parser, name))
    return "ALTER USER"


def drop_user(statement: Statement, session: Session) -> str:
    """DROP USER [IF EXISTS] name, ...; refused while the user owns or may access an object."""
    parser = Parser(statement)
    parser.expect("drop", "user")
    if_exists = parser.accept("if", "exists")
    names = take_users(parser)
    parser.expect_end()
    require_privilege(session, "DROP USER", "drop users")
    for name in names:
        if if_exists and not is_user(session, name):
            session.notice(f'user "{name}" does not exist, skipping')
            continue
        require_user(session, name)
        _check_dropped(session, name)
        if name == session.user:
            raise RedshiftError("current user cannot be dropped", sqlstate="55006")
        session.run_as_engine(fill(_DELETE, name=name))
        drop_role(session, quoted(name), "user", name)
    return "DROP USER"


def _change(session: Session, name: str, options: UserOptions) -> None:
    if not (options.only_password and name == session.user):
        _require_may_alter(session, name)
        _require_superuser_for(session, options)
    if options.groups:
        raise RedshiftError("ALTER USER takes no IN GROUP: use ALTER GROUP", sqlstate="42601")
    if options.secret is DISABLED and _is_role_superuser(session, name):
        message = "The password of a superuser cannot be disabled"
        raise RedshiftError(message, sqlstate="0A000")
    statements = _save_options(name, options)
    if options.attributes:
        statements = f"ALTER ROLE {quoted(name)} {' '.join(options.attributes)};{statements}"
    if statements:
        session.run_as_engine(statements)


def _rename(session: Session, old: str, new: str) -> None:
    """Rename a user; an MD5 password, which is salted with the old name, is disabled."""
    _require_may_alter(session, old)
    if old == session.user:
        raise RedshiftError("session user may not be renamed", sqlstate="0A000")
    _check_new(session, new)
    kind = session.run_as_engine(fill(_FIND_KIND, name=old))
    statements = f"ALTER ROLE {quoted(old)} RENAME TO {quoted(new)};"
    statements += create_login(new, session.settings.backend)
    if kind and kind[0][0] == "md5":
        statements += save_password(new, DISABLED)
        session.notice("MD5 password cleared because of user rename", "NOTICE")
    session.run_as_engine(statements)


def _is_role_superuser(session: Session, name: str) -> bool:
    query = "SELECT FROM pg_internal.pg_user WHERE usesuper AND usename = {name}"
    return bool(session.query(fill(query, name=name)))


RESERVED = ("definer:", "group:", "role:", "scope:", "pg_", "rs_")
"""How names of the emulator's own roles begin."""


def _check_new(session: Session, name: str) -> None:
    if name.lower() == "public" or name.startswith(RESERVED):
        raise RedshiftError(f'user name "{name}" is reserved', sqlstate="42939")
    require_new(session, name)


def _require_self_or_superuser(session: Session, name: str) -> None:
    if name != session.user:
        _require_may_alter(session, name)


def _require_may_alter(session: Session, name: str) -> None:
    """Refuse to alter a user without the privilege, or a superuser unless by a superuser."""
    require_privilege(session, "ALTER USER", "alter users")
    if _is_role_superuser(session, name):
        require_superuser(session, "alter superusers")


def _require_superuser_for(session: Session, options: UserOptions) -> None:
    """Refuse to make a superuser, or a member of a group, unless by a superuser."""
    if options.groups or "SUPERUSER" in options.attributes:
        require_superuser(session, "create superusers and members of groups")


def _check_dropped(session: Session, name: str) -> None:
    """Refuse to drop a superuser, unless by a superuser, and the owner of a role."""
    if _is_role_superuser(session, name):
        require_superuser(session, "drop superusers")
    if session.query(fill(_OWNS_ROLE, name=name)):
        message = f'user "{name}" can\'t be dropped because the user owns some object'
        raise RedshiftError(message, sqlstate="55006")


def _parse_options(parser: Parser, name: str) -> UserOptions:
    """Parse ``option ...`` to the statement's end; ``name`` is the user's."""
    options = UserOptions()
    while parser.peek is not None:
        word = parser.accept_any(*_SWITCHES)
        if word is not None:
            options.attributes.append(_SWITCHES[word])
        elif parser.accept("password"):
            options.secret = _parse_password(parser, name)
        else:
            _parse_option(parser, options)
    return options


def _save_options(name: str, options: UserOptions) -> str:
    """Render the statements that save what PostgreSQL's role does not hold, and the groups."""
    parts = [f"GRANT {group_role(group)} TO {quoted(name)}" for group in options.groups]
    if options.secret is not None:
        parts.append(save_password(name, options.secret))
    if options.syslog is not None or options.timeout is not None:
        syslog = options.syslog or "RESTRICTED"
        parts.append(fill(_SAVE_PROPERTIES, name=name, syslog=syslog, timeout=options.timeout))
    return ";".join(parts)


def _parse_password(parser: Parser, name: str) -> Secret:
    if parser.accept("disable"):
        return DISABLED
    token = parser.peek
    if token is None or token.kind is not Kind.STRING:
        # the message never repeats the token, which may be the password
        raise RedshiftError("PASSWORD must be followed by a string or DISABLE", sqlstate="42601")
    return parse_password(parser.take_string(), name)


def _parse_option(parser: Parser, options: UserOptions) -> None:
    if parser.accept("in", "group"):
        options.groups += take_users(parser)
    elif parser.accept("valid", "until"):
        options.attributes.append(f"VALID UNTIL {literal(parser.take_string())}")
    elif parser.accept("connection", "limit"):
        unlimited = parser.accept("unlimited")
        limit = _UNLIMITED if unlimited else parser.take_integer()
        options.attributes.append(f"CONNECTION LIMIT {limit}")
    elif parser.accept("syslog", "access"):
        options.syslog = _parse_syslog(parser)
    elif parser.accept("session", "timeout"):
        options.timeout = _check_timeout(parser.take_integer())
    elif parser.at("externalid"):
        raise NotSupportedError("EXTERNALID: not supported by the emulator")
    else:
        raise parser.fail()


def _parse_syslog(parser: Parser) -> str:
    access = parser.accept_any("restricted", "unrestricted")
    if access is None:
        raise parser.fail()
    return access.upper()


def _check_timeout(seconds: int) -> int:
    if not 60 <= seconds <= 1_728_000:
        message = "SESSION TIMEOUT must be between 60 and 1728000 seconds"
        raise RedshiftError(message, sqlstate="22023")
    return seconds

"""Users: roles of PostgreSQL that can log in, by Redshift's options and rules.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
"""

from __future__ import annotations

from dataclasses import dataclass, field

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, Statement, literal, quoted
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.install import create_login, remember_password
from redshift_emulator.session.parameters import parse_setting, role_setting
from redshift_emulator.session.passwords import DISABLED, Secret, parse_password
from redshift_emulator.session.session import Session

_REMEMBER = """
INSERT INTO pg_internal.user_property AS p (usesysid, syslog, session_timeout)
SELECT oid, {syslog}, {timeout} FROM pg_roles WHERE rolname = {name}
ON CONFLICT (usesysid) DO UPDATE
SET syslog = excluded.syslog,
    session_timeout = coalesce(excluded.session_timeout, p.session_timeout)"""
_FORGET = """
DELETE FROM pg_internal.user_password USING pg_roles WHERE oid = usesysid AND rolname = {name};
DELETE FROM pg_internal.user_property USING pg_roles WHERE oid = usesysid AND rolname = {name}"""
_KIND = """
SELECT kind
FROM pg_internal.user_password
JOIN pg_roles ON oid = usesysid
WHERE rolname = {name}"""
_UNLIMITED = -1
_SWITCHES = {
    "createdb": "CREATEDB",
    "nocreatedb": "NOCREATEDB",
    "createuser": "SUPERUSER",
    "nocreateuser": "NOSUPERUSER",
}


@dataclass(slots=True)
class Options:
    """What CREATE USER and ALTER USER say about a user."""

    secret: Secret | None = None
    attributes: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    syslog: str | None = None
    timeout: int | None = None


def group_role(name: str) -> str:
    """Name the role that stands for a group."""
    return quoted(f"group:{name}")


def take_user(parser: Parser) -> str:
    """Take a user's name: in quotes it keeps its case, whatever the settings."""
    token = parser.peek
    if token is not None and token.kind is Kind.QUOTED:
        parser.position += 1
        return parser.statement.text[token.start + 1 : token.end - 1].replace('""', '"')
    return parser.take_name()


def take_users(parser: Parser) -> list[str]:
    """Take ``user, ...``."""
    names = [take_user(parser)]
    while parser.accept_operator(","):
        names.append(take_user(parser))
    return names


def require_superuser(session: Session, what: str) -> None:
    """Refuse what only superusers may do."""
    if not is_superuser(session):
        raise RedshiftError(f"must be superuser to {what}", sqlstate="42501")


def is_superuser(session: Session) -> bool:
    """Tell whether the session's user is one."""
    return session.rows("SELECT current_setting('is_superuser')")[0][0] == "on"


def create_user(statement: Statement, session: Session) -> str:
    """CREATE USER name [WITH] PASSWORD ... options."""
    parser = Parser(statement)
    parser.expect("create", "user")
    name = take_user(parser)
    options = _options(parser, name)
    if options.secret is None:
        raise RedshiftError("CREATE USER requires a PASSWORD", sqlstate="42601")
    require_superuser(session, "create users")
    _check_new(session, name)
    session.engine(
        f"CREATE ROLE {quoted(name)} LOGIN {' '.join(options.attributes)};"
        + create_login(name, session.settings.backend)
        + _details(name, options)
    )
    return "CREATE USER"


def alter_user(statement: Statement, session: Session) -> str:
    """ALTER USER name [WITH] options | RENAME TO | SET | RESET."""
    parser = Parser(statement)
    parser.expect("alter", "user")
    name = take_user(parser)
    check_present(session, name)
    if parser.at("with", "rename"):
        parser.expect("with")
    if parser.accept("rename", "to"):
        _rename(session, name, take_user(parser))
        parser.expect_end()
    elif parser.accept("set"):
        _require_self_or_superuser(session, name)
        session.engine(f"ALTER ROLE {quoted(name)} SET {role_setting(*parse_setting(parser))}")
    elif parser.accept("reset"):
        setting = parser.take_name()
        parser.expect_end()
        _require_self_or_superuser(session, name)
        session.engine(f"ALTER ROLE {quoted(name)} RESET {quoted(setting)}")
    else:
        _change(session, name, _options(parser, name))
    return "ALTER USER"


def drop_user(statement: Statement, session: Session) -> str:
    """DROP USER [IF EXISTS] name, ...; fails as long as the user owns or may do anything here."""
    parser = Parser(statement)
    parser.expect("drop", "user")
    if_exists = parser.accept("if", "exists")
    names = take_users(parser)
    parser.expect_end()
    require_superuser(session, "drop users")
    for name in names:
        if not _is_user(session, name):
            if not if_exists:
                raise _no_user(name)
            session.notice(f'user "{name}" does not exist, skipping')
        elif name == session.user:
            raise RedshiftError("current user cannot be dropped", sqlstate="55006")
        else:
            _drop(session, name)
    return "DROP USER"


def _options(parser: Parser, name: str) -> Options:
    parser.accept("with")
    options = Options()
    while parser.peek is not None:
        word = parser.accept_any(*_SWITCHES)
        if word is not None:
            options.attributes.append(_SWITCHES[word])
        elif parser.accept("password"):
            options.secret = _password(parser, name)
        else:
            _option(parser, options)
    return options


def _password(parser: Parser, name: str) -> Secret:
    if parser.accept("disable"):
        return DISABLED
    token = parser.peek
    if token is None or token.kind is not Kind.STRING:
        # never the password itself in the message
        raise RedshiftError("PASSWORD must be followed by a string or DISABLE", sqlstate="42601")
    return parse_password(parser.take_string(), name)


def _option(parser: Parser, options: Options) -> None:
    if parser.accept("in", "group"):
        options.groups += take_users(parser)
    elif parser.accept("valid", "until"):
        options.attributes.append(f"VALID UNTIL {literal(parser.take_string())}")
    elif parser.accept("connection", "limit"):
        unlimited = parser.accept("unlimited")
        limit = _UNLIMITED if unlimited else parser.take_integer()
        options.attributes.append(f"CONNECTION LIMIT {limit}")
    elif parser.accept("syslog", "access"):
        options.syslog = _syslog(parser)
    elif parser.accept("session", "timeout"):
        options.timeout = _timeout(parser.take_integer())
    elif parser.at("externalid"):
        raise NotSupportedError("EXTERNALID: Redshift has it, this stand-in does not")
    else:
        raise parser.fail()


def _syslog(parser: Parser) -> str:
    access = parser.accept_any("restricted", "unrestricted")
    if access is None:
        raise parser.fail()
    return access.upper()


def _timeout(seconds: int) -> int:
    if not 60 <= seconds <= 1_728_000:
        message = "SESSION TIMEOUT must be between 60 and 1728000 seconds"
        raise RedshiftError(message, sqlstate="22023")
    return seconds


def _details(name: str, options: Options) -> str:
    parts = [f"GRANT {group_role(group)} TO {quoted(name)}" for group in options.groups]
    if options.secret is not None:
        secret = options.secret
        parts.append(remember_password(name, secret.kind, secret.digest, secret.salt))
    if options.syslog is not None or options.timeout is not None:
        syslog = options.syslog or "RESTRICTED"
        parts.append(fill(_REMEMBER, name=name, syslog=syslog, timeout=options.timeout))
    return ";".join(parts)


def _change(session: Session, name: str, options: Options) -> None:
    only_password = not (options.attributes or options.groups or options.syslog or options.timeout)
    if not (only_password and name == session.user):
        require_superuser(session, "alter users")
    if options.groups:
        raise RedshiftError("ALTER USER takes no IN GROUP: use ALTER GROUP", sqlstate="42601")
    if options.secret is DISABLED and _is_role_superuser(session, name):
        message = "The password of a superuser cannot be disabled"
        raise RedshiftError(message, sqlstate="0A000")
    statements = _details(name, options)
    if options.attributes:
        statements = f"ALTER ROLE {quoted(name)} {' '.join(options.attributes)};{statements}"
    if statements:
        session.engine(statements)


def _rename(session: Session, old: str, new: str) -> None:
    """Rename a user; a password kept as MD5 is salted with the old name and goes."""
    require_superuser(session, "rename users")
    if old == session.user:
        raise RedshiftError("session user may not be renamed", sqlstate="0A000")
    _check_new(session, new)
    kind = session.engine(fill(_KIND, name=old))
    statements = f"ALTER ROLE {quoted(old)} RENAME TO {quoted(new)};"
    statements += create_login(new, session.settings.backend)
    if kind and kind[0][0] == "md5":
        statements += remember_password(new, DISABLED.kind, "")
        session.notice("MD5 password cleared because of user rename", "NOTICE")
    session.engine(statements)


def _drop(session: Session, name: str) -> None:
    session.engine(fill(_FORGET, name=name))
    drop_role(session, quoted(name), f'user "{name}"', "the user")


def drop_role(session: Session, role: str, shown: str, who: str) -> None:
    """Drop a role, unless it owns something or has a right: then as Redshift refuses it."""
    try:
        session.engine(f"DROP ROLE {role}")
    except BackendError as error:
        if error.sqlstate != "2BP01":
            raise
        owns = "owner of" in error.detail
        why = "owns some object" if owns else "has a privilege on some object"
        message = f"{shown} can't be dropped because {who} {why}"
        raise RedshiftError(message, sqlstate="55006", detail=error.detail) from error


def _is_user(session: Session, name: str) -> bool:
    query = "SELECT FROM pg_internal.pg_user WHERE usename = {name}"
    return bool(session.rows(fill(query, name=name)))


def _is_role_superuser(session: Session, name: str) -> bool:
    query = "SELECT FROM pg_internal.pg_user WHERE usesuper AND usename = {name}"
    return bool(session.rows(fill(query, name=name)))


def check_present(session: Session, name: str) -> None:
    """Require that a user of this name exists."""
    if not _is_user(session, name):
        raise _no_user(name)


def _check_new(session: Session, name: str) -> None:
    if name.lower() == "public" or name.startswith(("group:", "pg_", "rs_")):
        raise RedshiftError(f'user name "{name}" is reserved', sqlstate="42939")
    if _is_user(session, name):
        raise RedshiftError(f'user "{name}" already exists', sqlstate="42710")


def _require_self_or_superuser(session: Session, name: str) -> None:
    if name != session.user:
        require_superuser(session, "alter users")


def _no_user(name: str) -> RedshiftError:
    return RedshiftError(f'user "{name}" does not exist', sqlstate="42704")

"""Users and groups: roles of PostgreSQL, kept apart as Redshift keeps them.

A group ``g`` is the role ``group:g``, so that a user may have the same name.
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.local.redshift.backend import BackendError
from pipeline.local.redshift.errors import NotSupportedError, RedshiftError
from pipeline.local.redshift.install import create_login, remember_password
from pipeline.local.redshift.parameters import parse_setting, role_setting
from pipeline.local.redshift.parser import Parser
from pipeline.local.redshift.passwords import DISABLED, Secret, parse_password
from pipeline.local.redshift.session import Session
from pipeline.local.redshift.tokens import Kind, Statement, literal, quoted

_USERS_WITHOUT_END = -1
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
    _check_present(session, name)
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


def create_group(statement: Statement, session: Session) -> str:
    """CREATE GROUP name [[WITH] USER name, ...]."""
    parser = Parser(statement)
    parser.expect("create", "group")
    name = parser.take_name()
    parser.accept("with")
    members = take_users(parser) if parser.accept("user") else []
    parser.expect_end()
    require_superuser(session, "create groups")
    if name.startswith("__"):
        raise RedshiftError(f'group name "{name}" is reserved', sqlstate="42939")
    session.run(f"CREATE ROLE {group_role(name)} NOLOGIN")
    _add_members(session, name, members)
    return "CREATE GROUP"


def alter_group(statement: Statement, session: Session) -> str:
    """ALTER GROUP name { ADD USER | DROP USER } name, ... | RENAME TO name."""
    parser = Parser(statement)
    parser.expect("alter", "group")
    name = parser.take_name()
    verb = parser.accept_any("add", "drop", "rename")
    if verb is None:
        raise parser.fail()
    parser.expect("to" if verb == "rename" else "user")
    others = take_users(parser)
    parser.expect_end()
    require_superuser(session, "alter groups")
    if verb == "rename":
        session.run(f"ALTER ROLE {group_role(name)} RENAME TO {group_role(others[0])}")
    elif verb == "add":
        _add_members(session, name, others)
    else:
        for user in others:
            _check_present(session, user)
            session.run(f"REVOKE {group_role(name)} FROM {quoted(user)}")
    return "ALTER GROUP"


def drop_group(statement: Statement, session: Session) -> str:
    """DROP GROUP name; fails as long as the group may do anything here."""
    parser = Parser(statement)
    parser.expect("drop", "group")
    name = parser.take_name()
    parser.expect_end()
    require_superuser(session, "drop groups")
    _drop_role(session, group_role(name), f'group "{name}"', "the group")
    return "DROP GROUP"


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
        limit = _USERS_WITHOUT_END if unlimited else parser.take_integer()
        options.attributes.append(f"CONNECTION LIMIT {limit}")
    elif parser.accept("syslog", "access"):
        syslog = parser.accept_any("restricted", "unrestricted")
        if syslog is None:
            raise parser.fail()
        options.syslog = syslog.upper()
    elif parser.accept("session", "timeout"):
        options.timeout = parser.take_integer()
        if not 60 <= options.timeout <= 1_728_000:
            message = "SESSION TIMEOUT must be between 60 and 1728000 seconds"
            raise RedshiftError(message, sqlstate="22023")
    elif parser.at("externalid"):
        raise NotSupportedError("EXTERNALID: Redshift has it, this stand-in does not")
    else:
        raise parser.fail()


def _details(name: str, options: Options) -> str:
    parts = [f"GRANT {group_role(group)} TO {quoted(name)}" for group in options.groups]
    if options.secret is not None:
        secret = options.secret
        parts.append(remember_password(name, secret.kind, secret.digest, secret.salt))
    if options.syslog is not None or options.timeout is not None:
        parts.append(
            "INSERT INTO pg_internal.user_property (usesysid, syslog, session_timeout)"
            f" SELECT oid, {literal(options.syslog or 'RESTRICTED')},"
            f" {options.timeout or 'NULL'} FROM pg_roles WHERE rolname = {literal(name)}"
            " ON CONFLICT (usesysid) DO UPDATE SET syslog = excluded.syslog,"
            " session_timeout = coalesce(excluded.session_timeout, user_property.session_timeout)"
        )
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
    kind = session.engine(
        "SELECT kind FROM pg_internal.user_password JOIN pg_roles ON oid = usesysid"
        f" WHERE rolname = {literal(old)}"
    )
    statements = f"ALTER ROLE {quoted(old)} RENAME TO {quoted(new)};"
    statements += create_login(new, session.settings.backend)
    if kind and kind[0][0] == "md5":
        statements += remember_password(new, DISABLED.kind, "")
        session.notice("MD5 password cleared because of user rename", "NOTICE")
    session.engine(statements)


def _drop(session: Session, name: str) -> None:
    sysid = f"(SELECT oid FROM pg_roles WHERE rolname = {literal(name)})"
    session.engine(
        f"DELETE FROM pg_internal.user_password WHERE usesysid = {sysid};"
        f"DELETE FROM pg_internal.user_property WHERE usesysid = {sysid}"
    )
    _drop_role(session, quoted(name), f'user "{name}"', "the user")


def _drop_role(session: Session, role: str, shown: str, who: str) -> None:
    try:
        session.engine(f"DROP ROLE {role}")
    except BackendError as error:
        if error.sqlstate != "2BP01":
            raise
        owns = "owner of" in error.detail
        why = "owns some object" if owns else "has a privilege on some object"
        message = f"{shown} can't be dropped because {who} {why}"
        raise RedshiftError(message, sqlstate="55006", detail=error.detail) from error


def _add_members(session: Session, group: str, users: list[str]) -> None:
    for user in users:
        _check_present(session, user)
        session.run(f"GRANT {group_role(group)} TO {quoted(user)}")


def _is_user(session: Session, name: str) -> bool:
    found = f"SELECT FROM pg_internal.pg_user WHERE usename = {literal(name)}"
    return bool(session.rows(found))


def _is_role_superuser(session: Session, name: str) -> bool:
    found = f"SELECT FROM pg_internal.pg_user WHERE usesuper AND usename = {literal(name)}"
    return bool(session.rows(found))


def _check_present(session: Session, name: str) -> None:
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

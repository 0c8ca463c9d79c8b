"""The options of CREATE USER and ALTER USER.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
"""

from dataclasses import dataclass, field

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, literal, quoted
from redshift_emulator.session.install import save_password
from redshift_emulator.session.passwords import DISABLED, Secret, parse_password
from redshift_emulator.statements.access.roles import group_role, take_users

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


def parse_options(parser: Parser, name: str) -> UserOptions:
    """Parse ``[WITH] option ...`` to the statement's end; ``name`` is the user's."""
    parser.accept("with")
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


def save_options(name: str, options: UserOptions) -> str:
    """Render the statements that save what PostgreSQL's role does not hold, and the groups."""
    parts = [f"GRANT {group_role(group)} TO {quoted(name)}" for group in options.groups]
    if options.secret is not None:
        secret = options.secret
        parts.append(save_password(name, secret.kind, secret.digest, secret.salt))
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

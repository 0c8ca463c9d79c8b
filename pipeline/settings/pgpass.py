"""Parse libpq's password file by its own rules: the first matching line counts.

https://www.postgresql.org/docs/current/libpq-pgpass.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.settings.connection import Connection

ANY = "*"
DEFAULT_PORT = "5432"
_FIELD = re.compile(r"((?:[^:\\]|\\.)*):")
_REST = re.compile(r"(?:[^:\\]|\\.|\\$)*")


@dataclass(frozen=True, slots=True)
class Login:
    """Server, database and user of a login."""

    host: str
    port: str
    database: str
    user: str


def logins(access: Connection, user: str | None = None) -> Iterator[Login]:
    """Yield a login for each host of a connection, as ``user`` instead of its own if given."""
    who, database = user or access.user, access.database
    if who is None or database is None:
        return
    given = access.parameters
    hosts = (given.get("host") or given.get("hostaddr") or "").split(",")
    ports = (access.port or "").split(",")
    for index, host in enumerate(hosts):
        port = ports[index if len(ports) > 1 else 0]
        yield Login(host or "localhost", port or DEFAULT_PORT, database, who)


def find_password(text: str, login: Login, *, by_name: bool = False) -> str | None:
    """Return the password of the first matching line, None if no line matches.

    With ``by_name``, lines for any user (``*``) are ignored.
    """
    searched = (login.host, login.port, login.database, login.user)
    for line in text.splitlines():
        fields, password = _fields(line)
        if by_name and fields[-1:] == (ANY,):
            continue
        if len(fields) == len(searched) and all(map(_matches, fields, searched)):
            return re.sub(r"\\(.)", r"\1", password)
    return None


def _fields(line: str) -> tuple[tuple[str, ...], str]:
    """Split ``host:port:database:user:password`` at colons that no backslash escapes."""
    fields: list[str] = []
    position = 0
    while not line.startswith("#") and len(fields) < 4:
        match = _FIELD.match(line, position)
        if match is None:
            break
        fields.append(match[1])
        position = match.end()
    rest = _REST.match(line, position)
    return tuple(fields), rest[0] if rest else ""


def _matches(pattern: str, value: str) -> bool:
    return pattern == ANY or re.sub(r"\\(.)", r"\1", pattern) == value

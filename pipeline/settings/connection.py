"""Parse connection strings, so that messages can name host and database and never a secret.

The forms are libpq's: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
A password that is not percent-encoded shifts the parts of a URL. Such strings are rejected here
without showing them, because libpq would report parts of the password as host or port.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote

from pipeline.errors import ConfigError
from pipeline.names import did_you_mean
from pipeline.settings.conninfo import KEYWORDS, MalformedError, parse

SECRETS = (
    "password",
    "sslpassword",
    "oauth_client_secret",
    "scram_client_key",
    "scram_server_key",
)
EXAMPLE = "postgresql://user:password@host:port/database?sslmode=require"
UNSET = "is not set"


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection to a database; neither ``str()``, for messages, nor ``repr()`` has secrets.

    ``parameters`` are those of libpq and psycopg2.connect. ``str()`` gives ``host:5439/database``.
    """

    variable: str
    parameters: Mapping[str, str] = field(repr=False)

    @classmethod
    def parse(cls, variable: str, text: str) -> Self:
        """Parse a URL or a ``key=value`` string; ConfigError, without its content, if neither."""
        try:
            parameters = parse(text)
        except MalformedError as error:
            raise ConfigError(_explain(variable, f"is not a connection string: {error}")) from None
        for name in parameters:
            if name not in KEYWORDS:
                hint = did_you_mean(name, KEYWORDS)
                raise ConfigError(
                    _explain(variable, f"has an option that libpq does not know{hint}")
                )
        return cls(variable, parameters)

    @property
    def host(self) -> str:
        """The host, the folder of a socket, or several hosts separated by commas."""
        given = self.parameters
        return given.get("host") or given.get("hostaddr") or given.get("service") or "localhost"

    @property
    def port(self) -> str | None:
        """The port, if one is given."""
        return self.parameters.get("port")

    @property
    def user(self) -> str | None:
        """The user, if one is given."""
        return self.parameters.get("user")

    @property
    def database(self) -> str | None:
        """The database; by default, as in libpq, the user's name."""
        return self.parameters.get("dbname") or self.user

    @property
    def dsn(self) -> str:
        """The connection string as ``key='value'``, with the password: for the driver only."""
        return " ".join(f"{key}={_quoted(value)}" for key, value in self.parameters.items())

    def redact(self, text: str) -> str:
        """Replace this connection's secrets in the text of a server or library."""
        for name in SECRETS:
            if secret := self.parameters.get(name):
                for form in (secret, quote(secret, safe="")):
                    text = text.replace(form, "***")
        return text

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return f"{host}{port}/{self.database or ''}"


def connection(variable: str, environ: Mapping[str, str]) -> Connection:
    """Parse a variable's connection string; ConfigError names the variable, not its content."""
    text = environ.get(variable, "")
    if not text.strip():
        raise ConfigError(_explain(variable, UNSET))
    return Connection.parse(variable, text)


def _explain(variable: str, problem: str) -> str:
    hidden = "" if problem == UNSET else " (its content is not shown: it may contain a password)"
    return (
        f"the environment variable {variable} {problem}; set it to {EXAMPLE}, special characters "
        f"percent-encoded{hidden}"
    )


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

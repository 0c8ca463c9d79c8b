"""The password file of the user who runs the pipeline: PGPASSFILE, else ``~/.pgpass``."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pipeline.errors import ConfigError
from pipeline.settings import Connection
from pipeline.settings.pgpass import find_password, logins

OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class PasswordFile:
    """A file of ``host:port:database:user:password`` lines."""

    path: Path

    @classmethod
    def of(cls, access: Connection, environ: Mapping[str, str]) -> Self:
        """Return the file that libpq reads for a connection."""
        named = access.parameters.get("passfile") or environ.get("PGPASSFILE")
        return cls(Path(named) if named else Path.home() / ".pgpass")

    def find(self, access: Connection) -> str | None:
        """Return the password that libpq uses for a connection, None if there is none."""
        text = self._text()
        found = (find_password(text, login) for login in logins(access))
        return next((password for password in found if password is not None), None)

    def find_of(self, user: str, access: Connection) -> str | None:
        """Return a user's password for the server and database of a connection.

        Lines for any user are ignored: a password valid for all connections must not become that
        of one more user.
        """
        text = self._text()
        found = (find_password(text, login, by_name=True) for login in logins(access, user))
        return next((password for password in found if password is not None), None)

    def _text(self) -> str:
        """Read the file; like libpq, refuse one that other users may access."""
        try:
            mode = self.path.stat().st_mode
            if not stat.S_ISREG(mode):
                raise ConfigError(f"{self.path} is not a regular file, as a password file must be")
            if mode & OTHERS:
                raise ConfigError(
                    f"{self.path} holds passwords, and other users may read or change it:"
                    f" chmod 600 {self.path}"
                )
            return self.path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except OSError as error:
            raise ConfigError(f"{self.path}: {error.strerror}") from error
        except UnicodeDecodeError:
            raise ConfigError(f"{self.path} is not UTF-8; save it as UTF-8") from None


def variable_password(variable: str, environ: Mapping[str, str]) -> str:
    """Return the password in an environment variable; ConfigError if it is not set."""
    password = environ.get(variable)
    if not password:
        raise ConfigError(f"the environment variable {variable} is not set")
    return password

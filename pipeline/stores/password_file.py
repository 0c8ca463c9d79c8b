"""The password file of who runs the pipeline, ``~/.pgpass`` unless PGPASSFILE names another."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.settings import Connection
from pipeline.settings.pgpass import find_password, logins

OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class PasswordFile:
    """A file with a line ``host:port:database:user:password`` for each login."""

    path: Path

    @classmethod
    def of(cls, access: Connection, environ: Mapping[str, str]) -> PasswordFile:
        """Return the file that libpq would read for a connection."""
        named = access.parameters.get("passfile") or environ.get("PGPASSFILE")
        return cls(Path(named) if named else Path.home() / ".pgpass")

    def find(self, access: Connection) -> str | None:
        """Return the password by which libpq would connect, None where there is none."""
        text = self._text()
        found = (find_password(text, login) for login in logins(access))
        return next((password for password in found if password is not None), None)

    def find_of(self, user: str, access: Connection) -> str | None:
        """Return somebody's password at the place where a connection leads.

        Lines for any user do not count: a password that opens every door must not become that of
        one more user.
        """
        text = self._text()
        found = (find_password(text, login, by_name=True) for login in logins(access, user))
        return next((password for password in found if password is not None), None)

    def _text(self) -> str:
        """Read the file; like libpq, trust none that others may look into."""
        try:
            mode = self.path.stat().st_mode
            if not stat.S_ISREG(mode):
                raise ConfigError(f"{self.path} is not a plain file, as a password file must be")
            if mode & OTHERS:
                raise ConfigError(
                    f"{self.path} holds passwords, and others than you may read or change it:"
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
    """Return the password in an environment variable; ConfigError where it holds none."""
    password = environ.get(variable)
    if not password:
        raise ConfigError(f"the environment variable {variable} is not set")
    return password

"""The session's interface for COPY, and COPY's result."""

from dataclasses import dataclass
from typing import Protocol

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.types import TableColumn
from redshift_emulator.protocol.backend import Backend
from redshift_emulator.protocol.configuration import Settings


class CopySession(Protocol):
    """A client's session.

    A transaction is open on ``backend``: the client's or, if ``in_block`` is false, one that the
    session began for this statement. The session commits or rolls back after execute().
    """

    @property
    def backend(self) -> Backend:
        """The connection of the client's transaction, with the client's privileges."""

    @property
    def settings(self) -> Settings:
        """The cluster's settings."""

    @property
    def session_id(self) -> int:
        """The process id that pg_backend_pid() shows to the client."""

    @property
    def database(self) -> str:
        """The database's name."""

    @property
    def in_block(self) -> bool:
        """Whether the client is in a transaction block."""

    def resolve(self, schema: str | None, table: str) -> str | None:
        """Return the table's schema, found by the search path if ``schema`` is None, or None.

        The session has locked the table for writing before the transaction takes its snapshot.
        """

    def columns(self, schema: str, table: str) -> tuple[TableColumn, ...]:
        """Return the table's columns in table order."""

    def superuser_backend(self) -> Backend:
        """Return a superuser's connection, whose writes survive the client's rollback."""

    def begin_load(self) -> int:
        """Mark the load as begun, which sets pg_last_copy_id(), and return its query ID."""

    def client_gone(self) -> bool:
        """Return whether the client has closed its connection."""

    def wait_for_s3(self) -> None:
        """Wait as long as a request to S3 takes, beside what it takes anyway."""


@dataclass(frozen=True, slots=True)
class CopyResult:
    """A successful COPY: number of rows, query ID, and INFO messages for the client."""

    rows: int
    copy_id: int
    notices: tuple[str, ...]


class LoadFailedError(RedshiftError):
    """COPY failed after the load had begun, which sets pg_last_copy_count() to 0.

    Any other RedshiftError from execute() means that the load did not begin (syntax, privileges,
    authorization): pg_last_copy_count() and pg_last_copy_id() do not change.
    """

    def __init__(
        self, message: str, *, copy_id: int, code: int | None = None, context: str = ""
    ) -> None:
        super().__init__(message, code=code, context=context)
        self.copy_id = copy_id


class ClientGoneError(LoadFailedError):
    """The client disconnected in its transaction block; the session rolls back."""

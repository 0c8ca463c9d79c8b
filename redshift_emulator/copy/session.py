"""The session's interface for COPY, and COPY's result."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.types import TableColumn


class CopyBackend(Protocol):
    """A connection to the emulator's PostgreSQL.

    If the iterable passed to ``copy_in`` raises an exception, the connection ends the COPY with
    CopyFail, stays synchronized, and passes the exception on.
    """

    def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """Return the rows of a query, with values as text."""
        ...

    def execute(self, sql: str) -> str:
        """Execute a statement and return its command tag."""
        ...

    def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        """Stream the chunks into a COPY ... FROM STDIN and return the number of rows."""
        ...


class S3Access(Protocol):
    """The address of S3, and the credentials of the cluster's IAM roles."""

    @property
    def endpoint_url(self) -> str | None:
        """The S3 server's URL, or None for AWS."""
        ...

    @property
    def region(self) -> str:
        """The cluster's region."""
        ...

    @property
    def access_key_id(self) -> str:
        """The roles' key."""
        ...

    @property
    def secret_access_key(self) -> str:
        """The roles' secret."""
        ...


class CopySettings(Protocol):
    """The cluster's settings for COPY."""

    @property
    def s3(self) -> S3Access:
        """The S3 server and the roles' credentials."""
        ...

    @property
    def iam_roles(self) -> tuple[str, ...]:
        """ARNs of the roles attached to the cluster; the first is the default role."""
        ...


class CopySession(Protocol):
    """A client's session.

    A transaction is open on ``backend``: the client's or, if ``in_block`` is false, one that the
    session began for this statement. The session commits or rolls back after execute().
    """

    @property
    def backend(self) -> CopyBackend:
        """The connection of the client's transaction, with the client's privileges."""
        ...

    @property
    def settings(self) -> CopySettings:
        """The cluster's settings."""
        ...

    @property
    def session_id(self) -> int:
        """The process id that pg_backend_pid() shows to the client."""
        ...

    @property
    def database(self) -> str:
        """The database's name."""
        ...

    @property
    def in_block(self) -> bool:
        """Whether the client is in a transaction block."""
        ...

    @property
    def slices(self) -> int:
        """The cluster's number of slices."""
        ...

    def resolve(self, schema: str | None, table: str) -> str | None:
        """Return the table's schema, found by the search path if ``schema`` is None, or None.

        The session has locked the table for writing before the transaction takes its snapshot.
        """
        ...

    def columns(self, schema: str, table: str) -> tuple[TableColumn, ...]:
        """Return the table's columns in table order."""
        ...

    def superuser_backend(self) -> CopyBackend:
        """Return a superuser's connection, whose writes survive the client's rollback."""
        ...

    def begin_load(self) -> int:
        """Mark the load as begun, which sets pg_last_copy_id(), and return its query ID."""
        ...

    def client_gone(self) -> bool:
        """Return whether the client has closed its connection."""
        ...


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

"""What COPY asks of the session that executes it, and what it gives back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.types import TableColumn


class CopyBackend(Protocol):
    """A connection to the PostgreSQL behind the stand-in.

    An exception that the iterable of ``copy_in`` raises must end the COPY with CopyFail, leave
    the connection in step with the protocol, and reach the caller as it is.
    """

    def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """Return the rows of a query, values as text."""
        ...

    def execute(self, sql: str) -> str:
        """Execute a statement and return its command tag."""
        ...

    def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        """Stream the chunks into a COPY ... FROM STDIN and return the number of rows."""
        ...


class S3Access(Protocol):
    """Where the stand-in's S3 is, and the credentials that an IAM role stands for."""

    @property
    def endpoint_url(self) -> str | None:
        """The S3 server; None is AWS itself."""
        ...

    @property
    def region(self) -> str:
        """The cluster's region."""
        ...

    @property
    def access_key_id(self) -> str:
        """The role's key."""
        ...

    @property
    def secret_access_key(self) -> str:
        """The role's secret."""
        ...


class CopySettings(Protocol):
    """The cluster's settings as far as COPY needs them."""

    @property
    def s3(self) -> S3Access:
        """The S3 server and the roles' credentials."""
        ...

    @property
    def iam_roles(self) -> tuple[str, ...]:
        """ARNs of the roles attached to the cluster; the first is the default one."""
        ...


class CopySession(Protocol):
    """A client's session.

    ``backend`` stands in a transaction: the client's own, or (``in_block`` false) one that the
    session opened for this statement. The session commits or rolls back after execute() has
    returned or raised.
    """

    @property
    def backend(self) -> CopyBackend:
        """The connection of the client's transaction, with the client's rights."""
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
        """Whether the client has said BEGIN."""
        ...

    @property
    def slices(self) -> int:
        """How many slices the cluster claims to have."""
        ...

    def resolve(self, schema: str | None, table: str) -> str | None:
        """Return the schema that holds the table (by search path if none is named), or None.

        Takes the table's write lock first, before anything takes the transaction's snapshot.
        """
        ...

    def columns(self, schema: str, table: str) -> tuple[TableColumn, ...]:
        """Return the table's columns in table order."""
        ...

    def superuser_backend(self) -> CopyBackend:
        """Return a superuser's connection, whose writes survive the client's rollback."""
        ...

    def begin_load(self) -> int:
        """Note that a load begins (pg_last_copy_id changes now) and return its query id."""
        ...

    def client_gone(self) -> bool:
        """Tell whether the client has closed its connection."""
        ...


@dataclass(frozen=True, slots=True)
class CopyResult:
    """A COPY that succeeded: rows loaded, its query id, and INFO messages for the client."""

    rows: int
    copy_id: int
    notices: tuple[str, ...]


class LoadFailedError(RedshiftError):
    """COPY failed after the load began: pg_last_copy_count() is 0 from now on.

    Any other RedshiftError out of execute() means that the load never began (syntax,
    privileges, authorisation), so that the previous count and id stay as they were.
    """

    def __init__(
        self, message: str, *, copy_id: int, code: int | None = None, context: str = ""
    ) -> None:
        super().__init__(message, code=code, context=context)
        self.copy_id = copy_id


class ClientGoneError(LoadFailedError):
    """The client left in the middle of its transaction block; the session rolls back."""

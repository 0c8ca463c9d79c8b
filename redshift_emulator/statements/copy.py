"""COPY: locks the table, runs the load and reports its row count.

https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
"""

from redshift_emulator.copy.command import execute
from redshift_emulator.copy.grammar import parse
from redshift_emulator.copy.session import LoadFailedError
from redshift_emulator.copy.statement import RoleAuthorization
from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Name
from redshift_emulator.language.tokens import Statement
from redshift_emulator.language.types import TableColumn
from redshift_emulator.protocol.backend import Backend, BackendError
from redshift_emulator.protocol.configuration import Settings
from redshift_emulator.session.assumed_roles import require_assumerole
from redshift_emulator.session.query_steps import INSERT, note_steps
from redshift_emulator.session.relations import find, read_columns, refuse_unknown_width
from redshift_emulator.session.session import Session
from redshift_emulator.statements.insert_update_delete import (
    lock_for_writing,
    skip_identity_values,
)


class LoadContext:
    """A session as COPY sees it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._journal: Backend | None = None

    @property
    def backend(self) -> Backend:
        """The connection of the client's transaction, with the client's privileges."""
        return self._session.backend

    @property
    def settings(self) -> Settings:
        """The cluster's settings."""
        return self._session.settings

    @property
    def session_id(self) -> int:
        """The process id that pg_backend_pid() shows to the client."""
        return self._session.backend.process_id

    @property
    def database(self) -> str:
        """The database's name."""
        return self._session.database

    @property
    def in_block(self) -> bool:
        """Whether the client is in a transaction block."""
        return self._session.in_block

    def resolve(self, schema: str | None, table: str) -> str | None:
        """Return the table's schema, found by the search path if ``schema`` is None, or None."""
        name = Name(schema, table)
        found = find(self._session, [name]).get(name)
        return found.name.schema if found is not None else None

    def columns(self, schema: str, table: str) -> tuple[TableColumn, ...]:
        """Return the table's columns in table order."""
        name = Name(schema, table)
        columns = read_columns(self._session, name)
        refuse_unknown_width("COPY", name, columns)
        return columns

    def superuser_backend(self) -> Backend:
        """Return a superuser's connection, whose writes survive the client's rollback."""
        if self._journal is None:
            self._journal = self._session.superuser_backend()
        return self._journal

    def begin_load(self) -> int:
        """Mark the load as begun, which sets pg_last_copy_id(), and return its query ID."""
        self._session.last_copy.copy_id = self._session.query_id
        return self._session.query_id

    def client_gone(self) -> bool:
        """Return whether the client has closed its connection."""
        return self._session.client.has_left()

    def wait_for_s3(self) -> None:
        """Wait as long as a request to S3 takes, beside what it takes anyway."""
        self._session.meter.cluster.wait_for_s3()

    def close(self) -> None:
        """Close what was opened for the load."""
        if self._journal is not None:
            self._journal.close()


def run_copy(statement: Statement, session: Session) -> str:
    """Load a table from S3."""
    command = parse(statement, session.database)
    if isinstance(command.authorization, RoleAuthorization):
        require_assumerole(session, command.authorization.arns, "COPY")
    name = Name(command.schema, command.table)
    try:
        lock_for_writing(session, name)
    except BackendError as error:
        if error.sqlstate not in {"42P01", "3F000"}:
            raise
        raise RedshiftError(f"Cannot COPY into nonexistent table {command.table}") from error
    relation = find(session, [name]).get(name)
    if relation is not None:
        skip_identity_values(session, relation)
        note_steps(session, relation, INSERT)
    if not session.in_block:
        # outside of a block, a load that has begun continues without its client
        session.backend.stream.watch(None)
    context = LoadContext(session)
    try:
        result = execute(command, context)
    except LoadFailedError:
        session.last_copy.count = 0
        raise
    finally:
        session.backend.stream.watch(session.client)
        context.close()
    session.last_copy.count = result.rows
    for text in result.notices:
        session.notice(text)
    return "COPY"

"""Connections to the warehouse: statements, transactions and retries."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg2
import psycopg2.extras
from psycopg2.extensions import make_dsn
from tenacity import (
    Retrying,
    before_sleep_log,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from pipeline.names import TableName
from pipeline.settings import Connection, Timeouts
from pipeline.sql.statement import Statement, together
from pipeline.stores.connections import DEFAULTS, cancel, opened
from pipeline.stores.supervision import Supervision, supervise, supervised
from pipeline.stores.warehouse.activity import activity
from pipeline.stores.warehouse.errors import (
    connection_error,
    is_conflict,
    is_retryable,
    translated,
)

logger = logging.getLogger(__name__)

Row = Mapping[str, Any]
"""Values by column name."""

Value = TypeVar("Value")

ATTEMPTS = 6


@dataclass(slots=True)
class Transaction:
    """An open transaction; ``lock_timeout`` in seconds replaces the configured one."""

    cursor: Any = field(repr=False)
    lock_timeout: float | None = None

    def execute(self, statement: Statement) -> int:
        """Run a statement; return the number of rows changed, -1 if the server reports none."""
        with translated(statement):
            run(self.cursor, statement, self.lock_timeout)
        return int(self.cursor.rowcount)

    def execute_all(self, statements: Sequence[Statement]) -> None:
        """Run statements in one message, up to the first that fails."""
        if statements:
            self.execute(together(*statements))

    def query_after(self, first: Statement, statement: Statement) -> list[Row]:
        """Run a statement and then a query in one message; return the rows of the query."""
        return self.query(together(first, statement))

    def roll_back(self) -> None:
        """Roll back, so that the server can be queried for the cause of an error.

        If the connection was lost, the server has rolled back.
        """
        connection = self.cursor.connection
        if not connection.closed:
            with suppress(psycopg2.Error), supervised(connection):
                connection.rollback()

    def query(self, statement: Statement) -> list[Row]:
        """Run a statement and return all its rows."""
        with translated(statement):
            run(self.cursor, statement, self.lock_timeout)
            return list(self.cursor.fetchall())


@dataclass(slots=True)
class Warehouse:
    """The warehouse for one user; each process opens one connection, on first use.

    ``lock_timeout`` does not limit the wait for another session of this user that has locked
    ``marker_table``.
    """

    access: Connection
    application: str = DEFAULTS["application_name"]
    timeouts: Timeouts = field(default_factory=Timeouts)
    marker_table: TableName | None = None
    _connection: Any = field(default=None, init=False, repr=False)
    _owner: int = field(default=0, init=False, repr=False)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Run the body in one transaction: COMMIT at its end, ROLLBACK on any error.

        If the connection is lost at COMMIT, the outcome is unknown: the error is retryable, and
        the caller reads the marker before it repeats the work.
        """
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                yield Transaction(cursor)
            with translated(Statement("COMMIT")), supervised(connection):
                connection.commit()
        except BaseException:
            self._roll_back()
            raise

    def query(self, statement: Statement) -> list[Row]:
        """Return the rows of a statement, in its own transaction; repeat it on a conflict."""
        return self._alone(lambda transaction: transaction.query(statement))

    def execute(self, statement: Statement) -> int:
        """Run a statement in its own transaction; return the number of rows changed.

        Repeat it on a conflict.
        """
        return self._alone(lambda transaction: transaction.execute(statement))

    def _alone(self, work: Callable[[Transaction], Value]) -> Value:
        """Run one statement without BEGIN and COMMIT: the server commits it by itself."""

        def whole() -> Value:
            connection = self._connect()
            connection.autocommit = True
            try:
                with connection.cursor() as cursor:
                    return work(Transaction(cursor))
            finally:
                if not connection.closed:
                    connection.autocommit = False

        return self.retry_conflict(whole)

    def execute_outside(self, statement: Statement) -> None:
        """Run a statement that cannot run in a transaction block (ANALYZE, VACUUM).

        Repeat it on a conflict.
        """
        self._alone(lambda transaction: transaction.execute(statement))

    def retry(self, work: Callable[[], Value]) -> Value:
        """Call ``work`` until it succeeds or fails with an error that is not retryable.

        At most ``ATTEMPTS`` calls, with exponential backoff. ``work`` is one or more whole
        transactions, never a part of one.
        """
        return _repeat(work, is_retryable)

    def retry_conflict(self, work: Callable[[], Value]) -> Value:
        """Call ``work`` as ``retry`` does, again only after a conflict with other transactions."""
        return _repeat(work, is_conflict)

    def cancel(self) -> None:
        """Cancel the running statement, if any; called from another thread."""
        if self._connection is not None and self._owner == os.getpid():
            cancel(self._connection)

    def close(self) -> None:
        """Close this process's connection, if it has one."""
        if self._connection is not None and self._owner == os.getpid():
            self._connection.close()
        self._connection = None

    def _connect(self) -> Any:
        """Return this process's connection; a forked child never touches its parent's."""
        if self._owner != os.getpid() or self._connection is None or self._connection.closed:
            self._connection = connect(
                self.access, self.application, self.timeouts, self.marker_table
            )
            self._owner = os.getpid()
        return self._connection

    def _roll_back(self) -> None:
        if self._connection is None or self._connection.closed:
            return
        with suppress(psycopg2.Error), supervised(self._connection):
            self._connection.rollback()
            return
        self._connection.close()


def _repeat(work: Callable[[], Value], when: Callable[[BaseException], bool]) -> Value:
    attempts = Retrying(
        retry=retry_if_exception(when),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.2, max=30),
        before_sleep=before_sleep_log(logger, logging.WARNING),
        reraise=True,
    )
    return attempts(work)


def connect(
    access: Connection,
    application: str,
    timeouts: Timeouts,
    marker_table: TableName | None = None,
) -> Any:
    """Open a connection whose statements are supervised; WarehouseError if it fails."""
    parameters = {**DEFAULTS, "application_name": application, **access.parameters}
    try:
        connection = psycopg2.connect(
            make_dsn(**parameters), cursor_factory=psycopg2.extras.RealDictCursor
        )
    except psycopg2.Error as error:
        raise connection_error(error, access) from None
    ask = activity(connection, parameters, str(marker_table))
    supervise(connection, Supervision(f"warehouse ({access})", ask, timeouts))
    return opened(connection)


def run(cursor: Any, statement: Statement, lock_timeout: float | None = None) -> None:
    """Execute a statement; log its text at DEBUG, never its parameters."""
    logger.debug("%s", statement.text)
    cursor.connection.notices.clear()
    with supervised(cursor.connection, lock_timeout=lock_timeout):
        cursor.execute(statement.template, dict(statement.parameters))

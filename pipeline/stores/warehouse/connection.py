"""Connections to the warehouse: statements, transactions and retries.

Each message takes a round trip, so a transaction begins with its first statement and ends with its
last ones, in the same messages. The driver would send BEGIN and COMMIT alone.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg2
import psycopg2.extras
from psycopg2.extensions import TRANSACTION_STATUS_INERROR, make_dsn
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from pipeline.designs.model.types import SqlType
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.settings import Connection, Timeouts
from pipeline.sql.statement import Statement, together
from pipeline.stores.connections import DEFAULTS, cancel, is_ended, is_open, opened
from pipeline.stores.supervision import Supervision, supervise, supervised
from pipeline.stores.warehouse.activity import activity
from pipeline.stores.warehouse.columns import column_types
from pipeline.stores.warehouse.errors import (
    connection_error,
    is_conflict,
    is_retryable,
    translated,
)

logger = logging.getLogger(__name__)

Row = Mapping[str, Any]
"""Values by column name."""

Query = Callable[[Statement], list[Row]]
"""Returns the rows of a statement: within a transaction, or in one of its own."""

Value = TypeVar("Value")

ATTEMPTS = 6


BEGIN, COMMIT = Statement("BEGIN"), Statement("COMMIT")


@dataclass(slots=True)
class Transaction:
    """An open transaction; ``lock_timeout`` in seconds replaces the configured one."""

    cursor: Any = field(repr=False)
    lock_timeout: float | None = None
    _waiting: list[Statement] = field(default_factory=lambda: [BEGIN], init=False, repr=False)

    def add(self, *statements: Statement) -> None:
        """Send statements in one message with the next one, at the latest with COMMIT.

        The server executes a message up to the first statement that fails.
        """
        self._waiting += statements

    def execute(self, statement: Statement) -> int:
        """Run a statement; return the number of rows changed, -1 if the server reports none."""
        self._send(statement)
        return int(self.cursor.rowcount)

    def query(self, statement: Statement) -> list[Row]:
        """Run a statement and return all its rows."""
        self._send(statement)
        with translated(statement):
            return list(self.cursor.fetchall())

    def column_types(self) -> dict[str, SqlType]:
        """Return the types of the columns that the last query returned, as far as known."""
        return column_types(self.cursor.description or ())

    def roll_back(self) -> None:
        """Roll back, so that the server can be queried for the cause of an error.

        If the connection was lost, the server has rolled back.
        """
        self._waiting = [BEGIN]
        roll_back(self.cursor.connection)

    @property
    def session_id(self) -> int:
        """The number of the session, by which the server's views know it."""
        return int(self.cursor.connection.info.backend_pid)

    def commit(self) -> None:
        """Commit, in one message with the statements that wait; do nothing if nothing was sent."""
        if self._waiting != [BEGIN]:
            self._refuse_failed()
            self._send(COMMIT)

    def commit_then(self, statement: Statement) -> list[Row]:
        """Commit; return the rows of a query that follows in the same message, on its own."""
        self._refuse_failed()
        self.add(COMMIT)
        rows = self.query(statement)
        self._waiting = [BEGIN]
        return rows

    def _refuse_failed(self) -> None:
        """Raise an error if the body has caught one: the server would answer with ROLLBACK."""
        if self.cursor.connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
            raise WarehouseError(
                "the transaction was rolled back: one of its statements had failed"
            )

    def _send(self, statement: Statement) -> None:
        """Send a statement together with those that wait.

        One that comes from a file is a message of its own: the server counts the position of an
        error from the beginning of the message.
        """
        waiting, self._waiting = self._waiting, []
        if waiting and statement.origin is not None:
            self._run(*waiting)
            waiting = []
        self._run(*waiting, statement)

    def _run(self, *statements: Statement) -> None:
        named = [each for each in statements if each is not BEGIN] or statements
        with translated(together(*named)):
            run(self.cursor, together(*statements), self.lock_timeout)


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
                transaction = Transaction(cursor)
                yield transaction
                transaction.commit()
        except BaseException:
            roll_back(connection)
            raise

    def query(self, statement: Statement) -> list[Row]:
        """Return the rows of a statement, in its own transaction; repeat it on a conflict."""
        return self._alone(statement, lambda cursor: list(cursor.fetchall()))

    def execute(self, statement: Statement) -> int:
        """Run a statement in its own transaction; return the number of rows changed.

        Repeat it on a conflict.
        """
        return self._alone(statement, lambda cursor: int(cursor.rowcount))

    def _alone(self, statement: Statement, result: Callable[[Any], Value]) -> Value:
        """Run one statement without BEGIN and COMMIT: the server commits it by itself."""

        def whole() -> Value:
            with self._connect().cursor() as cursor, translated(statement):
                run(cursor, statement)
                return result(cursor)

        return self.retry_conflict(whole)

    def execute_outside(self, statement: Statement) -> None:
        """Run a statement that cannot run in a transaction block (ANALYZE, VACUUM).

        Repeat it on a conflict.
        """
        self.execute(statement)

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
        """Return this process's connection; a forked child never touches its parent's.

        RuntimeError while a transaction is open, which would include the statement.
        """
        if self._owner != os.getpid() or self._connection is None or is_ended(self._connection):
            self._connection = connect(
                self.access, self.application, self.timeouts, self.marker_table
            )
            self._owner = os.getpid()
        if is_open(self._connection):
            raise RuntimeError("a transaction is open on this connection")
        return self._connection


def _repeat(work: Callable[[], Value], when: Callable[[BaseException], bool]) -> Value:
    attempts = Retrying(
        retry=retry_if_exception(when),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.2, max=30),
        before_sleep=_log_retry,
        reraise=True,
    )
    return attempts(work)


def _log_retry(state: RetryCallState) -> None:
    if state.outcome and state.next_action:
        error, seconds = state.outcome.exception(), state.next_action.sleep
        logger.warning("trying again in %.1f s: %s", seconds, error)


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
    connection.autocommit = True  # the driver sends no BEGIN
    return opened(connection)


def roll_back(connection: Any) -> None:
    """Roll back what is open on a connection; close it if that fails."""
    if not is_open(connection):
        return
    with suppress(psycopg2.Error), supervised(connection), connection.cursor() as cursor:
        cursor.execute("ROLLBACK")
        return
    connection.close()


def run(cursor: Any, statement: Statement, lock_timeout: float | None = None) -> None:
    """Execute a statement; log its text at DEBUG, never its parameters."""
    logger.debug("%s", statement.text)
    cursor.connection.notices.clear()
    with supervised(cursor.connection, lock_timeout=lock_timeout):
        cursor.execute(statement.template, dict(statement.parameters))

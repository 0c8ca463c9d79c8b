"""The door to the warehouse: statements, transactions, and what the server's errors mean."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg2
import psycopg2.extras
from tenacity import (
    Retrying,
    before_sleep_log,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from pipeline.errors import WarehouseError
from pipeline.settings import Connection
from pipeline.sql.statement import Origin, Statement
from pipeline.stores.connections import opened

logger = logging.getLogger(__name__)

Row = Mapping[str, Any]
"""A row by the names of its columns."""

Value = TypeVar("Value")

RETRYABLE_STATES = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08006"})
"""Serialization failure, deadlock, lock not available, shutdown, connection failure."""

RETRYABLE_TEXT = re.compile(
    r"\b1023\b|\b1018\b|Serializable isolation violation|conflict with concurrent transaction"
    r"|could not open relation with OID|dropped by concurrent transaction|tuple concurrently"
)
"""Redshift reports these under XX000, so that only the text tells them apart.

Source: https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation-serializable-isolation-troubleshooting.html
"""

REFUSED = re.compile(
    r"(?P<login>authentication failed|no password supplied|role \S+ does not exist)|does not exist"
    r"|Connection refused|could not translate host name|no pg_hba.conf entry"
)
"""A connection that was refused for a reason which another attempt does not change."""

LOGIN_REFUSED = "28P01"
"""The SQLSTATE of a wrong password: a driver that cannot connect reports none itself."""

ATTEMPTS = 6

SHOWN = 120
"""Of the characters of a statement, in an error that tells which one it was."""


@dataclass(slots=True)
class Transaction:
    """Statements that commit or vanish together."""

    cursor: Any = field(repr=False)

    def execute(self, statement: Statement) -> int:
        """Run a statement; return the number of rows it changed, -1 where the server says none."""
        with _translated(statement):
            run(self.cursor, statement)
        return int(self.cursor.rowcount)

    def roll_back(self) -> None:
        """Give up what was done so far, before asking the server why."""
        self.cursor.connection.rollback()

    def query(self, statement: Statement) -> list[Row]:
        """Run a statement and return all its rows."""
        with _translated(statement):
            run(self.cursor, statement)
            return list(self.cursor.fetchall())


@dataclass(slots=True)
class Warehouse:
    """One warehouse as one user sees it; connections are opened when needed, one a process."""

    access: Connection
    application: str = "redshift-pipeline"
    _connection: Any = field(default=None, init=False, repr=False)
    _owner: int = field(default=0, init=False, repr=False)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Run the body in one transaction: COMMIT at its end, ROLLBACK on any error.

        A connection lost at COMMIT leaves the outcome unknown: the error is retryable, and the
        caller looks at the marker before it does the work again.
        """
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                yield Transaction(cursor)
            with _translated(Statement("COMMIT")):
                connection.commit()
        except BaseException:
            self._roll_back()
            raise

    def query(self, statement: Statement) -> list[Row]:
        """Read with a transaction of its own."""
        with self.transaction() as transaction:
            return transaction.query(statement)

    def execute(self, statement: Statement) -> int:
        """Run a statement with a transaction of its own; return the number of rows it changed."""
        with self.transaction() as transaction:
            return transaction.execute(statement)

    def execute_outside(self, statement: Statement) -> None:
        """Run what must not stand in a transaction block (ANALYZE, VACUUM)."""
        connection = self._connect()
        connection.autocommit = True
        try:
            with connection.cursor() as cursor, _translated(statement):
                run(cursor, statement)
        finally:
            if not connection.closed:
                connection.autocommit = False

    def retry(self, work: Callable[[], Value]) -> Value:
        """Do ``work``, and again while its errors say that this may help.

        The number of attempts is bounded, the pauses between them grow. ``work`` is a whole
        transaction or several, never a part of one.
        """
        attempts = Retrying(
            retry=retry_if_exception(lambda e: isinstance(e, WarehouseError) and e.retryable),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.2, max=30),
            before_sleep=before_sleep_log(logger, logging.WARNING),
            reraise=True,
        )
        return attempts(work)

    def cancel(self) -> None:
        """Stop the statement that runs, if one does; for another thread than its own."""
        if self._connection is not None and self._owner == os.getpid():
            with suppress(psycopg2.Error):
                self._connection.cancel()

    def close(self) -> None:
        """Close the connection, where this process has one."""
        if self._connection is not None and self._owner == os.getpid():
            self._connection.close()
        self._connection = None

    def _connect(self) -> Any:
        """Return this process's connection; a forked child never touches its parent's."""
        if self._owner != os.getpid() or self._connection is None or self._connection.closed:
            self._connection = connect(self.access, self.application)
            self._owner = os.getpid()
        return self._connection

    def _roll_back(self) -> None:
        if self._connection is None or self._connection.closed:
            return
        with suppress(psycopg2.Error):
            self._connection.rollback()
            return
        self._connection.close()


def connect(access: Connection, application: str) -> Any:
    """Open a connection that notices a dead server within two minutes; else WarehouseError."""
    try:
        connection = psycopg2.connect(
            access.dsn,
            cursor_factory=psycopg2.extras.RealDictCursor,
            application_name=application,
            connect_timeout=30,
            keepalives_idle=30,
            keepalives_interval=15,
            keepalives_count=6,
        )
    except psycopg2.Error as error:
        refused = REFUSED.search(str(error))
        raise WarehouseError(
            f"cannot connect to the warehouse at {access}: {access.redact(_first_line(error))}"
            f" (check the variable {access.variable})",
            retryable=not refused,
            sqlstate=LOGIN_REFUSED if refused and refused["login"] else None,
        ) from None
    return opened(connection)


def run(cursor: Any, statement: Statement) -> None:
    """Execute a statement; log its text at DEBUG, its parameters never."""
    logger.debug("%s", statement.text)
    cursor.connection.notices.clear()
    cursor.execute(statement.template, dict(statement.parameters))


@contextmanager
def _translated(statement: Statement) -> Iterator[None]:
    try:
        yield
    except psycopg2.Error as error:
        raise translate(error, statement) from None


def translate(error: psycopg2.Error, statement: Statement) -> WarehouseError:
    """Turn a driver's error into ours: what the server said of which statement.

    The driver's error is not chained: it echoes lines of the statement, in which COPY's
    credentials stand.
    """
    state = error.pgcode
    message = _server_message(error)
    lost = state is None and isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
    retryable = lost or state in RETRYABLE_STATES or bool(RETRYABLE_TEXT.search(message))
    for value in _texts(statement.parameters.values()):
        message = message.replace(value, "***")
    if statement.origin is not None and not retryable:
        message = _with_place(message, statement.origin, error.diag.statement_position)
    else:
        message = f"{message} [in: {shortened(statement.text)}]"
    return WarehouseError(message, retryable=retryable, sqlstate=state)


def _with_place(message: str, origin: Origin, position: str | None) -> str:
    """Put the file before what the server said, with the line where the server told a position."""
    found = origin.place(int(position)) if position else None
    if found is None:
        return f"{origin.file}: {message}"
    line, column, text = found
    return f"{origin.file}:{line}: column {column}: {message}\n{shortened(text)}"


def shortened(sql: str) -> str:
    """Return SQL in one line, the first words of it with '…' where it is long."""
    text = " ".join(sql.split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _texts(values: Any) -> Sequence[str]:
    return sorted((v for v in values if isinstance(v, str) and len(v) > 3), key=len, reverse=True)


def _server_message(error: psycopg2.Error) -> str:
    diagnostics = error.diag
    if not diagnostics.message_primary:
        return _first_line(error)
    parts = [diagnostics.message_primary, diagnostics.message_detail, diagnostics.message_hint]
    parts += _told_beside(error)
    *first, last = (part.strip() for part in parts if part)
    return " ".join([*map(_ended, first), last])


def _told_beside(error: psycopg2.Error) -> list[str]:
    """Return which functions the server means where it says so in notices of the statement.

    https://docs.aws.amazon.com/redshift/latest/dg/c_sql-functions-leader-node.html
    """
    if error.cursor is None or "INFO message" not in (error.diag.message_primary or ""):
        return []
    notices = (notice.partition(":") for notice in error.cursor.connection.notices)
    return [text.strip() for severity, _, text in notices if severity == "INFO"]


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", ":", "!", "?")) else f"{sentence}."


def _first_line(error: psycopg2.Error) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__

"""The warehouse's errors: the message, the statement, and whether a retry may succeed."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2

from pipeline.errors import WarehouseError
from pipeline.settings import Connection
from pipeline.sql.statement import Origin, Statement
from pipeline.stores.supervision import LockTimeoutError, OwnLockTimeoutError

RETRYABLE_STATES = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08006"})
"""Serialization failure, deadlock, lock not available, shutdown, connection failure."""

RETRYABLE_TEXT = re.compile(
    r"\b1023\b|\b1018\b|Serializable isolation violation|conflict with concurrent transaction"
    r"|could not open relation with OID|dropped by concurrent transaction|tuple concurrently"
)
"""Redshift reports all of these as XX000; only the text distinguishes them.

Source: https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation-serializable-isolation-troubleshooting.html
"""

NOT_OWNER = "must be owner of "
"""How the server begins when a statement is left to the owner of its object."""

OTHER_REGION = "PermanentRedirect"
"""S3's code, in the message of a COPY whose bucket is in another region."""

CONFLICT_STATES = frozenset({"40001", "40P01"})
"""Serialization failure, deadlock: another transaction prevented this one."""

REFUSED = re.compile(
    r"(?P<login>authentication failed|no password supplied|role \S+ does not exist)|does not exist"
    r"|Connection refused|could not translate host name|no pg_hba.conf entry"
)
"""Reasons for which a connection fails that a retry does not change."""

LOGIN_REFUSED = "28P01"
"""The SQLSTATE of a wrong password; psycopg2 reports none when a connection fails."""

LOCK_TIMEOUT, OWN_LOCK_TIMEOUT = LockTimeoutError.pgcode, OwnLockTimeoutError.pgcode
"""The SQLSTATEs of waits that took too long: for a lock of others, and for the pipeline's own."""

MOST = 4
"""The number of statements of a message that an error shows: the first, and the last ones."""

SHOWN = 120
"""The number of characters of a statement that an error shows."""


def connection_error(error: psycopg2.Error, access: Connection) -> WarehouseError:
    """Return the error of a connection that failed, without its password."""
    refused = REFUSED.search(str(error))
    return WarehouseError(
        f"cannot connect to the warehouse at {access}: {access.redact(_first_line(error))}"
        f" (check the variable {access.variable})",
        retryable=not refused,
        sqlstate=LOGIN_REFUSED if refused and refused["login"] else None,
    )


def is_retryable(error: BaseException) -> bool:
    """Return whether the same work may succeed if it is repeated."""
    return isinstance(error, WarehouseError) and error.retryable


def is_conflict(error: BaseException) -> bool:
    """Return whether another transaction prevented this one, which therefore had no effect."""
    if not (isinstance(error, WarehouseError) and error.retryable):
        return False
    return error.sqlstate in CONFLICT_STATES or bool(RETRYABLE_TEXT.search(str(error)))


@contextmanager
def translated(statement: Statement) -> Iterator[None]:
    """Raise the driver's errors in the body as WarehouseError.

    The driver's error is not chained: it repeats lines of the statement, which may hold COPY's
    credentials.
    """
    try:
        yield
    except psycopg2.Error as error:
        raise translate(error, statement) from None


def translate(error: psycopg2.Error, statement: Statement) -> WarehouseError:
    """Return the driver's error as WarehouseError: the server's message and the statement."""
    state = error.pgcode
    message = _server_message(error)
    lost = state is None and isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
    retryable = lost or state in RETRYABLE_STATES or bool(RETRYABLE_TEXT.search(message))
    if isinstance(error, LockTimeoutError):
        retryable = False
        message = f"{message}; wait until that session has ended, or end it, and run again"
    if message.startswith(NOT_OWNER):
        message = f"{message}; 'pipeline doctor' tells who owns it, and what to run"
    if OTHER_REGION in message:
        message = f"{message} (set s3.region in sources.json to the region of the bucket)"
    shown = statement.text.replace('"', "")
    for value in _texts(statement.parameters.values()):
        # What the statement shows is no secret: the relation, beside the marker that names it.
        if value in message and value not in shown:
            message = message.replace(value, "***")
    if statement.origin is not None and not retryable:
        message = _with_place(message, statement.origin, error.diag.statement_position)
    else:
        message = f"{message} [{_which(statement)}]"
    return WarehouseError(message, retryable=retryable, sqlstate=state)


def _with_place(message: str, origin: Origin, position: str | None) -> str:
    """Put the file before the message, with line and column if the server gave a position."""
    found = origin.place(int(position)) if position else None
    if found is None:
        return f"{origin.file}: {message}"
    line, column, text = found
    return f"{origin.file}:{line}: column {column}: {message}\n{shortened(text)}"


def _which(statement: Statement) -> str:
    """Return a statement for a message; of several sent together, the server names none."""
    parts = statement.text.split(";\n")
    if len(parts) == 1:
        return f"in: {shortened(statement.text)}"
    shown = [shortened(part, SHOWN // 2) for part in parts]
    if len(shown) > MOST:
        left = len(shown) - MOST
        shown = [shown[0], f"{left} more", *shown[1 - MOST :]]
    return f"in one of: {'; '.join(shown)}"


def shortened(sql: str, most: int = SHOWN) -> str:
    """Return SQL in one line, cut with '…' after ``most`` characters."""
    text = " ".join(sql.split())
    return text if len(text) <= most else f"{text[:most]}…"


def _texts(values: Any) -> Sequence[str]:
    return sorted((v for v in values if isinstance(v, str) and len(v) > 3), key=len, reverse=True)


def _server_message(error: psycopg2.Error) -> str:
    diagnostics = error.diag
    if not diagnostics.message_primary:
        return _first_line(error)
    parts = [diagnostics.message_primary, diagnostics.message_detail, diagnostics.message_hint]
    parts += _notices(error)
    *first, last = (part.strip() for part in parts if part)
    return " ".join([*map(_ended, first), last])


def _notices(error: psycopg2.Error) -> list[str]:
    """Return the INFO notices in which Redshift names the functions that an error refers to.

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

"""The open connections of this process, so that they can be ended from outside.

A driver waits for a statement's end in C, and Python raises no exception meanwhile.
"""

import os
import select
import socket
import threading
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

DEFAULTS = {
    "application_name": "redshift-pipeline",
    "connect_timeout": "30",
    "keepalives_idle": "30",
    "keepalives_interval": "15",
    "keepalives_count": "6",
    "tcp_user_timeout": "120000",
}
"""Options of every connection, which a connection string overrides.

A peer that disappears is detected within two minutes, whether or not something is sent.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
"""

CANCEL_SECONDS = 5.0
"""libpq sends a cancel request through a new connection, and waits for its end without limit."""

_opened: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""Connections, with the process that opened each: a forked child has only a copy of others."""


def opened(connection: Any) -> Any:
    """Register a connection for as long as it exists; return it."""
    _opened[connection] = os.getpid()
    return connection


def is_ended(connection: Any) -> bool:
    """Return whether a connection is closed, perhaps by the server, which sends nothing else.

    Redshift ends sessions that are idle for hours, and all when it restarts.
    https://docs.aws.amazon.com/redshift/latest/mgmt/amazon-redshift-limits.html
    """
    if connection.closed or is_open(connection):
        return bool(connection.closed)
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))


def is_open(connection: Any) -> bool:
    """Return whether a transaction is open, also a failed one, by what the driver knows."""
    if connection.closed:
        return False
    return bool(connection.info.transaction_status != TRANSACTION_STATUS_IDLE)


def peer(connection: Any) -> dict[str, str]:
    """Return host, address and port of the other end; a socket in the file system has none."""
    with socket.socket(fileno=os.dup(connection.fileno())) as shared:
        if shared.family == socket.AF_UNIX:
            return {"host": connection.info.host, "port": str(connection.info.port)}
        address, port = shared.getpeername()[:2]
    return {"host": connection.info.host, "hostaddr": address, "port": str(port)}


def cancel(*connections: Any) -> None:
    """Cancel the running statements; return after a few seconds even if a server is silent."""
    threads = [threading.Thread(target=_cancel, args=(each,), daemon=True) for each in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(CANCEL_SECONDS)


def cancel_all() -> None:
    """Cancel every statement that this process waits for; called from another thread."""
    cancel(*_own())


def shut_down(connection: Any) -> None:
    """End a connection although a thread waits for an answer: the driver sees the end of it."""
    with (
        suppress(psycopg2.Error, OSError),
        socket.socket(fileno=os.dup(connection.fileno())) as shared,
    ):
        shared.shutdown(socket.SHUT_RDWR)


def shut_down_all() -> None:
    """End every connection of this process; called from another thread."""
    for connection in _own():
        shut_down(connection)


def _own() -> list[Any]:
    return [each for each, process in list(_opened.items()) if process == os.getpid()]


def _cancel(connection: Any) -> None:
    with suppress(psycopg2.Error):
        connection.cancel()

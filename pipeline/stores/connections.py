"""The open connections of this process, so that an interruption reaches the servers.

A driver waits for a statement's end in C, and Python raises no exception meanwhile.
"""

import os
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import psycopg2

_opened: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""Connections, with the process that opened each: a forked child has only a copy of others."""


def opened(connection: Any) -> Any:
    """Register a connection for as long as it exists; return it."""
    _opened[connection] = os.getpid()
    return connection


def cancel_all() -> None:
    """Cancel every statement that this process waits for; called from another thread."""
    for connection, process in list(_opened.items()):
        if process == os.getpid():
            with suppress(psycopg2.Error):
                connection.cancel()

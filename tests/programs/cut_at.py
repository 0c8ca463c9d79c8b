"""Run a luigi command and cut its connection to the warehouse once, around a COMMIT or before.

``cut_at.py WHEN VERB LUIGI-ARGUMENTS...``: VERB is the first word of a statement of the
transaction. WHEN is ``during``: the statement fails; ``before``: COMMIT does not reach the server;
or ``after``: the server commits, and its answer does not reach the client. libpq itself notices
that the socket is dead; the process goes on.
"""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import psycopg2.extensions

from tests.programs.instrument import Around, Database, Probe, run_luigi


class Cutter(Probe):
    """Cuts the connection at the first commit of a transaction with the verb."""

    def __init__(self, when: str, verb: str) -> None:
        self.when = when
        self.awaited = {verb}

    def statement(self, connection: Database, verb: str, *, in_transaction: bool) -> Around:
        if self.when == "during" and verb in self.awaited:
            self.awaited.clear()
            cut(connection)
        return nullcontext()

    @contextmanager
    def commit(self, connection: Database, verbs: frozenset[str]) -> Iterator[None]:
        hit = not verbs.isdisjoint(self.awaited)
        self.awaited -= verbs
        if hit and self.when == "before":
            cut(connection)
        yield
        if hit and self.when == "after":
            cut(connection)
            listen(connection)


def cut(connection: Database) -> None:
    """Shut the socket down under libpq, as a firewall or a crashed node does."""
    with socket.socket(fileno=os.dup(connection.fileno())) as shared:
        shared.shutdown(socket.SHUT_RDWR)
    print(f"cut connection {connection.info.backend_pid}", file=sys.stderr)


def listen(connection: Database) -> None:
    """Wait for an answer, which does not come."""
    with connection.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
        cursor.execute("SELECT 1")


if __name__ == "__main__":
    run_luigi(Cutter(*sys.argv[1:3]), sys.argv[3:])

"""Run a luigi command and cut its connection to the warehouse once, around a COMMIT.

``cut_at.py WHEN VERB LUIGI-ARGUMENTS...``: VERB is the first word of a statement of the
transaction. WHEN is ``before``: COMMIT does not reach the server; or ``after``: the server
commits, and the client does not hear of it. libpq itself notices that the socket is dead; the
process goes on.
"""

import os
import socket
import sys
from typing import Any, ClassVar

import luigi.cmdline
import psycopg2
import psycopg2.extensions
import psycopg2.extras

import pipeline  # noqa: F401  (registers the tasks)


def cut(connection: psycopg2.extensions.connection) -> None:
    """Shut the socket down under libpq, as a firewall or a crashed node does."""
    with socket.socket(fileno=os.dup(connection.fileno())) as shared:
        shared.shutdown(socket.SHUT_RDWR)
    print(f"cut connection {connection.info.backend_pid}", file=sys.stderr)


class Connection(psycopg2.extensions.connection):
    """Loses itself at the first commit of a transaction with the awaited verb."""

    when = ""
    awaited: ClassVar[set[str]] = set()
    verbs: frozenset[str] = frozenset()

    def commit(self) -> None:
        verbs, self.verbs = self.verbs, frozenset()
        if verbs.isdisjoint(self.awaited):
            super().commit()
            return
        self.awaited.clear()
        if self.when == "after":
            super().commit()
            cut(self)
            self.listen()
        else:
            cut(self)
            super().commit()

    def listen(self) -> None:
        """Wait for an answer, which does not come any more."""
        with self.cursor(cursor_factory=psycopg2.extensions.cursor) as cursor:
            cursor.execute("SELECT 1")

    def rollback(self) -> None:
        self.verbs = frozenset()
        super().rollback()


class Cursor(psycopg2.extras.RealDictCursor):
    """Notes by which verbs the statements of a transaction begin."""

    def execute(self, query: str, parameters: Any = None) -> None:
        self.connection.verbs |= {query.split(None, 1)[0].lower()}
        super().execute(query, parameters)


def instrument(when: str, verb: str) -> None:
    """Have the warehouse's connections, known by their cursors, opened by the classes above."""
    Connection.when = when
    Connection.awaited.add(verb)
    real_connect = psycopg2.connect

    def connect(*args: Any, **options: Any) -> Any:
        if options.get("cursor_factory") is psycopg2.extras.RealDictCursor:
            options |= {"cursor_factory": Cursor, "connection_factory": Connection}
        return real_connect(*args, **options)

    psycopg2.connect = connect


if __name__ == "__main__":
    instrument(*sys.argv[1:3])
    luigi.cmdline.luigi_run(sys.argv[3:])

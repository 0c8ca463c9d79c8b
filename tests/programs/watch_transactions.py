"""Run a luigi command; tell of each statement to the warehouse whether it is in a transaction.

``watch_transactions.py LUIGI-ARGUMENTS...`` writes ``in transaction: VERB`` or
``on its own: VERB`` to stderr, after what the driver says of the connection.
"""

import sys
from typing import Any

import luigi.cmdline
import psycopg2
import psycopg2.extras

import pipeline  # noqa: F401  (registers the tasks)


class Cursor(psycopg2.extras.RealDictCursor):
    """Tells before it executes."""

    def execute(self, query: str, parameters: Any = None) -> None:
        where = "on its own" if self.connection.autocommit else "in transaction"
        print(f"{where}: {query.split(None, 1)[0].upper()}", file=sys.stderr)
        super().execute(query, parameters)


def instrument() -> None:
    real_connect = psycopg2.connect

    def connect(*args: Any, **options: Any) -> Any:
        if options.get("cursor_factory") is psycopg2.extras.RealDictCursor:
            options["cursor_factory"] = Cursor
        return real_connect(*args, **options)

    psycopg2.connect = connect


if __name__ == "__main__":
    instrument()
    luigi.cmdline.luigi_run(sys.argv[1:])

"""Run a luigi command; somebody else's statement is executed and committed in between.

``interfere.py VERB STATEMENTS LUIGI-ARGUMENTS...``: once, before the command's first statement
that begins with VERB, on a connection of its own with the string in DATA_WAREHOUSE_ADMIN.
"""

import os
import sys
from typing import Any

import luigi.cmdline
import psycopg2
import psycopg2.extras

import pipeline  # noqa: F401  (registers the tasks)
from tests.support.projects.warehouse import execute


def instrument(verb: str, statements: str) -> None:
    waiting = [verb]

    class Cursor(psycopg2.extras.RealDictCursor):
        def execute(self, query: str, parameters: Any = None) -> None:
            first = query.split(None, 1)[0].lower()
            if first == verb:
                print(f"reached {first}", file=sys.stderr)
            if first in waiting:
                waiting.clear()
                for statement in statements.split(";"):
                    execute(os.environ["DATA_WAREHOUSE_ADMIN"], statement)
            super().execute(query, parameters)

    real_connect = psycopg2.connect

    def connect(*args: Any, **options: Any) -> Any:
        if options.get("cursor_factory") is psycopg2.extras.RealDictCursor:
            options["cursor_factory"] = Cursor
        return real_connect(*args, **options)

    psycopg2.connect = connect


if __name__ == "__main__":
    instrument(*sys.argv[1:3])
    luigi.cmdline.luigi_run(sys.argv[3:])

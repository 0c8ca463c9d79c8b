"""Run a luigi command and note each request to a database or to S3, whichever process makes it.

``count_requests.py FILE LUIGI-ARGUMENTS...`` appends a line to FILE for each: ``sql SELECT`` with
the first word of a statement, ``s3 ListObjectsV2`` with the operation's name.
"""

import sys
from pathlib import Path
from typing import Any

import botocore.client
import luigi.cmdline
import psycopg2
import psycopg2.extras

import pipeline  # noqa: F401  (registers the tasks)


def instrument(file: str) -> None:
    """Note what passes by on its way to the driver, and let it pass."""

    def note(line: str) -> None:
        with Path(file).open("a", encoding="utf-8") as notes:
            notes.write(f"{line}\n")

    class Cursor(psycopg2.extras.RealDictCursor):
        def execute(self, query: str, parameters: Any = None) -> None:
            note(f"sql {query.split(None, 1)[0].upper()}")
            super().execute(query, parameters)

        def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
            note("sql COPY")
            super().copy_expert(sql, file, size)

    real_connect = psycopg2.connect
    real_call = botocore.client.BaseClient._make_api_call

    def connect(*args: Any, **options: Any) -> Any:
        if options.get("cursor_factory") is psycopg2.extras.RealDictCursor:
            options["cursor_factory"] = Cursor
        return real_connect(*args, **options)

    def call(client: Any, operation: str, parameters: Any) -> Any:
        note(f"s3 {operation}")
        return real_call(client, operation, parameters)

    psycopg2.connect = connect
    botocore.client.BaseClient._make_api_call = call  # type: ignore[method-assign]


if __name__ == "__main__":
    instrument(sys.argv[1])
    luigi.cmdline.luigi_run(sys.argv[2:])

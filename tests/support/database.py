"""Connect to a PostgreSQL or Redshift database, and execute statements."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import psycopg2.extensions

from pipeline.local.postgres.server import Postgres


@contextmanager
def connect(dsn: str, **options: Any) -> Iterator[psycopg2.extensions.connection]:
    """Open a connection that commits each statement, and close it at the end of the block."""
    with closing(psycopg2.connect(dsn, **options)) as connection:
        connection.autocommit = True
        yield connection


def execute(dsn: str, *statements: str) -> None:
    """Execute statements one by one on a new connection."""
    with connect(dsn) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def query(dsn: str, statement: str, values: tuple[object, ...] | None = None) -> list[tuple]:
    """Execute a statement on a new connection and return its rows; none if it returns none."""
    with connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def new_database(
    server: Postgres, name: str, encoding: str = "UTF8", template: str = "template0"
) -> Iterator[str]:
    """Create a database, empty or as its template, yield the superuser's URL, and drop it.

    Copying the files takes two thirds of the time that writing them to the log takes.
    """
    administration = server.dsn("postgres")
    options = f"TEMPLATE {template} STRATEGY file_copy"
    if encoding != "UTF8":
        options += f" ENCODING '{encoding}' LOCALE_PROVIDER libc LOCALE 'C'"
    execute(administration, f"CREATE DATABASE {name} {options}")
    try:
        yield server.dsn(name)
    finally:
        execute(administration, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

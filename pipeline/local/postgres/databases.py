"""The databases of the embedded PostgreSQL: two samples with a reader each, and the warehouse."""

import contextlib
from collections.abc import Iterator

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection, encrypt_password

SCHEMAS = """
SELECT nspname
FROM pg_namespace
WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'
ORDER BY nspname
"""


def ensure_database(dsn: str, name: str) -> None:
    """Create the database unless it exists; ``dsn`` is that of any other database."""
    with _connected(dsn) as server:
        cursor = server.cursor()
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if not cursor.fetchone():
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def recreate_database(dsn: str, name: str) -> None:
    """Create an empty database; drop one that an interrupted start left."""
    with _connected(dsn) as server:
        cursor = server.cursor()
        identifier = sql.Identifier(name)
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(identifier))


def grant_reader(dsn: str, database: str, user: str, password: str) -> None:
    """Let the user log in and read, but not change, everything in the database of ``dsn``."""
    with _connected(dsn) as server:
        cursor = server.cursor()
        _ensure_login(server, user, password)
        reader = sql.Identifier(user)
        cursor.execute(
            sql.SQL(
                "REVOKE CONNECT ON DATABASE {database} FROM PUBLIC;"
                " GRANT CONNECT ON DATABASE {database} TO {reader};"
                " ALTER ROLE {reader} SET default_transaction_read_only = on"
            ).format(database=sql.Identifier(database), reader=reader)
        )
        cursor.execute(SCHEMAS)
        for (schema,) in cursor.fetchall():
            cursor.execute(
                sql.SQL(
                    "GRANT USAGE ON SCHEMA {schema} TO {reader};"
                    " GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {reader};"
                    " GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {reader};"
                    " ALTER DEFAULT PRIVILEGES IN SCHEMA {schema}"
                    " GRANT SELECT ON TABLES TO {reader}"
                ).format(schema=sql.Identifier(schema), reader=reader)
            )


def _ensure_login(server: connection, user: str, password: str) -> None:
    cursor = server.cursor()
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (user,))
    if not cursor.fetchone():
        cursor.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(user)))
    # Hashed here, so that the server never logs the password.
    verifier = encrypt_password(password, user, scope=server, algorithm="scram-sha-256")
    cursor.execute(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(user), sql.Literal(verifier)
        )
    )


@contextlib.contextmanager
def _connected(dsn: str) -> Iterator[connection]:
    server = psycopg2.connect(dsn)
    server.autocommit = True
    try:
        yield server
    finally:
        server.close()

"""Warehouses for one test or one module: emulators in front of the shared server."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import psycopg2.extras
import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from pipeline.local.emulator import Emulator
from pipeline.local.postgres.server import Postgres
from pipeline.sql.access.catalog import select_current_state
from pipeline.sql.statement import Statement, identifier
from tests.support.database import new_database
from tests.support.emulator import configuration


class Warehouse:
    """Execute statements as any user."""

    def __init__(self, port: int, database: str, admin_password: str) -> None:
        self._address = {"host": "127.0.0.1", "port": port, "dbname": database}
        self._connections = {}
        self.passwords = {"admin": admin_password}

    def ask(self, statement, user="admin"):
        """Execute a statement; return its rows as dictionaries, or the number of rows changed."""
        with self._connection(user).cursor() as cursor:
            cursor.execute(statement.template, statement.parameters)
            if cursor.description:
                return [dict(row) for row in cursor.fetchall()]
            return cursor.rowcount

    def new_session(self, user):
        """Close a user's session; the next one gets the changed settings."""
        if user in self._connections:
            self._connections.pop(user).close()

    def _connection(self, user):
        if user not in self._connections:
            dsn = make_dsn(user=user, password=self.passwords[user], **self._address)
            connection = psycopg2.connect(dsn, cursor_factory=psycopg2.extras.RealDictCursor)
            connection.autocommit = True
            self._connections[user] = connection
        return self._connections[user]

    def close(self):
        for user in list(self._connections):
            self.new_session(user)


@contextmanager
def running(directory: Path, backend_dsn: str) -> Iterator[Warehouse]:
    """Run an emulator with the administrator ``admin`` in front of an empty database."""
    password = f"Aa1{secrets.token_hex(12)}"
    emulator = Emulator(directory, throw_away=True)
    emulator.start(configuration(backend_dsn, "admin", password) | {"iam_roles": [], "slices": 2})
    warehouse = Warehouse(emulator.port, parse_dsn(backend_dsn)["dbname"], password)
    yield warehouse
    warehouse.close()
    emulator.stop()


@pytest.fixture
def empty_warehouse(new_database, tmp_path) -> Iterator[Warehouse]:
    """A warehouse without users, groups or schemas."""
    with running(tmp_path / "redshift", new_database()) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def used_warehouse(postgres: Postgres, tmp_path_factory) -> Iterator[Warehouse]:
    """A warehouse shared by the tests of a module."""
    name = f"sql_{secrets.token_hex(6)}"
    with (
        new_database(postgres, name) as dsn,
        running(tmp_path_factory.mktemp("redshift"), dsn) as warehouse,
    ):
        yield warehouse


@pytest.fixture
def warehouse(used_warehouse: Warehouse) -> Iterator[Warehouse]:
    """The shared warehouse; schemas that a test creates are dropped after it."""
    yield used_warehouse
    for schema in used_warehouse.ask(select_current_state("etl")["schemas"]):
        if schema["owner_name"] == "admin":
            name = identifier(schema["schema_name"])
            used_warehouse.ask(Statement(f"DROP SCHEMA {name} CASCADE"))

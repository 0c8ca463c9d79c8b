"""A running emulator for each worker, and a schema for each test."""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import psycopg2
import pytest

from tests.support import database
from tests.support.emulator import ROLE, configuration
from tests.support.hooks.certification import DSN
from tests.support.processes import start


@dataclass(frozen=True)
class Emulator:
    """The address of an emulator, and of the PostgreSQL database behind it."""

    port: int
    database: str
    user: str
    password: str
    plain_dsn: str
    log: str
    certificate: str
    host: str = "127.0.0.1"

    def connect(self, user=None, password=None, *, autocommit=True, **options):
        connection = psycopg2.connect(
            port=self.port,
            dbname=self.database,
            user=user or self.user,
            password=password or self.password,
            **{"host": self.host, "sslmode": "disable", **options},
        )
        connection.autocommit = autocommit
        return connection

    def clean(self, client):
        """Remove what a test made."""
        with self.plain() as plain, plain.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {client.schema} CASCADE")
        plain.close()

    def plain(self):
        """Connect to the PostgreSQL database directly, without the emulator."""
        connection = psycopg2.connect(self.plain_dsn)
        connection.autocommit = True
        return connection


@dataclass(frozen=True)
class Cluster:
    """A real cluster instead of an emulator."""

    dsn: str

    def __getattr__(self, name):
        """Return a part of the address: host, port, database, user, password."""
        return psycopg2.extensions.parse_dsn(self.dsn)["dbname" if name == "database" else name]

    def connect(self, user=None, password=None, *, autocommit=True, **options):
        login = {"user": user, "password": password} if user else {}
        connection = psycopg2.connect(self.dsn, **login, **options)
        connection.autocommit = autocommit
        return connection

    def clean(self, client):
        """Remove what a test made, in a session that no test has changed."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {client.schema} CASCADE")
            for user in client.users:
                cursor.execute(f"DROP USER IF EXISTS {user}")


@dataclass(frozen=True)
class Client:
    """A session of the emulator, with a schema first in its search path."""

    connection: psycopg2.extensions.connection
    schema: str
    users: list[str] = field(default_factory=list)
    """Users that the test created."""

    def run(self, sql, parameters=None):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else cursor.statusmessage

    def run_all(self, statements):
        """Run statements that end with semicolons, each as a message of its own."""
        for statement in statements.split("; "):
            self.run(statement)

    def value(self, sql, parameters=None):
        ((value,),) = self.run(sql, parameters)
        return value

    def error(self, sql, parameters=None):
        with pytest.raises(psycopg2.Error) as caught:
            self.run(sql, parameters)
        return caught.value

    def failure(self, sql):
        """Return the error of a statement; None if it has none."""
        try:
            self.run(sql)
        except psycopg2.Error as error:
            return error
        return None

    def notices(self):
        found = "".join(self.connection.notices)
        del self.connection.notices[:]
        return found


@pytest.fixture(scope="session")
def plain_dsn(postgres) -> Iterator[str]:
    """The plain database behind the emulator."""
    name = f"warehouse_{secrets.token_hex(4)}"
    with database.new_database(postgres, name) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def emulator(request) -> Iterator[Emulator | Cluster]:
    """The emulator, or the cluster of ``--cluster``."""
    if DSN in request.config.stash:
        yield Cluster(request.config.stash[DSN])
        return
    names = ("plain_dsn", "s3_server", "tmp_path_factory")
    with running_emulator(*map(request.getfixturevalue, names)) as made:
        yield made


@contextmanager
def running_emulator(plain_dsn, s3_server, tmp_path_factory) -> Iterator[Emulator]:
    name = psycopg2.extensions.parse_dsn(plain_dsn)["dbname"]
    admin, password = f"admin_{secrets.token_hex(4)}", f"A1{secrets.token_hex(12)}"
    directory = tmp_path_factory.mktemp("emulator")
    config = directory / "config.json"
    config.touch(mode=0o600)
    document = {
        **configuration(plain_dsn, admin, password),
        "listen": {"host": "127.0.0.1", "port": 0},
        "s3": {
            "endpoint_url": s3_server.endpoint_url,
            "region": s3_server.credentials.region,
            "access_key_id": s3_server.credentials.access_key_id,
            "secret_access_key": s3_server.credentials.secret_access_key,
        },
        "iam_roles": [ROLE],
        "log_file": str(directory / "emulator.log"),
        "slices": 2,
    }
    config.write_text(json.dumps(document), encoding="utf-8")
    command = [sys.executable, "-m", "redshift_emulator", "--config", str(config)]
    with (directory / "stderr").open("wb") as errors:
        process = start(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    ready = process.stdout.readline()
    assert ready.startswith("ready 127.0.0.1:"), (directory / "stderr").read_text()
    port = int(ready.rsplit(":", 1)[1])
    files = document["log_file"], str(directory / "server.crt")
    yield Emulator(port, name, admin, password, plain_dsn, *files)
    process.terminate()
    assert process.wait(20) == 0
    process.stdout.close()


@pytest.fixture
def client(emulator) -> Iterator[Client]:
    """The administrator's session."""
    schema = f"s_{secrets.token_hex(4)}"
    connection = emulator.connect()
    session = Client(connection, schema)
    session.run(f"CREATE SCHEMA {schema}")
    session.run(f"SET search_path TO {schema}, public")
    yield session
    connection.close()
    emulator.clean(session)


@pytest.fixture
def second(emulator, client) -> Iterator[Client]:
    """A second session of the administrator, in the same schema."""
    connection = emulator.connect()
    session = Client(connection, client.schema)
    session.run(f"SET search_path TO {client.schema}, public")
    yield session
    connection.close()


@pytest.fixture
def plain(emulator) -> Iterator[Client]:
    """A session of PostgreSQL itself, for comparison; its changes are rolled back."""
    connection = psycopg2.connect(emulator.plain_dsn)
    yield Client(connection, "public")
    connection.rollback()
    connection.close()


@pytest.fixture
def new_user(emulator, client) -> Iterator:
    """Create users: each call returns a name and a session of that user."""
    connections = []

    def create(options=""):
        name, password = f"u_{secrets.token_hex(4)}", f"Pw1{secrets.token_hex(6)}"
        client.run(f"CREATE USER {name} PASSWORD %s {options}", (password,))
        client.users.append(name)
        connection = emulator.connect(name, password)
        connections.append(connection)
        return name, Client(connection, client.schema)

    yield create
    for connection in connections:
        connection.close()

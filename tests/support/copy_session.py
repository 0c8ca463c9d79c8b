"""A session for COPY on the emulator's backend connections, without its server."""

import contextlib
import gzip
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg2

import redshift_emulator
from redshift_emulator.copy import grammar
from redshift_emulator.copy.command import execute
from redshift_emulator.copy.session import CopyResult
from redshift_emulator.language.tokens import quoted, split
from redshift_emulator.language.type_names import backend_type
from redshift_emulator.language.types import RedshiftType, TableColumn
from redshift_emulator.protocol.backend import Backend, superuser_backend
from redshift_emulator.protocol.configuration import BackendAddress

ROLE = "arn:aws:iam::123456789012:role/loader"
TABLES = Path(redshift_emulator.__file__).parent / "catalog" / "1_tables.sql"


def parse(text):
    """Parse a COPY as the server does in the database dev."""
    (statement,) = split(text)
    return grammar.parse(statement, "dev")


@dataclass
class S3:
    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str


@dataclass
class Settings:
    s3: S3
    iam_roles: tuple[str, ...] = (ROLE,)
    slices: int = 2


@dataclass
class Session:
    """A session as the server passes it to COPY."""

    backend: Backend
    log: Backend
    settings: Settings
    tables: dict[str, tuple[TableColumn, ...]] = field(default_factory=dict)
    session_id: int = 4711
    database: str = "dev"
    in_block: bool = True
    loads: int = 0
    left_after: int | None = None
    asked: int = 0

    def resolve(self, schema, table):
        return "public" if table in self.tables and schema in {None, "public"} else None

    def columns(self, schema, table):
        return self.tables[table]

    def superuser_backend(self):
        return self.log

    def begin_load(self):
        self.loads += 1
        return 100 + self.loads

    def wait_for_s3(self):
        pass

    def client_gone(self):
        self.asked += 1
        return self.left_after is not None and self.asked > self.left_after


class Loader:
    """Creates tables, uploads files and copies them."""

    def __init__(self, session, bucket, url):
        self.session, self.bucket, self.url = session, bucket, url
        self.client = bucket.client()

    def table(self, name: str, *columns: TableColumn) -> None:
        """Create a table with the types that the emulator stores."""
        definitions = []
        for column in columns:
            kind = backend_type(column.type)
            identity = " GENERATED ALWAYS AS IDENTITY" if column.identity == "always" else ""
            default = " DEFAULT 7" if column.has_default else ""
            null = " NOT NULL" if column.not_null else ""
            definitions.append(f"{quoted(column.name)} {kind}{default}{null}{identity}")
        self.session.log.execute(f"CREATE TABLE {quoted(name)} ({', '.join(definitions)})")
        self.session.tables[name] = tuple(columns)

    def put(self, key: str, content: bytes | str, *, compress: bool = False) -> str:
        data = content.encode() if isinstance(content, str) else content
        self.client.put_object(
            Bucket=self.bucket.name, Key=key, Body=gzip.compress(data) if compress else data
        )
        return f"s3://{self.bucket.name}/{key}"

    def manifest(self, key: str, *entries: dict) -> str:
        return self.put(key, json.dumps({"entries": list(entries)}))

    def copy(self, table: str, url: str, options: str = "CSV") -> CopyResult:
        """COPY in a transaction that is committed, or rolled back after an error."""
        self.session.backend.execute("BEGIN")
        try:
            result = self.execute(f"COPY {table} FROM '{url}' IAM_ROLE '{ROLE}' {options}")
        except BaseException:
            self.session.backend.execute("ROLLBACK")
            raise
        self.session.backend.execute("COMMIT")
        return result

    def execute(self, sql: str) -> CopyResult:
        return execute(parse(sql), self.session)

    def load(self, table: str, content: bytes | str, options: str = "CSV"):
        """Upload one file, copy it, and return the table's rows as text."""
        self.copy(table, self.put(f"{table}/one.csv", content), options)
        return self.rows(table)

    def rows(self, table: str):
        return self.session.log.query(f"SELECT * FROM {quoted(table)}")

    def errors(self, what="*"):
        return self.session.log.query(f"SELECT {what} FROM pg_internal.stl_load_errors_all")

    def plain(self, table: str, content: str, options: str = "FORMAT csv"):
        """Load the same bytes with PostgreSQL's own COPY, roll back, and return the rows."""
        connection = psycopg2.connect(self.url)
        try:
            with connection.cursor() as cursor:
                cursor.copy_expert(
                    f"COPY {quoted(table)} FROM STDIN ({options})", io.StringIO(content)
                )
                cursor.execute(f"SELECT t::text FROM {quoted(table)} AS t")
                return [row[0] for row in cursor.fetchall()]
        finally:
            connection.rollback()
            connection.close()


@contextlib.contextmanager
def backends(url):
    """Open the two connections that the server gives a session: the user's, and one for logs."""
    parts = urlsplit(url)
    address = BackendAddress(
        parts.hostname, parts.port, parts.path[1:], parts.username, unquote(parts.password)
    )
    backend, log = superuser_backend(address), superuser_backend(address)
    with contextlib.closing(backend), contextlib.closing(log):
        for connection in (backend, log):
            connection.execute("SET timezone = 'UTC'")
        log.execute("SET allow_system_table_mods = on")
        yield backend, log


def access(bucket):
    credentials = bucket.server.credentials
    return S3(
        bucket.server.endpoint_url,
        credentials.region,
        credentials.access_key_id,
        credentials.secret_access_key,
    )


def column(name: str, kind: str, *numbers: int, **more) -> TableColumn:
    """Make a column: ``column("a", "varchar", 10)``."""
    if kind == "decimal":
        found = RedshiftType(kind, precision=numbers[0], scale=numbers[1])
    else:
        found = RedshiftType(kind, *numbers)
    return TableColumn(name, found, **more)

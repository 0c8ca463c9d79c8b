"""A schema with one object of each kind, for clients that ask what there is."""

import secrets
from contextlib import closing
from dataclasses import dataclass

import pytest

OBJECTS = """
CREATE SCHEMA {schema};
CREATE TABLE {schema}.parent (
    id integer PRIMARY KEY, name varchar(20) NOT NULL, price decimal(10, 2), day date ENCODE az64,
    ts timestamp, tz timestamptz, flag boolean, f double precision, s super, b varbyte
) DISTKEY (id) SORTKEY (day);
CREATE TABLE {schema}.child (
    n bigint IDENTITY(1, 1), parent_id integer REFERENCES {schema}.parent (id),
    note varchar(9) DEFAULT 'x',
    UNIQUE (n, parent_id)
);
CREATE VIEW {schema}.bound AS SELECT id, name FROM {schema}.parent;
CREATE VIEW {schema}.late AS SELECT id, name FROM {schema}.parent WITH NO SCHEMA BINDING;
CREATE MATERIALIZED VIEW {schema}.kept AS SELECT id FROM {schema}.parent;
CREATE FUNCTION {schema}.twice(integer) RETURNS integer IMMUTABLE
    AS $$ SELECT 2 * $1 $$ LANGUAGE sql;
COMMENT ON TABLE {schema}.parent IS 'the parents';
COMMENT ON COLUMN {schema}.parent.id IS 'their number';
INSERT INTO {schema}.parent (id, name, price, day, ts, tz, flag, f) VALUES
    (1, 'é', 1.5, '2024-02-29', '2024-02-29 12:00', '2024-02-29 12:00+00', true, 2.5)
"""


@dataclass(frozen=True)
class Place:
    """An emulator and a schema in it."""

    emulator: object
    schema: str

    @property
    def login(self):
        """The keyword arguments that most drivers take."""
        return {
            "host": "127.0.0.1",
            "port": self.emulator.port,
            "user": self.emulator.user,
            "password": self.emulator.password,
        }


@pytest.fixture(scope="module")
def place(emulator):
    """A schema with the objects, for the tests of a module."""
    schema = f"clients_{secrets.token_hex(4)}"
    execute(emulator, *OBJECTS.format(schema=schema).split(";\n"))
    yield Place(emulator, schema)
    execute(emulator, f"DROP SCHEMA {schema} CASCADE")


def execute(emulator, *statements):
    with closing(emulator.connect()) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def prefix(bucket, monkeypatch):
    """An S3 prefix in a bucket of its own, such as ``s3://bucket/p``; boto3 finds the server."""
    for name, value in bucket.environment().items():
        monkeypatch.setenv(name, value)
    return f"s3://{bucket.name}/p"

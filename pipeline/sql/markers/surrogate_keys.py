"""The table of surrogate keys: the largest key that each relation has ever given to a row.

It outlives markers and rows, so that no key comes to mean another row after ``pipeline forget`` or
after the row with the largest key is gone. Like markers, its rows are written under the lock of
the marker table.
"""

from dataclasses import asdict, dataclass

from pipeline.names import TableName
from pipeline.sql.statement import Statement, columns, table


@dataclass(frozen=True, slots=True)
class LastKey:
    """The largest key of a relation, and the staging table whose publication recorded it."""

    target_table: str
    last_key: int
    staging_table: str


def key_table(schema: str) -> TableName:
    """Return the name of the table of surrogate keys."""
    return TableName(schema, "surrogate_keys")


def create_key_table(schema: str) -> Statement:
    """Create the table of surrogate keys if it does not exist."""
    return Statement(
        f"""\
CREATE TABLE IF NOT EXISTS {table(key_table(schema))} (
    "target_table" varchar(512) NOT NULL,
    "last_key" bigint NOT NULL,
    "staging_table" varchar(512) NOT NULL,
    PRIMARY KEY ("target_table")
)
DISTSTYLE ALL"""
    )


def select_last_key(schema: str, name: TableName) -> Statement:
    """Read the row of a relation, if it has one."""
    return Statement(
        'SELECT "last_key", "staging_table"\n'
        f"FROM {table(key_table(schema))}\n"
        'WHERE "target_table" = %(target_table)s',
        {"target_table": str(name)},
    )


def delete_last_key(schema: str, name: TableName) -> Statement:
    """Delete the row of a relation."""
    return Statement(
        f'DELETE FROM {table(key_table(schema))}\nWHERE "target_table" = %(target_table)s',
        {"target_table": str(name)},
    )


def insert_last_key(schema: str, row: LastKey) -> Statement:
    """Insert the row of a relation."""
    values = asdict(row)
    return Statement(
        f"INSERT INTO {table(key_table(schema))} ({columns(tuple(values))})\n"
        f"VALUES ({', '.join(f'%({name})s' for name in values)})",
        values,
    )

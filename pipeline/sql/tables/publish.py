"""Statements that put a new generation of rows in a table's place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from pipeline.designs.model import Design
from pipeline.names import MAX_IDENTIFIER_BYTES, TableName
from pipeline.settings import Groups
from pipeline.sql.access.privileges import Grantee, grant_select, grant_table
from pipeline.sql.statement import Statement, columns, table

NEXT = "$next$"
"""Stands between a table's name and the attempt, in the name of a generation."""

ATTEMPT_BYTES = 24
"""Room that a generation's name keeps for the attempt that fills it."""


def staging_table(name: TableName, attempt: str) -> TableName:
    """Return the name under which an attempt prepares a table's next rows."""
    if not 0 < len(attempt.encode()) <= ATTEMPT_BYTES:
        raise ValueError(f"{attempt!r} is longer than {ATTEMPT_BYTES} bytes, or empty")
    return TableName(name.schema, staging_stem(name) + attempt)


def staging_stem(name: TableName) -> str:
    """Return what the names of all generations of a table begin with."""
    return _beside(name, NEXT, spare=ATTEMPT_BYTES).table


def retired(name: TableName) -> TableName:
    """Return the name to which a table's old rows are renamed until they are dropped."""
    return _beside(name, "$old")


def _beside(name: TableName, suffix: str, *, spare: int = 0) -> TableName:
    """Append a suffix; a name that would grow too long is cut and told apart by a hash."""
    whole = name.table + suffix
    room = MAX_IDENTIFIER_BYTES - spare
    if len(whole.encode()) <= room:
        return TableName(name.schema, whole)
    ending = f"${hashlib.sha256(name.table.encode()).hexdigest()[:12]}{suffix}"
    kept = name.table.encode()[: room - len(ending)].decode(errors="ignore")
    return TableName(name.schema, kept + ending)


def lock_tables(names: Iterable[TableName]) -> Statement:
    """Lock tables against readers and writers.

    Always in the same order, so that two transactions never wait for each other.
    https://docs.aws.amazon.com/redshift/latest/dg/r_LOCK.html
    """
    return Statement(f"LOCK TABLE {', '.join(table(name) for name in sorted(set(names)))}")


def delete_all(name: TableName) -> Statement:
    """Delete all rows, within the transaction: TRUNCATE would commit it."""
    return Statement(f"DELETE FROM {table(name)}")


def insert_from_staging_table(design: Design, source: TableName) -> Statement:
    """Copy a generation's rows, keys included, into the design's table."""
    names = columns(tuple(column.name for column in design.loaded_columns))
    return Statement(
        f"INSERT INTO {table(design.name)} ({names})\nSELECT {names}\nFROM {table(source)}"
    )


def row_count(name: TableName) -> Statement:
    """Count a table's rows, as ``row_count``."""
    return Statement(f"SELECT COUNT(*) AS row_count\nFROM {table(name)}")


def analyze(name: TableName) -> Statement:
    """Refresh the planner's statistics; after COMMIT, since a load should not hold its locks."""
    return Statement(f"ANALYZE {table(name)}")


def grants(name: TableName, groups: Groups) -> tuple[Statement, ...]:
    """Let the ETL group do everything with a table or view, and users read it.

    A new object has no grants at all, so they are part of every swap.
    """
    return (
        grant_table(name, Grantee("group", groups.etl)),
        grant_select(name, Grantee("group", groups.users)),
    )

"""Statements that replace a table or its rows with a staging table."""

import hashlib

from pipeline.designs.model import Design
from pipeline.names import MAX_IDENTIFIER_BYTES, TableName
from pipeline.settings import Groups
from pipeline.sql.access.privileges import Grantee, grant_select, grant_table
from pipeline.sql.statement import Statement, columns, table

NEXT = "$next$"
"""The infix of a staging table's name: ``orders$next$0a1b``."""

ATTEMPT_BYTES = 24
"""The maximum length of the attempt in a staging table's name."""


def staging_table(name: TableName, attempt: str) -> TableName:
    """Return an attempt's staging table: ``www.orders$next$0a1b`` for ``www.orders``."""
    if not 0 < len(attempt.encode()) <= ATTEMPT_BYTES:
        raise ValueError(f"{attempt!r} is longer than {ATTEMPT_BYTES} bytes, or empty")
    return TableName(name.schema, staging_stem(name) + attempt)


def staging_stem(name: TableName) -> str:
    """Return the common prefix of a table's staging tables: ``orders$next$``."""
    return _beside(name, NEXT, spare=ATTEMPT_BYTES).table


def retired(name: TableName) -> TableName:
    """Return the name of a replaced table until it is dropped: ``www.orders$old``."""
    return _beside(name, "$old")


def _beside(name: TableName, suffix: str, *, spare: int = 0) -> TableName:
    """Append a suffix; a name that is too long is truncated and gets a hash."""
    whole = name.table + suffix
    room = MAX_IDENTIFIER_BYTES - spare
    if len(whole.encode()) <= room:
        return TableName(name.schema, whole)
    ending = f"${hashlib.sha256(name.table.encode()).hexdigest()[:12]}{suffix}"
    kept = name.table.encode()[: room - len(ending)].decode(errors="ignore")
    return TableName(name.schema, kept + ending)


def delete_all(name: TableName) -> Statement:
    """Delete all rows; unlike TRUNCATE, DELETE does not commit the transaction."""
    return Statement(f"DELETE FROM {table(name)}")


def insert_from_staging_table(design: Design, source: TableName) -> Statement:
    """Insert the rows of a staging table, with their keys, into the design's table."""
    names = columns(tuple(column.name for column in design.loaded_columns))
    return Statement(
        f"INSERT INTO {table(design.name)} ({names})\nSELECT {names}\nFROM {table(source)}"
    )


def analyze(name: TableName) -> Statement:
    """Update the planner's statistics; after COMMIT, so that a load does not hold its locks."""
    return Statement(f"ANALYZE {table(name)}")


def grants(name: TableName, groups: Groups) -> tuple[Statement, ...]:
    """Grant the ETL group all privileges on a table or view, and users SELECT.

    A new object has no grants, so these are part of every swap.
    """
    return (
        grant_table(name, Grantee("group", groups.etl)),
        grant_select(name, Grantee("group", groups.users)),
    )

"""Statements that replace a table or its rows with a staging table."""

from pipeline.designs.model.design import Design
from pipeline.names import TableName
from pipeline.settings import Groups
from pipeline.sql.access.privileges import Grantee, grant_select, grant_table
from pipeline.sql.statement import Statement, columns, identifier, listing, table


def delete_all(name: TableName) -> Statement:
    """Delete all rows; unlike TRUNCATE, DELETE does not commit the transaction."""
    return Statement(f"DELETE FROM {table(name)}")


def insert_from_staging_table(design: Design, source: TableName) -> Statement:
    """Insert the rows of a staging table, with their keys, into the design's table."""
    names = columns(tuple(column.name for column in design.loaded_columns))
    return Statement(
        f"INSERT INTO {table(design.name)} ({names})\nSELECT {names}\nFROM {table(source)}"
    )


def count_nulls(name: TableName, required: tuple[str, ...]) -> Statement:
    """Count the NULLs in each column, the first one's as ``nulls_0``."""
    items = (
        f"COUNT(*) - COUNT({identifier(column)}) AS nulls_{number}"
        for number, column in enumerate(required)
    )
    return Statement(f"SELECT\n{listing(items)}\nFROM {table(name)}")


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

"""Statements that fill a derived table from its query."""

from __future__ import annotations

from pipeline.designs.model import Column, Design
from pipeline.errors import DesignError
from pipeline.names import TableName
from pipeline.sql.statement import Statement, columns, listing, table
from pipeline.sql.tables.checks import required_columns
from pipeline.sql.tables.ddl import column_type
from pipeline.sql.tables.query import embedded, origin

NOT_AVAILABLE = "N/A"


def fill(design: Design, target: TableName) -> tuple[Statement, ...]:
    """Render what fills a generation: the query's rows and the row with key 0 of a dimension.

    Facts without a partner point at that row, so that joins on the key lose nothing. The key's
    column is numbered by default (``create_table``), which takes an explicit value too and goes on
    counting from 1 as before.
    https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
    """
    rows = insert_from_query(design, target)
    return (rows,) if design.identity is None else (rows, insert_key_zero(design, target))


def insert_from_query(design: Design, target: TableName) -> Statement:
    """Insert the query's rows: the design's columns, in order, without the surrogate key."""
    names = columns(tuple(column.name for column in design.data_columns))
    head = f"INSERT INTO {table(target)} ({names})"
    return Statement(f"{head}\n{embedded(design)}", origin=origin(design, head))


def insert_key_zero(design: Design, target: TableName) -> Statement:
    """Insert the row with key 0: NULL where allowed, else 'N/A', FALSE, 0 or a date, by type."""
    names = columns(tuple(column.name for column in design.loaded_columns))
    values = listing(_value(design, column) for column in design.loaded_columns)
    return Statement(f"INSERT INTO {table(target)} ({names})\nVALUES (\n{values}\n)")


def explain(design: Design) -> Statement:
    """Ask for the plan of a query, without running it."""
    return Statement(f"EXPLAIN\n{embedded(design)}", origin=origin(design, "EXPLAIN"))


_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_LITERALS = {
    **dict.fromkeys(_NUMBERS, "0"),
    "boolean": "FALSE",
    "date": "CAST('1970-01-01' AS date)",
    "timestamp": "CAST('1970-01-01 00:00:00' AS timestamp)",
    "timestamptz": "CAST('1970-01-01 00:00:00+00' AS timestamptz)",
    "time": "CAST('00:00:00' AS time)",
    "timetz": "CAST('00:00:00+00' AS timetz)",
    "super": f"CAST('{NOT_AVAILABLE}' AS super)",
}


def _value(design: Design, column: Column) -> str:
    """Return the literal that stands in a column of the row with key 0."""
    if column.identity:
        return "0"
    if column.name not in required_columns(design):
        return "NULL"
    kind = column_type(column)
    if kind.base in {"varchar", "char"}:
        return f"'{NOT_AVAILABLE[: kind.sizes[0]]}'"
    if kind.base == "varbyte":
        return f"CAST('{NOT_AVAILABLE[: kind.sizes[0]]}' AS {kind})"
    if kind.base not in _LITERALS:
        raise DesignError(
            f"{design.name}: nothing can stand for '{NOT_AVAILABLE}' in a column of type"
            f" {kind}; let '{column.name}' be NULL"
        )
    return _LITERALS[kind.base]

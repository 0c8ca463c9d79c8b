"""Statements that show a relation's rows, and the columns of a query."""

from pipeline.designs.model.design import Design
from pipeline.sql.statement import Statement, columns, identifier, table
from pipeline.sql.tables.query import embedded, origin


def select_rows(design: Design, limit: int) -> Statement:
    """Select some rows of a relation: its design's columns, in no particular order."""
    names = columns(tuple(column.name for column in design.loaded_columns))
    text = f"SELECT {names}\nFROM {table(design.name)}\nLIMIT %(limit)s"
    return Statement(text, {"limit": limit})


def create_empty(design: Design, name: str) -> Statement:
    """Create a temporary table with the columns of a query, without running the query.

    ``name`` must be unique in the warehouse: ``query_columns`` finds the table by it.
    https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html
    """
    head = f"CREATE TEMP TABLE {identifier(name)} AS\nSELECT *\nFROM ("
    return Statement(
        f"{head}\n{embedded(design)}\n) AS q\nWHERE FALSE\nLIMIT 0", origin=origin(design, head)
    )


def query_columns(name: str) -> Statement:
    """List the columns of a temporary table in order: ``column_name``, ``column_type``."""
    text = """\
SELECT
    a.attname AS column_name,
    FORMAT_TYPE(a.atttypid, a.atttypmod) AS column_type
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c
    ON c.oid = a.attrelid
WHERE c.relname = %(name)s
    AND a.attnum > 0
    AND NOT a.attisdropped
ORDER BY a.attnum"""
    return Statement(text, {"name": name})

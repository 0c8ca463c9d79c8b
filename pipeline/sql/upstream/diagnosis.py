"""Statements that find the column, row and value at which a dump fails."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.designs.model.design import Column
from pipeline.designs.model.upstream import quoted
from pipeline.sql.statement import Statement, identifier
from pipeline.sql.upstream.extract import Extract, PageRange, select

_CURSOR = "redshift_pipeline"


def count_values(extract: Extract, column: Column, pages: PageRange | None = None) -> Statement:
    """Evaluate one column's expression for every row, to see whether it fails."""
    inner = select(replace(extract, columns=(column,)), pages)
    name = identifier(column.name)
    return Statement(
        f"SELECT pg_catalog.count({name}) AS values\nFROM (\n{inner.template}\n) AS one"
    )


def count_in_utf8(extract: Extract, column: Column, pages: PageRange | None = None) -> Statement:
    """Convert one column of every row to UTF-8, to see whether that fails."""
    converted = f"pg_catalog.convert_to(({_sql(column)})::text, 'UTF8')"
    text = replace(column, expression=converted, too_long=None)
    return count_values(replace(extract, types={}), text, pages)


def declare_bytes(extract: Extract, columns: Sequence[Column]) -> Statement:
    """Open a cursor over columns as text in the bytes of the database's encoding, ``value_n``.

    https://www.postgresql.org/docs/current/sql-declare.html
    """
    raw = "pg_catalog.convert_to(({})::text, pg_catalog.getdatabaseencoding())"
    found = tuple(
        replace(each, name=f"value_{number}", expression=raw.format(_sql(each)), too_long=None)
        for number, each in enumerate(columns)
    )
    query = select(replace(extract, columns=found, types={}))
    return Statement(f"DECLARE {_CURSOR} NO SCROLL CURSOR FOR\n{query.template}")


def fetch_bytes(rows: int) -> Statement:
    """Fetch the next rows of ``declare_bytes``."""
    return Statement(f"FETCH {rows:d} FROM {_CURSOR}")


def _sql(column: Column) -> str:
    """Return the SQL of a column's value, with a line break if it ends in a comment."""
    if column.expression is None:
        return quoted(column.upstream_name)
    return f"{column.expression}\n" if "--" in column.expression else column.expression

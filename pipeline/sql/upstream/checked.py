"""Queries around that of a design's values, whose SQL cannot mean a name out here."""

from collections.abc import Sequence

from pipeline.designs.model.design import Column
from pipeline.sql.statement import identifier
from pipeline.sql.upstream.exact import Types, exact, is_inexact
from pipeline.sql.upstream.too_long import fitted, is_too_long


def checked(query: str, columns: Sequence[Column], types: Types) -> str:
    """Return a query of the same values as ``query``: exact ones, none too long for its column."""
    if not any(column.too_long or is_inexact(column, types) for column in columns):
        return query
    values = [
        f"  {fitted(exact(_value(column), column, types), column)} AS {identifier(column.name)}"
        for column in columns
    ]
    return _around(query, values)


def counted(query: str, columns: Sequence[Column]) -> str:
    """Return a query that counts the values of ``query`` that are too long, by column."""
    counts = [
        f"  pg_catalog.count(*) FILTER (WHERE {is_too_long(_value(column), column)})"
        f" AS {identifier(column.name)}"
        for column in columns
    ]
    return _around(query, counts)


def _value(column: Column) -> str:
    return f"computed.{identifier(column.name)}"


def _around(query: str, values: Sequence[str]) -> str:
    return "\n".join(["SELECT", ",\n".join(values), f"FROM (\n{query}\n) AS computed"])

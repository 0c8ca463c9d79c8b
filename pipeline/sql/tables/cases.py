"""Statements that give a query the rows of a case, and read back what it returns."""

from collections.abc import Iterable, Iterator

from pipeline.designs.cases.model import Rows, Sql, Value
from pipeline.designs.model.design import Column, Design
from pipeline.designs.model.types import NUMBERS, SqlType
from pipeline.names import TableName
from pipeline.sql.statement import Statement, columns, doubled, identifier, listing, table
from pipeline.sql.tables.checks import required_columns
from pipeline.sql.tables.ddl import column_type
from pipeline.sql.tables.publish import delete_all
from pipeline.sql.tables.refresh import not_null_value

POSITION = "position$"
"""The column that numbers the expected rows; unlikely to be the name of a column."""

Values = dict[str, str]


def insert_given(design: Design, rows: Rows) -> Statement:
    """Insert the rows that a case gives.

    A column that no row names is NULL; if it must not be, it has the value of the row with key 0.
    Surrogate keys that are not named are 1, 2, 3 …
    """
    required = required_columns(design)
    named = {name for row in rows for name in row}
    used = [column for column in design.loaded_columns if column.name in {*named, *required}]
    values: Values = {}
    keys = _free_keys(design, rows)
    lines = [
        ", ".join(
            _value(column, row[column.name], values)
            if column.name in row
            else str(next(keys))
            if column.identity
            else not_null_value(design, column)
            if column.name in required
            else "NULL"
            for column in used
        )
        for row in rows
    ]
    names = columns(tuple(column.name for column in used))
    return Statement(
        f"INSERT INTO {table(design.name)} ({names})\nVALUES\n"
        f"{listing(f'({line})' for line in lines)}",
        values,
    )


def _free_keys(design: Design, rows: Rows) -> Iterator[int]:
    key = "" if design.identity is None else design.identity.name
    taken = {row[key] for row in rows if key in row}
    return (number for number in range(1, 2 + 2 * len(rows)) if str(number) not in taken)


def has_row_zero(design: Design, rows: Rows) -> bool:
    """Return whether rows hold the row with key 0, or the relation has none."""
    return design.identity is None or any(row.get(design.identity.name) == "0" for row in rows)


_READERS = {"super": "JSON_PARSE", "varbyte": "FROM_HEX"}
"""Functions that read the text of a value.

https://docs.aws.amazon.com/redshift/latest/dg/JSON_PARSE.html
https://docs.aws.amazon.com/redshift/latest/dg/r_FROM_HEX.html
"""


def _value(column: Column, value: Value, values: Values) -> str:
    """Render a value as a literal of the column's type, or as text if the type is not known."""
    if value is None:
        return "NULL"
    if isinstance(value, Sql):
        return f"({doubled(value.text)})"
    return _literal(column_type(column) if column.sql_type else SqlType("varchar"), value, values)


def _literal(kind: SqlType, value: str, values: Values) -> str:
    """Render a checked text; an explicit CAST of a text column would cut what is too long."""
    if kind.base == "boolean":
        return value.upper()
    if kind.base in NUMBERS:
        return f"CAST({value} AS {kind})"
    name = f"value_{len(values)}"
    values[name] = value
    if kind.base in _READERS:
        return f"{_READERS[kind.base]}(%({name})s)"
    is_moment = kind.base.startswith(("date", "time"))
    return f"CAST(%({name})s AS {kind})" if is_moment else f"%({name})s"


def select_expected(
    design: Design, source: TableName, names: tuple[str, ...], rows: Rows
) -> Statement:
    """Select the rows that a query must return, in their order; absent values are NULL.

    The first SELECT has no rows: it gives all values the types of the rows that were returned.
    """
    known = {column.name: column for column in design.loaded_columns}
    values: Values = {}
    head = (
        f"SELECT 0 AS {identifier(POSITION)}, {columns(names)}\n"
        f"FROM {table(source)}\nWHERE 1 = 0\n"
    )
    lines = [
        f"SELECT {number}, "
        + ", ".join(_value(known[name], row.get(name), values) for name in names)
        for number, row in enumerate(rows)
    ]
    union = "".join(f"UNION ALL\n{line}\n" for line in lines)
    return Statement(f"{head}{union}ORDER BY 1", values)


def select_returned(design: Design, source: TableName, names: tuple[str, ...]) -> Statement:
    """Select what the query returned: all rows but the one with key 0, which it did not."""
    where = f"\nWHERE {identifier(design.identity.name)} <> 0" if design.identity else ""
    return Statement(f"SELECT {columns(names)}\nFROM {table(source)}{where}")


def delete_all_of(names: Iterable[TableName]) -> Statement:
    """Delete all rows of several tables, in one request."""
    return Statement(";\n".join(delete_all(name).template for name in names))


def create_own_schema(name: str) -> Statement:
    """Create a schema that belongs to the current user."""
    return Statement(f"CREATE SCHEMA {identifier(name)}")


def rename_schema(name: str, new: str) -> Statement:
    """Rename a schema.

    https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_SCHEMA.html
    """
    return Statement(f"ALTER SCHEMA {identifier(name)}\nRENAME TO {identifier(new)}")


def select_schemas() -> Statement:
    """Select the names of all schemas, as ``schema_name``."""
    return Statement("SELECT nspname AS schema_name\nFROM pg_catalog.pg_namespace")

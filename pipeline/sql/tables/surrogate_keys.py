"""Statements by which the rows of a table keep their surrogate keys from load to load.

New rows are first inserted into a table of their own. From there, a row whose natural key is known
goes to the staging table with the key that it has; every other row gets the next key, which the
identity column of the staging table generates.
"""

from pipeline.designs.model.design import Column, Design
from pipeline.errors import DesignError
from pipeline.names import TableName
from pipeline.sql.statement import Statement, columns, identifier, table
from pipeline.sql.tables.checks import required_columns
from pipeline.sql.tables.refresh import not_null_value


def select_largest_key(design: Design) -> Statement:
    """Select the largest surrogate key of a table, as ``last_key``; NULL if it is empty."""
    return Statement(
        f"SELECT MAX({_key(design)}) AS last_key\nFROM {table(design.name)}\n"
        f"WHERE {_key(design)} <> 0"
    )


def select_generated_keys(design: Design, staging: TableName) -> Statement:
    """Select the smallest and the largest generated key; NULL if there are none."""
    key = _key(design)
    return Statement(
        f"SELECT MIN({key}) AS first_key, MAX({key}) AS last_key\nFROM {table(staging)}\n"
        f"WHERE {key} <> 0"
    )


def insert_unknown_rows(design: Design, rows: TableName, staging: TableName) -> Statement:
    """Insert the rows whose natural key the table does not hold; each gets a new key."""
    names = tuple(column.name for column in design.data_columns)
    return Statement(
        f"INSERT INTO {table(staging)} ({columns(names)})\n"
        f"SELECT {_fresh(names)}\n"
        f"FROM {table(rows)} AS fresh\n"
        f"LEFT JOIN {_kept(design)}\n"
        f"WHERE kept.{_key(design)} IS NULL\n"
        f"    AND fresh.{_key(design)} <> 0"
    )


def insert_known_rows(design: Design, rows: TableName, staging: TableName) -> Statement:
    """Insert the rows whose natural key the table holds; each keeps its key."""
    names = tuple(column.name for column in design.data_columns)
    key = _key(design)
    return Statement(
        f"INSERT INTO {table(staging)} ({key}, {columns(names)})\n"
        f"SELECT kept.{key}, {_fresh(names)}\n"
        f"FROM {table(rows)} AS fresh\n"
        f"JOIN {_kept(design)}\n"
        f"WHERE fresh.{key} <> 0"
    )


def insert_row_zero(design: Design, rows: TableName, staging: TableName) -> Statement:
    """Insert the row with key 0, if there is one, with its key."""
    names = columns(tuple(column.name for column in design.loaded_columns))
    return Statement(
        f"INSERT INTO {table(staging)} ({names})\n"
        f"SELECT {names}\n"
        f"FROM {table(rows)}\n"
        f"WHERE {_key(design)} = 0"
    )


def _kept(design: Design) -> str:
    """Render the keys that the table holds, each with its natural key.

    A natural key that several rows share identifies none of them.
    """
    key, names = _key(design), columns(design.identifying_key)
    conditions = [
        condition
        for column in design.loaded_columns
        if column.name in design.identifying_key
        for condition in _equal(design, column)
    ]
    return (
        "(\n"
        f"    SELECT MIN({key}) AS {key}, {names}\n"
        f"    FROM {table(design.name)}\n"
        f"    WHERE {key} <> 0\n"
        f"    GROUP BY {names}\n"
        "    HAVING COUNT(*) = 1\n"
        ") AS kept\n"
        f"    ON {_AND.join(conditions)}"
    )


_AND = "\n    AND "


def _equal(design: Design, column: Column) -> tuple[str, ...]:
    """Compare a column of both tables; two NULLs are equal.

    Redshift has no IS NOT DISTINCT FROM, and joins row by row (a nested loop) if a condition is
    not an equality.
    https://docs.aws.amazon.com/redshift/latest/dg/query-performance-improvement-opportunities.html
    """
    name = identifier(column.name)
    old, new = f"kept.{name}", f"fresh.{name}"
    if column.name in required_columns(design):
        return (f"{old} = {new}",)
    value = not_null_value(design, column)
    return f"NVL({old}, {value}) = NVL({new}, {value})", f"NVL2({old}, 1, 0) = NVL2({new}, 1, 0)"


def _fresh(names: tuple[str, ...]) -> str:
    return ", ".join(f"fresh.{identifier(name)}" for name in names)


def _key(design: Design) -> str:
    if design.identity is None:
        raise DesignError(f"{design.name} has no surrogate key")
    return identifier(design.identity.name)

"""Queries that verify the declared keys of a staging table before it is published.

Redshift does not enforce keys, but its planner relies on them: queries return wrong results if a
declared key is violated.
https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.designs.model import Design
from pipeline.names import TableName
from pipeline.sql.statement import Statement, columns, identifier, listing, table
from pipeline.sql.tables.ddl import declared_keys

OCCURRENCES = "occurrences$"
"""The alias of the count; unlikely to be the name of a column."""


@dataclass(frozen=True, slots=True)
class Key:
    """A declared key.

    Rows with NULL are compared in a primary key, but never violate a unique key.
    """

    columns: tuple[str, ...]
    primary: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """The result of ``counts``; ``nulls`` holds NOT NULL columns with their numbers of NULLs."""

    rows: int
    nulls: tuple[tuple[str, int], ...]


def required_columns(design: Design) -> tuple[str, ...]:
    """Return the columns that must not be NULL: declared NOT NULL or part of the primary key."""
    primary, _ = declared_keys(design.constraints)
    return tuple(
        column.name
        for column in design.loaded_columns
        if column.not_null or column.identity or column.name in primary
    )


def counts(design: Design, name: TableName) -> Statement:
    """Count rows, and NULLs in NOT NULL columns, in one scan; ``read_counts`` reads the row."""
    nulls = (
        f"COUNT(*) - COUNT({identifier(column)}) AS nulls_{number}"
        for number, column in enumerate(required_columns(design))
    )
    items = listing(["COUNT(*) AS row_count", *nulls])
    return Statement(f"SELECT\n{items}\nFROM {table(name)}")


def read_counts(design: Design, row: Mapping[str, Any]) -> Counts:
    """Read the row that ``counts`` returns."""
    found = (
        (column, int(row[f"nulls_{number}"]))
        for number, column in enumerate(required_columns(design))
    )
    return Counts(int(row["row_count"]), tuple(item for item in found if item[1]))


def keys(design: Design) -> tuple[Key, ...]:
    """Return the keys to verify, without those that contain another key."""
    primary, unique = declared_keys(design.constraints)
    found = ([Key(primary, primary=True)] if primary else []) + [
        Key(key, primary=False) for key in unique
    ]
    return tuple(
        key for key in found if not any(set(other.columns) < set(key.columns) for other in found)
    )


def duplicates(name: TableName, key: Key, *, examples: int = 5) -> Statement:
    """List up to ``examples`` duplicate values of a key, the most frequent first.

    A row holds the key's columns and ``OCCURRENCES``. No rows: the key is valid.
    """
    names = columns(key.columns)
    lines = [f"SELECT {names}, COUNT(*) AS {identifier(OCCURRENCES)}", f"FROM {table(name)}"]
    if not key.primary:
        not_null = "\n    AND ".join(f"{identifier(column)} IS NOT NULL" for column in key.columns)
        lines.append(f"WHERE {not_null}")
    lines += [f"GROUP BY {names}", "HAVING COUNT(*) > 1"]
    lines += [f"ORDER BY COUNT(*) DESC, {names}", f"LIMIT {examples:d}"]
    return Statement("\n".join(lines))

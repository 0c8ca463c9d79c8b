"""Questions that a generation must answer before it is published, since Redshift enforces no key.

Yet its planner relies on declared keys: a false one gives wrong answers to queries.
https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.designs.model import Design
from pipeline.names import TableName
from pipeline.sql.statement import Statement, columns, identifier, listing, table
from pipeline.sql.tables.ddl import declared_keys

OCCURRENCES = "occurrences$"
"""The column that counts them; no column of a design is likely to have this name."""


@dataclass(frozen=True, slots=True)
class Key:
    """A declared key.

    Rows with a NULL in them count for a primary key; in a unique key NULLs never clash.
    """

    columns: tuple[str, ...]
    primary: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """What one scan of a table tells; ``nulls`` names columns that are NULL and must not be."""

    rows: int
    nulls: tuple[tuple[str, int], ...]


def required_columns(design: Design) -> tuple[str, ...]:
    """Return the columns that must not be NULL: declared so, or part of the primary key."""
    primary, _ = declared_keys(design.constraints)
    return tuple(
        column.name
        for column in design.loaded_columns
        if column.not_null or column.identity or column.name in primary
    )


def counts(design: Design, name: TableName) -> Statement:
    """Count rows and forbidden NULLs in one scan; ``read_counts`` reads the row.

    COUNT of a column leaves its NULLs out.
    """
    nulls = (
        f"COUNT(*) - COUNT({identifier(column)}) AS nulls_{number}"
        for number, column in enumerate(required_columns(design))
    )
    items = listing(["COUNT(*) AS row_count", *nulls])
    return Statement(f"SELECT\n{items}\nFROM {table(name)}")


def read_counts(design: Design, row: Mapping[str, Any]) -> Counts:
    """Read the one row that ``counts`` answers."""
    found = (
        (column, int(row[f"nulls_{number}"]))
        for number, column in enumerate(required_columns(design))
    )
    return Counts(int(row["row_count"]), tuple(item for item in found if item[1]))


def keys(design: Design) -> tuple[Key, ...]:
    """Return the keys to verify, leaving out those that hold because a part of them is a key."""
    primary, unique = declared_keys(design.constraints)
    found = ([Key(primary, primary=True)] if primary else []) + [
        Key(key, primary=False) for key in unique
    ]
    return tuple(
        key for key in found if not any(set(other.columns) < set(key.columns) for other in found)
    )


def duplicates(name: TableName, key: Key, *, examples: int = 5) -> Statement:
    """List up to ``examples`` values of a key that occur more than once, the most frequent first.

    A row holds the key's columns and then ``OCCURRENCES``; no row: the key holds.
    """
    names = columns(key.columns)
    lines = [f"SELECT {names}, COUNT(*) AS {identifier(OCCURRENCES)}", f"FROM {table(name)}"]
    if not key.primary:
        present = "\n    AND ".join(f"{identifier(column)} IS NOT NULL" for column in key.columns)
        lines.append(f"WHERE {present}")
    lines += [f"GROUP BY {names}", "HAVING COUNT(*) > 1"]
    lines += [f"ORDER BY COUNT(*) DESC, {names}", f"LIMIT {examples:d}"]
    return Statement("\n".join(lines))

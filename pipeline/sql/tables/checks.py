"""Queries that verify the declared keys of a staging table before it is published.

Redshift does not enforce keys, but its planner relies on them: queries return wrong results if a
declared key is violated.
https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.designs.model.design import Design
from pipeline.names import TableName
from pipeline.sql.statement import Statement, columns, identifier, listing, table
from pipeline.sql.tables.ddl import declared_keys

OCCURRENCES = "occurrences$"
"""The alias of the count; unlikely to be the name of a column."""

SMALLEST_KEY = "smallest_key$"
"""The alias of the smallest surrogate key of rows with equal values; 0 is the pipeline's row."""


@dataclass(frozen=True, slots=True)
class Key:
    """A declared key.

    Rows with NULL are compared in a primary key, but never violate a unique key. If rows keep
    their surrogate keys by this key (``identifies``), NULLs are compared too, except with the row
    that the pipeline adds.
    """

    columns: tuple[str, ...]
    primary: bool
    surrogate: str | None = None
    """The identity column of the table, unless it is the key itself."""
    identifies: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """The result of ``counts``: ``nulls`` holds NOT NULL columns with their numbers of NULLs.

    ``repeated`` are the keys that are not unique.
    """

    rows: int
    nulls: tuple[tuple[str, int], ...]
    repeated: tuple[Key, ...] = ()


def required_columns(design: Design) -> tuple[str, ...]:
    """Return the columns that must not be NULL: declared NOT NULL or part of the primary key."""
    primary, _ = declared_keys(design.constraints)
    return tuple(
        column.name
        for column in design.loaded_columns
        if column.not_null or column.identity or column.name in primary
    )


def counts(design: Design, name: TableName, unique: tuple[Key, ...] = ()) -> Statement:
    """Count rows, NULLs in NOT NULL columns, and the repeated values of keys.

    ``read_counts`` reads the row. Each key takes a scan of its own.
    """
    nulls = (
        f"COUNT(*) - COUNT({identifier(column)}) AS nulls_{number}"
        for number, column in enumerate(required_columns(design))
    )
    items = listing(["COUNT(*) AS row_count", *nulls])
    rows = f"SELECT\n{items}\nFROM {table(name)}"
    if not unique:
        return Statement(rows)
    scans = [f"SELECT *\nFROM (\n{_indented(rows)}\n) AS r"]
    for number, key in enumerate(unique):
        values = f"SELECT COUNT(*) AS occurrences\n{_repeated(name, key)}"
        found = f"SELECT COUNT(*) AS repeated_{number}\nFROM (\n{_indented(values)}\n) AS k"
        scans.append(f"CROSS JOIN (\n{_indented(found)}\n) AS key_{number}")
    return Statement("\n".join(scans))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def read_counts(design: Design, row: Mapping[str, Any], unique: tuple[Key, ...] = ()) -> Counts:
    """Read the row that ``counts`` returns for these keys."""
    found = (
        (column, int(row[f"nulls_{number}"]))
        for number, column in enumerate(required_columns(design))
    )
    return Counts(
        int(row["row_count"]),
        tuple(item for item in found if item[1]),
        tuple(key for number, key in enumerate(unique) if row[f"repeated_{number}"]),
    )


def keys(design: Design) -> tuple[Key, ...]:
    """Return the keys to verify, without those that contain another key.

    An identity column is a key, declared or not: Redshift does not keep explicit values unique.
    """
    primary, unique = declared_keys(design.constraints)
    found = {key: key == primary for key in (primary, *unique) if key}
    identity = (design.identity.name,) if design.identity else ()
    if identity:
        found.setdefault(identity, False)
    return tuple(
        _key(design, key, primary=is_primary)
        for key, is_primary in found.items()
        if not any(set(other) < set(key) for other in found)
    )


def _key(design: Design, key: tuple[str, ...], *, primary: bool) -> Key:
    if design.identity is None or key == (design.identity.name,):
        return Key(key, primary)
    return Key(key, primary, design.identity.name, identifies=key == design.identifying_key)


def duplicates(name: TableName, key: Key) -> Statement:
    """List up to five duplicate values of a key, the most frequent first.

    A row holds the key's columns and ``OCCURRENCES``, and ``SMALLEST_KEY`` if the table has a
    surrogate key. No rows: the key is valid.
    """
    names = columns(key.columns)
    smallest = ""
    if key.surrogate:
        smallest = f", MIN({identifier(key.surrogate)}) AS {identifier(SMALLEST_KEY)}"
    count = f"COUNT(*) AS {identifier(OCCURRENCES)}"
    lines = [f"SELECT {names}, {count}{smallest}", _repeated(name, key)]
    lines += [f"ORDER BY COUNT(*) DESC, {names}", "LIMIT 5"]
    return Statement("\n".join(lines))


def _repeated(name: TableName, key: Key) -> str:
    """Render the end of a query of the values of a key that occur more than once."""
    names, condition = columns(key.columns), ""
    if not key.primary:
        not_null = "\n    AND ".join(f"{identifier(column)} IS NOT NULL" for column in key.columns)
        if key.surrogate and key.identifies:
            not_null = f"{identifier(key.surrogate)} <> 0\n    OR {not_null}"
        condition = f"WHERE {not_null}\n"
    return f"FROM {table(name)}\n{condition}GROUP BY {names}\nHAVING COUNT(*) > 1"

"""Statements that apply a delta to a table, and compare keys before.

Keys are NOT NULL in all tables, so that they are compared by plain equality: Redshift joins by
hash or merge only on equality, and not on comparisons that treat NULLs as equal.
https://docs.aws.amazon.com/redshift/latest/dg/query-performance-improvement-opportunities.html
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.designs.model import Attributes, Constraints, Design
from pipeline.names import TableName
from pipeline.sql.statement import Statement, columns, identifier, listing, table

CURRENT, NEW, KEYS = "in_table", "in_delta", "in_keys"


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How the keys of a table, of a delta and of upstream overlap.

    ``changed`` are in the table and the delta, ``added`` only in the delta. ``gone`` are in the
    table and not upstream. ``lost`` are upstream, and neither in the table nor in the delta;
    ``unknown`` are in the delta and not upstream. ``repeated`` are in one of them more than once.
    """

    current: int
    changed: int
    added: int
    gone: int = 0
    lost: int = 0
    unknown: int = 0
    repeated: int = 0

    @property
    def after(self) -> int:
        """Return the number of rows that the table has after the delta was applied."""
        return self.current + self.added - self.gone


def key_design(design: Design) -> Design:
    """Return the design of the table of upstream's keys: distributed and sorted as the table."""
    key, attributes = design.row_key, design.attributes
    distribution = attributes.distribution
    if isinstance(distribution, tuple) and not set(distribution) <= set(key):
        distribution = None
    is_prefix = attributes.compound_sort[: len(key)] == key
    return dataclasses.replace(
        design,
        columns=tuple(column for column in design.data_columns if column.name in key),
        constraints=Constraints(primary_key=key),
        attributes=Attributes(distribution, key if is_prefix else ()),
        description=None,
    )


def count_rows(name: TableName) -> Statement:
    """Count the rows of a table: ``row_count``."""
    return Statement(f"SELECT COUNT(*) AS row_count\nFROM {table(name)}")


def count_changed(design: Design, delta: TableName) -> Statement:
    """Count the rows of the table whose keys the delta has: ``row_count``."""
    return Statement(
        "SELECT COUNT(*) AS row_count\n"
        f"FROM {table(design.name)} AS t\n"
        f"JOIN {table(delta)} AS d\n"
        f"    ON {_equal(design.row_key, 't', 'd')}"
    )


def existing_keys(
    design: Design, delta: TableName, key: tuple[str, ...], *, examples: int = 5
) -> Statement:
    """List up to ``examples`` keys that both the table and the delta have."""
    names = ", ".join(f"d.{identifier(name)}" for name in key)
    return Statement(
        f"SELECT {names}\n"
        f"FROM {table(delta)} AS d\n"
        f"JOIN {table(design.name)} AS t\n"
        f"    ON {_equal(key, 't', 'd')}\n"
        f"ORDER BY {names}\n"
        f"LIMIT {examples:d}"
    )


def compare_keys(design: Design, delta: TableName, keys: TableName) -> Statement:
    """Count the keys of the table, the delta and upstream by where they occur.

    ``read_key_counts`` reads the rows: one for each combination, with ``occurrences`` the number
    of its keys and the rows of one key in each of the three.
    """
    names = columns(design.row_key)
    parts = "\n    UNION ALL\n".join(
        f"    SELECT {names}, {', '.join(f'{int(each == place)} AS {each}' for each in _PLACES)}\n"
        f"    FROM {table(name)}"
        for place, name in zip(_PLACES, (design.name, delta, keys), strict=True)
    )
    sums = listing(f"SUM({each}) AS {each}" for each in _PLACES)
    places = ", ".join(_PLACES)
    return Statement(
        f"SELECT {places}, COUNT(*) AS occurrences\n"
        f"FROM (\n    SELECT\n{sums}\n    FROM (\n{parts}\n    ) AS every_key\n"
        f"    GROUP BY {names}\n) AS distinct_keys\n"
        f"GROUP BY {places}"
    )


_PLACES = (CURRENT, NEW, KEYS)


def read_key_counts(rows: Iterable[Mapping[str, Any]]) -> KeyCounts:
    """Read the rows that ``compare_keys`` returns."""
    totals = dict.fromkeys((field.name for field in dataclasses.fields(KeyCounts)), 0)
    for row in rows:
        current, new, upstream = (int(row[place]) for place in _PLACES)
        many = int(row["occurrences"])
        kinds = {
            "changed": current and new,
            "added": new and not current,
            "gone": current and not upstream,
            "lost": upstream and not (current or new),
            "unknown": new and not upstream,
            "repeated": max(current, new, upstream) > 1,
        }
        totals["current"] += current * many
        for kind, applies in kinds.items():
            totals[kind] += many if applies else 0
    return KeyCounts(**totals)


def delete_replaced(design: Design, delta: TableName) -> Statement:
    """Delete the rows of the table that the delta replaces.

    https://docs.aws.amazon.com/redshift/latest/dg/r_DELETE.html
    """
    left, right = identifier(design.name.table), identifier(delta.table)
    return Statement(
        f"DELETE FROM {table(design.name)}\n"
        f"USING {table(delta)}\n"
        f"WHERE {_equal(design.row_key, left, right)}"
    )


def delete_gone(design: Design, keys: TableName) -> Statement:
    """Delete the rows of the table whose keys upstream does not have."""
    left, right = identifier(keys.table), identifier(design.name.table)
    return Statement(
        f"DELETE FROM {table(design.name)}\n"
        "WHERE NOT EXISTS (\n"
        "    SELECT 1\n"
        f"    FROM {table(keys)}\n"
        f"    WHERE {_equal(design.row_key, left, right)}\n"
        ")"
    )


def delete_window(design: Design, column: str, since: str) -> Statement:
    """Delete the rows of the window, which the delta replaces."""
    return Statement(
        f"DELETE FROM {table(design.name)}\nWHERE {identifier(column)} >= %(since)s",
        {"since": since},
    )


def count_window(design: Design, column: str, since: str) -> Statement:
    """Count the rows of the window: ``row_count``."""
    return Statement(
        "SELECT COUNT(*) AS row_count\n"
        f"FROM {table(design.name)}\n"
        f"WHERE {identifier(column)} >= %(since)s",
        {"since": since},
    )


def _equal(key: Iterable[str], left: str, right: str) -> str:
    return "\n    AND ".join(
        f"{left}.{identifier(name)} = {right}.{identifier(name)}" for name in key
    )

"""How a table should lie in the warehouse, by its keys, size and columns, with the reason.

https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html
https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.designs.upstream import UpstreamKey, UpstreamTable
from pipeline.names import TableName

SMALL = 100_000
"""Up to so many rows a copy on every node is cheaper than moving rows for each join."""

_CREATED = re.compile(
    r"creat|insert|placed|ordered|occur|happen|sent|start|^(date|day|time|timestamp)$"
)
_MOMENTS = frozenset({"date", "timestamp", "timestamptz"})
_KEYLESS = frozenset(
    {"json", "jsonb", "xml", "bytea", "hstore", "geometry", "geography", "tsvector"}
)

Tables = Mapping[TableName, UpstreamTable]


@dataclass(frozen=True, slots=True)
class Choice:
    """Columns upstream, or a style where there are none, and why."""

    reason: str
    columns: tuple[str, ...] = ()
    style: Literal["all", "even"] | None = None


def choose_distribution(table: UpstreamTable, tables: Tables) -> Choice:
    """Choose where rows go: everywhere if few, else beside the rows that they are joined with."""
    if table.rows is not None and 0 <= table.rows <= SMALL:
        return Choice(
            f"About {table.rows} rows: few enough for a copy on every node.", style="all"
        )
    largest = _largest_target(table, tables)
    own = _own_key(table)
    if own and _is_referenced(table, tables):
        return Choice(f"Other tables are joined by {own}, which lies with them.", (own,))
    if largest is not None:
        reason = f"Joins with {largest.table} need no network."
        return Choice(reason, largest.columns)
    if own:
        return Choice(f"{own} is different in every row, so the rows are spread evenly.", (own,))
    return Choice("There is no key by which rows could be spread.", style="even")


def choose_sort_key(table: UpstreamTable) -> Choice:
    """Choose what scans can skip by: the time of an event, else the primary key."""
    moments = [
        column for column in table.columns if column.type.base in _MOMENTS and column.not_null
    ]
    for column in moments:
        if _CREATED.search(column.name.lower()):
            return Choice("Most questions are about a span of time.", (column.name,))
    keys = tuple(name for name in table.primary_key if _can_be_key(table, name))
    if keys and keys == table.primary_key:
        return Choice("The primary key: single rows and joins are found quickly.", keys)
    if moments:
        return Choice("Most questions are about a span of time.", (moments[0].name,))
    return Choice("")


def _own_key(table: UpstreamTable) -> str | None:
    """Return the primary key where it is one column."""
    if len(table.primary_key) == 1 and _can_be_key(table, table.primary_key[0]):
        return table.primary_key[0]
    return None


def _can_be_key(table: UpstreamTable, name: str) -> bool:
    column = next(column for column in table.columns if column.name == name)
    return column.type.category == "base" and column.type.base not in _KEYLESS


def _is_referenced(table: UpstreamTable, tables: Tables) -> bool:
    others = (other for other in tables.values() if other.name != table.name)
    return any(key.table == table.name for other in others for key in other.foreign_keys)


def _largest_target(table: UpstreamTable, tables: Tables) -> UpstreamKey | None:
    """Return the key of one column that leads to the largest table, small ones aside."""
    keys = [
        key
        for key in table.foreign_keys
        if len(key.columns) == 1 and key.table in tables and key.table != table.name
        and _can_be_key(table, key.columns[0])
        and (tables[key.table].rows or 0) > SMALL
    ]  # fmt: skip
    return max(keys, key=lambda key: (tables[key.table].rows or 0, key.table), default=None)

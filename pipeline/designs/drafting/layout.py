"""Choose distribution and sort keys of a table, each with the reason.

https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-best-dist-key.html
https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pipeline.designs.model.incremental import TIMES
from pipeline.designs.model.upstream import UpstreamKey, UpstreamTable
from pipeline.names import TableName

SMALL = 100_000
"""The number of rows up to which a copy on every node is cheaper than moving rows for joins."""

_CREATED = re.compile(
    r"creat|insert|placed|ordered|occur|happen|sent|start|^(date|day|time|timestamp)$"
)
_KEYLESS = frozenset(
    {"json", "jsonb", "xml", "bytea", "hstore", "geometry", "geography", "tsvector"}
)

Tables = Mapping[TableName, UpstreamTable]


@dataclass(frozen=True, slots=True)
class Choice:
    """Upstream columns, or a style if there are none, and the reason."""

    reason: str
    columns: tuple[str, ...] = ()
    style: Literal["all", "even"] | None = None


def choose_distribution(table: UpstreamTable, tables: Tables) -> Choice:
    """Choose the distribution: all nodes for small tables, else the column of the main join."""
    if table.rows is not None and 0 <= table.rows <= SMALL:
        return Choice(f"About {table.rows} rows: few enough to copy to every node.", style="all")
    found = _by_keys(table, tables)
    if table.rows is None:
        return replace(found, reason=f"The number of rows is unknown. {found.reason}")
    return found


def _by_keys(table: UpstreamTable, tables: Tables) -> Choice:
    largest = _largest_target(table, tables)
    own = _own_key(table)
    if own and _is_referenced(table, tables):
        return Choice(f"Other tables join on {own}; matching rows share a node.", (own,))
    if largest is not None:
        reason = f"Joins with {largest.table} need no network traffic."
        return Choice(reason, largest.columns)
    if own:
        return Choice(f"{own} is unique, so rows are distributed evenly.", (own,))
    return Choice("There is no key to distribute rows by.", style="even")


def choose_sort_key(table: UpstreamTable) -> Choice:
    """Choose the column that most queries filter by: an event's time, else the primary key."""
    moments = [column for column in table.columns if column.type.base in TIMES and column.not_null]
    for column in moments:
        if _CREATED.search(column.name.lower()):
            return Choice("Most queries select a time range.", (column.name,))
    keys = tuple(name for name in table.primary_key if _can_be_key(table, name))
    if keys and keys == table.primary_key:
        return Choice("The primary key speeds up look-ups and joins.", keys)
    if moments:
        return Choice("Most queries select a time range.", (moments[0].name,))
    return Choice("")


def _own_key(table: UpstreamTable) -> str | None:
    """Return the primary key if it is one column."""
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
    """Return the one-column foreign key to the largest table that is not small."""
    keys = [
        key
        for key in table.foreign_keys
        if len(key.columns) == 1 and key.table in tables and key.table != table.name
        and _can_be_key(table, key.columns[0])
        and (tables[key.table].rows or 0) > SMALL
    ]  # fmt: skip
    return max(keys, key=lambda key: (tables[key.table].rows or 0, key.table), default=None)

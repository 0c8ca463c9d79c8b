"""Statements that apply a delta to a table, and compare keys before.

Keys are NOT NULL in all tables, so that they are compared by plain equality: Redshift joins by
hash or merge only on equality, and not on comparisons that treat NULLs as equal.
https://docs.aws.amazon.com/redshift/latest/dg/query-performance-improvement-opportunities.html
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.designs.model.design import Attributes, Constraints, Design
from pipeline.designs.rules.incremental import is_unchanged
from pipeline.names import TableName
from pipeline.sql.statement import Statement, columns, identifier, listing, table
from pipeline.sql.tables.checks import Key


@dataclass(frozen=True, slots=True)
class KeyCounts:
    """How the keys of a table, of a delta and of upstream overlap.

    ``changed`` are in the table and the delta, ``added`` only in the delta. ``gone`` are in the
    table and not upstream. ``lost`` are upstream, and neither in the table nor in the delta;
    ``unknown`` are in the delta and not upstream.
    """

    current: int
    changed: int
    added: int
    gone: int = 0
    lost: int = 0
    unknown: int = 0

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


def existing_keys(design: Design, delta: TableName, key: tuple[str, ...]) -> Statement:
    """List up to five keys that both the table and the delta have."""
    names = ", ".join(f"d.{identifier(name)}" for name in key)
    return Statement(
        f"SELECT {names}\n"
        f"FROM {table(delta)} AS d\n"
        f"JOIN {table(design.name)} AS t\n"
        f"    ON {_equal(key, 't', 'd')}\n"
        f"ORDER BY {names}\n"
        "LIMIT 5"
    )


def compare_keys(design: Design, delta: TableName | None, keys: TableName) -> Statement:
    """Count upstream's keys by where else they are; ``read_key_counts`` reads the row.

    ``in_table`` and ``in_delta`` are numbers of rows, ``in_both`` and ``in_neither`` of keys.
    ``delta`` is None if it has no rows.
    """
    first = identifier(design.row_key[0])
    held, new = f"t.{first}", f"d.{first}"
    in_delta, in_both, neither = "0", "0", f"{held} IS NULL"
    if delta is not None:
        both = f"{held} IS NOT NULL AND {new} IS NOT NULL"
        in_delta, in_both = f"COUNT({new})", f"SUM(CASE WHEN {both} THEN 1 ELSE 0 END)"
        neither = f"{held} IS NULL AND {new} IS NULL"
    items = listing(
        (
            f"COUNT({held}) AS in_table",
            f"{in_delta} AS in_delta",
            f"{in_both} AS in_both",
            f"SUM(CASE WHEN {neither} THEN 1 ELSE 0 END) AS in_neither",
        )
    )
    joined = [(design.name, "t")] if delta is None else [(design.name, "t"), (delta, "d")]
    joins = "".join(
        f"\nLEFT JOIN {table(name)} AS {alias}\n    ON {_equal(design.row_key, 'k', alias)}"
        for name, alias in joined
    )
    return Statement(f"SELECT\n{items}\nFROM {table(keys)} AS k{joins}")


def read_key_counts(row: Mapping[str, Any], *, current: int, new: int) -> KeyCounts:
    """Read the row that ``compare_keys`` returns, whose sums are NULL without keys.

    ``current`` and ``new`` are the numbers of rows of the table and of the delta. The keys of
    upstream and of the delta are unique; those of the table are if the counts then fit.
    """
    changed = int(row["in_both"] or 0)
    return KeyCounts(
        current=current,
        changed=changed,
        added=int(row["in_delta"]) - changed,
        gone=current - int(row["in_table"]),
        lost=int(row["in_neither"] or 0),
        unknown=new - int(row["in_delta"]),
    )


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


def delete_window(design: Design, since: str) -> Statement:
    """Delete the rows of the window, which the delta replaces."""
    return Statement(
        f"DELETE FROM {table(design.name)}\nWHERE {_window(design)} >= %(since)s",
        {"since": since},
    )


def count_window(design: Design, since: str) -> Statement:
    """Count the rows of the window: ``row_count``."""
    return Statement(
        "SELECT COUNT(*) AS row_count\n"
        f"FROM {table(design.name)}\n"
        f"WHERE {_window(design)} >= %(since)s",
        {"since": since},
    )


def _window(design: Design) -> str:
    """Return the column of the warehouse that has the values of the window's column."""
    name = design.incremental.column
    found = (column for column in design.data_columns if column.upstream_name == name)
    return identifier(min(found, key=lambda each: not is_unchanged(each)).name)


def count_repeated(design: Design, key: Key, delta: TableName) -> Statement:
    """Count the values of a key that the delta has, and the table more than once: ``row_count``.

    NULLs are equal to nothing.
    """
    names, name = columns(key.columns), table(design.name)
    each = ", ".join(f"t.{identifier(column)}" for column in key.columns)
    return Statement(
        "SELECT COUNT(*) AS row_count\n"
        "FROM (\n"
        f"    SELECT {each}\n"
        f"    FROM {name} AS t\n"
        f"    JOIN (\n        SELECT DISTINCT {names}\n        FROM {table(delta)}\n    ) AS d\n"
        f"        ON {_equal(key.columns, 't', 'd')}\n"
        f"    GROUP BY {each}\n"
        "    HAVING COUNT(*) > 1\n"
        ") AS repeated"
    )


def select_merged(
    design: Design, delta: TableName, keys: TableName | None = None, since: str | None = None
) -> Statement:
    """Select the rows that the table will have once the delta is applied, before it is.

    With ``since``, the delta replaces the rows of the window; otherwise those that have one of its
    keys. Rows whose key is not among ``keys``, if given, will be deleted. A table without a cursor
    gets the rows of new files, which replace none.
    """
    names = tuple(column.name for column in design.loaded_columns)
    kept = [f"SELECT {', '.join(f't.{identifier(name)}' for name in names)}"]
    kept.append(f"FROM {table(design.name)} AS t")
    if since is not None:
        window = f"t.{_window(design)}"
        kept.append(f"WHERE {window} < %(since)s\n    OR {window} IS NULL")
    elif design.extract.incremental is not None:
        if keys is not None:
            kept.append(f"JOIN {table(keys)} AS k\n    ON {_equal(design.row_key, 't', 'k')}")
        kept.append(f"LEFT JOIN {table(delta)} AS d\n    ON {_equal(design.row_key, 't', 'd')}")
        kept.append(f"WHERE d.{identifier(design.row_key[0])} IS NULL")
    new = f"SELECT {columns(names)}\nFROM {table(delta)}"
    parameters = {} if since is None else {"since": since}
    return Statement("\n".join((*kept, "UNION ALL", new)), parameters)


def _equal(key: Iterable[str], left: str, right: str) -> str:
    return "\n    AND ".join(
        f"{left}.{identifier(name)} = {right}.{identifier(name)}" for name in key
    )

"""A query that compares all values of two tables with the same columns, in both directions.

Redshift has no EXCEPT ALL and no IS DISTINCT FROM, but GROUP BY treats NULLs as equal: a row that
one table holds more often than the other is a group with two different counts.
https://docs.aws.amazon.com/redshift/latest/dg/r_UNION.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.designs.model.design import Column, Design
from pipeline.designs.model.types import parse_type
from pipeline.names import TableName
from pipeline.sql.statement import Statement, identifier, listing, table
from pipeline.sql.tables.ddl import declared_keys

EXAMPLES = 5

EXPECTED, FOUND = "expected$", "found$"
"""How many rows of an example there are; unlikely to be the names of a key's columns."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The numbers of rows that differ between what is expected and a table.

    ``missing`` are expected rows that the table lacks, ``surplus`` rows that it has in addition.
    Rows with the same key and other values are ``changed``; ``columns`` are those whose values
    differ, each with the number of changed rows. Without a key, a changed row counts as missing
    and as surplus.
    """

    changed: int
    missing: int
    surplus: int
    columns: tuple[tuple[str, int], ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything differs."""
        return bool(self.changed or self.missing or self.surplus)


def comparison_key(design: Design) -> tuple[str, ...]:
    """Return the key by which rows are compared: primary, natural or first unique key, or ()."""
    primary, unique = declared_keys(design.constraints)
    natural = design.constraints.natural_key
    compared = {column.name for column in design.data_columns}
    keys = [key for key in (primary, natural, *unique) if key and compared.issuperset(key)]
    return keys[0] if keys else ()


def difference(design: Design, expected: TableName) -> Statement:
    """Count the rows that differ between ``expected`` and the design's table.

    ``read_difference`` reads the row. Identity columns are not compared.
    """
    key = comparison_key(design)
    both = "expected > 0 AND found > 0"
    sums = {
        "missing": "CASE WHEN found = 0 THEN expected ELSE 0 END",
        "surplus": "CASE WHEN expected = 0 THEN found ELSE 0 END",
        "changed": f"CASE WHEN {both} THEN 1 ELSE 0 END",
        **{
            f"changed_{number}": f"CASE WHEN {both} THEN differs_{number} ELSE 0 END"
            for number, column in enumerate(design.data_columns)
            if column.name not in key
        },
    }
    if not key:
        sums = {
            "missing": "CASE WHEN expected > found THEN expected - found ELSE 0 END",
            "surplus": "CASE WHEN found > expected THEN found - expected ELSE 0 END",
        }
    items = listing(f"SUM({value}) AS {name}" for name, value in sums.items())
    return Statement(f"SELECT\n{items}\nFROM (\n{_keys(design, expected)}\n) AS compared")


def read_difference(design: Design, row: Mapping[str, Any]) -> Difference:
    """Read the row that ``difference`` returns; its sums are NULL if nothing differs."""
    found = (
        (column.name, int(row.get(f"changed_{number}") or 0))
        for number, column in enumerate(design.data_columns)
    )
    return Difference(
        changed=int(row.get("changed") or 0),
        missing=int(row["missing"] or 0),
        surplus=int(row["surplus"] or 0),
        columns=tuple(item for item in found if item[1]),
    )


def examples(design: Design, expected: TableName) -> Statement:
    """List the first keys of rows that differ, with ``EXPECTED`` and ``FOUND``: how many rows."""
    key = comparison_key(design)
    numbers = [number for number, column in enumerate(design.data_columns) if column.name in key]
    names = [
        f"value_{number} AS {identifier(design.data_columns[number].name)}" for number in numbers
    ]
    counts = (f"expected AS {identifier(EXPECTED)}", f"found AS {identifier(FOUND)}")
    order = ", ".join(f"compared.value_{number}" for number in numbers)
    return Statement(
        f"SELECT\n{listing([*names, *counts])}\n"
        f"FROM (\n{_keys(design, expected)}\n) AS compared\n"
        f"ORDER BY {order}\n"
        f"LIMIT {EXAMPLES}"
    )


def _keys(design: Design, expected: TableName) -> str:
    """Render a query with a row for each key, or without a key for each row, that differs."""
    key = comparison_key(design)
    values = listing(
        value
        for number, column in enumerate(design.data_columns)
        for value in _values(number, column)
    )
    names = [
        name
        for number, column in enumerate(design.data_columns)
        for name in (f"value_{number}", *([f"length_{number}"] if _has_length(column) else []))
    ]
    rows = "\n    UNION ALL\n".join(
        f"    SELECT\n{values},\n    {counts}\n    FROM {table(name)}"
        for name, counts in (
            (expected, "1 AS expected, 0 AS found"),
            (design.name, "0 AS expected, 1 AS found"),
        )
    )
    grouped = (
        f"    SELECT\n{listing([*names, 'SUM(expected) AS expected', 'SUM(found) AS found'])}\n"
        f"    FROM (\n{rows}\n    ) AS both_tables\n"
        f"    GROUP BY {', '.join(names)}\n"
        "    HAVING SUM(expected) <> SUM(found)"
    )
    if not key:
        return grouped
    by_key = [f"value_{n}" for n, column in enumerate(design.data_columns) if column.name in key]
    differs = (
        f"{_differs(number, column)} AS differs_{number}"
        for number, column in enumerate(design.data_columns)
        if column.name not in key
    )
    sums = ("SUM(expected) AS expected", "SUM(found) AS found")
    return (
        f"    SELECT\n{listing([*by_key, *sums, *differs])}\n"
        f"    FROM (\n{grouped}\n    ) AS different\n"
        f"    GROUP BY {', '.join(by_key)}"
    )


def _values(number: int, column: Column) -> tuple[str, ...]:
    """Render what is compared of a column.

    Trailing blanks are not significant when VARCHAR values are compared, so their length is
    compared, too. SUPER values cannot be grouped, but their text can.
    https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
    """
    name = identifier(column.name)
    if parse_type(column.sql_type).base == "super":
        return (f"JSON_SERIALIZE({name}) AS value_{number}",)
    lengths = (f"OCTET_LENGTH({name}) AS length_{number}",) if _has_length(column) else ()
    return (f"{name} AS value_{number}", *lengths)


def _has_length(column: Column) -> bool:
    return parse_type(column.sql_type).base == "varchar"


def _differs(number: int, column: Column) -> str:
    """Render whether the rows of a key have different values in a column, as 1 or 0."""
    names = [f"value_{number}", *([f"length_{number}"] if _has_length(column) else [])]
    conditions = [f"COUNT(DISTINCT {name}) > 1" for name in names]
    nulls = f"COUNT(value_{number}) NOT IN (0, COUNT(*))"
    joined = "\n        OR ".join([*conditions, nulls])
    return f"CASE WHEN {joined}\n        THEN 1 ELSE 0 END"

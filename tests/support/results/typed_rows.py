"""Compare rows upstream and in the warehouse by typed values.

Nothing of the pipeline is used here: designs are plain YAML, both sides answer plain SELECTs.
"""

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import psycopg2.extensions
import psycopg2.sql
import yaml

from tests.support.database import connect

# What texts of values depend on, as the dump promises to write them.
UPSTREAM_SESSION = """
SET TimeZone TO 'UTC'; SET DateStyle TO 'ISO, MDY'; SET IntervalStyle TO 'iso_8601';
SET bytea_output TO 'hex'; SET extra_float_digits TO 3
"""
# Redshift knows extra_float_digits up to 2, which shows 17 digits.
WAREHOUSE_SESSION = ("SET TimeZone TO 'UTC'", "SET extra_float_digits TO 2")

PYTHON = {
    "smallint": int,
    "integer": int,
    "bigint": int,
    "numeric": Decimal,
    "real": float,
    "double precision": float,
    "boolean": bool,
    "varchar": str,
    "date": date,
    "timestamp": datetime,
    "timestamptz": datetime,
    # As text: Python has no 24:00:00.
    "time": str,
}
SHOWN = 60
FAULTS_SHOWN = 20

Row = tuple[object, ...]


@dataclass(frozen=True)
class Column:
    """A column of the warehouse, and the SQL expression for its value upstream."""

    name: str
    kind: str
    expression: psycopg2.sql.Composable


@dataclass(frozen=True)
class Table:
    """A table of the warehouse; ``upstream`` is the schema and name of its source."""

    name: str
    upstream: tuple[str, ...]
    columns: tuple[Column, ...]
    key: tuple[int, ...]

    @property
    def source(self) -> str:
        return self.name.partition(".")[0]

    @property
    def quoted(self) -> str:
        """The table's name in SQL, with its schema."""
        return ".".join(f'"{part}"' for part in self.name.split(".", 1))

    def without(self, first: int) -> "Table":
        """Return the table without its first columns; of no key if that was among them."""
        key = tuple(index - first for index in self.key if index >= first)
        kept = key if len(key) == len(self.key) else ()
        return replace(self, columns=self.columns[first:], key=kept)


def read_tables(folder: Path) -> list[Table]:
    """Read the designs of all tables that come from upstream."""
    return [
        _table(design, tuple(design["source_name"].split(".", 2)[1:]))
        for design in _designs(folder)
        if design["source_name"] not in {"CTAS", "VIEW"}
    ]


def read_derived(folder: Path) -> list[Table]:
    """Read the designs of all derived tables."""
    return [_table(design, ()) for design in _designs(folder) if design["source_name"] == "CTAS"]


def _designs(folder: Path) -> list[dict]:
    files = [file for file in sorted(folder.rglob("*.yaml")) if ".tests." not in file.name]
    return [yaml.safe_load(file.read_text("utf-8")) for file in files]


def _table(design: dict, upstream: tuple[str, ...]) -> Table:
    columns = [column for column in design["columns"] if not column.get("skipped")]
    names = [column["name"] for column in columns]
    keys = [rule["primary_key"] for rule in design.get("constraints", ()) if "primary_key" in rule]
    return Table(
        name=design["name"],
        upstream=upstream,
        columns=tuple(map(_column, columns)),
        key=tuple(names.index(name) for name in keys[0]) if keys else (),
    )


def _column(column: dict) -> Column:
    plain = psycopg2.sql.Identifier(column.get("source_name", column["name"]))
    expression = psycopg2.sql.SQL(column["expression"]) if "expression" in column else plain
    return Column(column["name"], column["sql_type"].partition("(")[0], expression)


def upstream_rows(dsn: str, table: Table) -> list[Row]:
    """Return the rows that the warehouse should hold."""
    sql = psycopg2.sql
    query = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(sql.SQL("({})").format(column.expression) for column in table.columns),
        sql.Identifier(*table.upstream),
    )
    with connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(UPSTREAM_SESSION)
        _times_as_text(connection)
        cursor.execute(query)
        return cursor.fetchall()


def warehouse_rows(dsn: str, table: Table) -> list[Row]:
    """Return the rows that the warehouse holds."""
    names = ", ".join('"' + column.name.replace('"', '""') + '"' for column in table.columns)
    return query(dsn, f"SELECT {names} FROM {table.quoted}")


def query(dsn: str, statement: str) -> list[Row]:
    """Query the warehouse."""
    with connect(dsn) as connection, connection.cursor() as cursor:
        for setting in WAREHOUSE_SESSION:
            cursor.execute(setting)
        _times_as_text(connection)
        cursor.execute(statement)
        return cursor.fetchall()


def _times_as_text(connection: psycopg2.extensions.connection) -> None:
    time = psycopg2.extensions.new_type((1083,), "TIME", lambda text, cursor: text)
    psycopg2.extensions.register_type(time, connection)


def exact(value: object, kind: str) -> object:
    """Return a value that equals another's only if both are the same to the last bit."""
    if value is None:
        return None
    if kind == "real":
        return struct.pack("<f", value)
    if kind == "double precision":
        return struct.pack("<d", value)
    # Decimal and datetime compare by value: 1.50 is 1.5, and a moment is itself in every zone.
    return value


def differences(table: Table, upstream: list[Row], warehouse: list[Row]) -> list[str]:
    """Describe all that differs: types, rows that only one side has or has more often, values."""
    faults = [
        *_type_faults(table, "upstream", upstream),
        *_type_faults(table, "warehouse", warehouse),
        *(_keyed if table.key else _counted)(table, upstream, warehouse),
    ]
    hidden = len(faults) - FAULTS_SHOWN
    return [*faults[:FAULTS_SHOWN], f"... and {hidden} more"] if hidden > 0 else faults


def _type_faults(table: Table, side: str, rows: list[Row]) -> Iterator[str]:
    for index, column in enumerate(table.columns):
        wanted = PYTHON[column.kind]
        found = {type(row[index]) for row in rows} - {wanted, type(None)}
        if found:
            yield f"{table.name} {column.name} {column.kind}: {side} has values of type {found}"
        zones = {row[index].tzinfo is not None for row in rows if type(row[index]) is datetime}
        if zones - {column.kind == "timestamptz"}:
            yield f"{table.name} {column.name} {column.kind}: {side} has moments {zones=}"


def _keyed(table: Table, upstream: list[Row], warehouse: list[Row]) -> Iterator[str]:
    def by_key(rows: list[Row]) -> dict[Row, list[Row]]:
        found: dict[Row, list[Row]] = {}
        for row in rows:
            found.setdefault(tuple(row[index] for index in table.key), []).append(row)
        return found

    ours, theirs = by_key(warehouse), by_key(upstream)
    for key in theirs.keys() | ours.keys():
        here, there = ours.get(key, []), theirs.get(key, [])
        if (len(there), len(here)) != (1, 1):
            yield (
                f"{table.name} {_shown_key(table, key)}:"
                f" {len(there)} rows upstream, {len(here)} in the warehouse"
            )
        else:
            yield from _values(table, key, there[0], here[0])


def _values(table: Table, key: Row, there: Row, here: Row) -> Iterator[str]:
    for column, expected, found in zip(table.columns, there, here, strict=True):
        if exact(expected, column.kind) != exact(found, column.kind):
            yield (
                f"{table.name} {_shown_key(table, key)} column {column.name} {column.kind}: "
                + _shown_pair(expected, found)
            )


def _counted(table: Table, upstream: list[Row], warehouse: list[Row]) -> Iterator[str]:
    """Compare without a key: both sides must have every row equally often."""

    def count(rows: list[Row]) -> Counter:
        kinds = [column.kind for column in table.columns]
        return Counter(tuple(map(exact, row, kinds)) for row in rows)

    there, here = count(upstream), count(warehouse)
    for row in there.keys() | here.keys():
        if there[row] != here[row]:
            yield (
                f"{table.name} row {row!r}:"
                f" {there[row]} times upstream, {here[row]} times in the warehouse"
            )


def _shown_key(table: Table, key: Row) -> str:
    names = (table.columns[index].name for index in table.key)
    return ", ".join(f"{name}={value!r}" for name, value in zip(names, key, strict=True))


def _shown_pair(expected: object, found: object) -> str:
    if isinstance(expected, str) and isinstance(found, str):
        pairs = enumerate(zip(expected, found, strict=False))
        place = next((i for i, (a, b) in pairs if a != b), min(len(expected), len(found)))
        begin = max(0, place - SHOWN // 2)
        return (
            f"differs at character {place}:"
            f" upstream {len(expected)} characters {expected[begin : begin + SHOWN]!r},"
            f" warehouse {len(found)} characters {found[begin : begin + SHOWN]!r}"
        )
    return f"upstream {_shown(expected)}, warehouse {_shown(found)}"


def _shown(value: object) -> str:
    return "NULL" if value is None else f"{str(value)[:SHOWN]} ({type(value).__name__})"

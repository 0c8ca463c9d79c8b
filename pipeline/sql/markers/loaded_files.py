"""The record of loaded files: which files of an appending source a table holds the rows of.

Like markers, its rows are written under the lock of the marker table, in the transaction that
publishes the rows of the files.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

from pipeline.names import TableName
from pipeline.sql.markers.own_table import OwnColumn, OwnTable
from pipeline.sql.statement import Statement, columns, table, utc


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file, and the marker of the load that took it."""

    target_table: str
    url: str
    etag: str
    byte_count: int
    update_id: str
    loaded_at: dt.datetime


COLUMNS = tuple(item.name for item in fields(LoadedFile))


def loaded_files_table(schema: str) -> TableName:
    """Return the name of the table of loaded files."""
    return TableName(schema, "loaded_files")


def own_table(schema: str) -> OwnTable:
    """Return the layout of the table; releases append columns, never required ones."""
    return OwnTable(
        loaded_files_table(schema),
        (
            OwnColumn("target_table", "varchar(512)", required=True),
            OwnColumn("url", "varchar(2048)", required=True),
            OwnColumn("etag", "varchar(256)", required=True),
            OwnColumn("byte_count", "bigint", required=True),
            OwnColumn("update_id", "varchar(1024)", required=True),
            OwnColumn("loaded_at", "timestamp", required=True),
        ),
        primary_key=None,
        sort_key="target_table",
    )


def select_loaded_files(schema: str, name: TableName) -> Statement:
    """Read the files whose rows a table holds."""
    return Statement(
        'SELECT "url", "etag", "byte_count", "loaded_at"\n'
        f"FROM {table(loaded_files_table(schema))}\n"
        'WHERE "target_table" = %(target_table)s\n'
        'ORDER BY "url"',
        {"target_table": str(name)},
    )


def count_loaded_files(schema: str, name: TableName) -> Statement:
    """Count the files whose rows a table holds: ``row_count``."""
    return Statement(
        "SELECT COUNT(*) AS row_count\n"
        f"FROM {table(loaded_files_table(schema))}\n"
        'WHERE "target_table" = %(target_table)s',
        {"target_table": str(name)},
    )


def delete_loaded_files(schema: str, names: Iterable[TableName]) -> Statement:
    """Delete the record of tables."""
    return Statement(
        f'DELETE FROM {table(loaded_files_table(schema))}\nWHERE "target_table" IN %(tables)s',
        {"tables": tuple(sorted({str(name) for name in names}))},
    )


def insert_loaded_files(schema: str, files: Sequence[LoadedFile]) -> Statement:
    """Record files; Redshift takes statements of up to 16 MB."""
    if not files:
        raise ValueError("there is no file to record")
    rows = []
    parameters: dict[str, object] = {}
    for number, file in enumerate(files):
        rows.append("    (" + ", ".join(f"%({name}_{number})s" for name in COLUMNS) + ")")
        parameters |= {f"{name}_{number}": utc(value) for name, value in asdict(file).items()}
    return Statement(
        f"INSERT INTO {table(loaded_files_table(schema))} ({columns(COLUMNS)})\nVALUES\n"
        + ",\n".join(rows),
        parameters,
    )

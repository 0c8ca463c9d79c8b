"""The marker table: a row for each complete task.

Redshift enforces no unique key, so a marker is written under a lock: LOCK, DELETE, INSERT in the
transaction of the data.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.sql.markers.own_table import OwnColumn, OwnTable
from pipeline.sql.markers.run_date import RUN_HOUR, date_columns, is_of_date
from pipeline.sql.statement import Statement, columns, table, utc


@dataclass(frozen=True, slots=True)
class Marker:
    """A complete task, with its relation and date, if any; naive times are UTC.

    An ``update_id`` is ``production/CopyTable/2026-11-21/www.orders/d418a655936a``.
    """

    update_id: str
    task: str
    target_table: str | None
    run_date: RunDate | None
    prefix: str
    fingerprint: Fingerprint
    row_count: int | None
    byte_count: int | None
    manifest: str | None
    started_at: dt.datetime
    inserted_at: dt.datetime
    object_id: int | None = None
    """The oid of the table or view that was published; None if an earlier release wrote it."""
    load_kind: str | None = None
    """``delta`` or ``whole`` for a table that is loaded incrementally, None for others."""
    reason: str | None = None
    """Why all rows were loaded, or why the next load takes all."""
    position: str | None = None
    """Where the next load begins, inclusive; None if it takes all rows."""
    source: str | None = None
    """The upstream cluster, database and table to which the position belongs."""
    whole_at: dt.datetime | None = None
    """When the last load of all rows began."""
    proved: str | None = None
    """What of the table was compared with upstream: ``values``, ``keys`` or ``count``."""
    rows_added: int | None = None
    rows_changed: int | None = None
    rows_deleted: int | None = None
    read_at: dt.datetime | None = None  # when the dump began; None for derived relations


MARKER_COLUMNS = (*(item.name for item in fields(Marker)), "run_hour")
_AND = "\n    AND "

ROW_BYTES = 16
"""Assumed size of a compressed row, if only the number of rows is known."""

FILLING = ("CopyTable", "RefreshCtas")
"""Tasks whose markers record the content of a relation."""

CHECKS = "Checks"
"""What takes the place of the task in the marker that the rows of a relation passed its checks."""


def marker_table(schema: str) -> TableName:
    """Return the name of the marker table."""
    return TableName(schema, "table_updates")


def own_table(schema: str) -> OwnTable:
    """Return the layout of the marker table; releases append columns, never required ones."""
    return OwnTable(
        marker_table(schema),
        (
            OwnColumn("update_id", "varchar(1024)", required=True),
            OwnColumn("task", "varchar(128)", required=True),
            OwnColumn("target_table", "varchar(512)"),
            OwnColumn("run_date", "date"),
            OwnColumn("prefix", "varchar(1024)", required=True),
            OwnColumn("fingerprint", "varchar(64)", required=True),
            OwnColumn("row_count", "bigint"),
            OwnColumn("byte_count", "bigint"),
            OwnColumn("manifest", "varchar(2048)"),
            OwnColumn("started_at", "timestamp", required=True),
            OwnColumn("inserted_at", "timestamp", required=True),
            OwnColumn("object_id", "bigint"),
            OwnColumn("load_kind", "varchar(16)"),
            OwnColumn("reason", "varchar(4096)"),
            OwnColumn("position", "varchar(256)"),
            OwnColumn("source", "varchar(512)"),
            OwnColumn("whole_at", "timestamp"),
            OwnColumn("proved", "varchar(16)"),
            OwnColumn("rows_added", "bigint"),
            OwnColumn("rows_changed", "bigint"),
            OwnColumn("rows_deleted", "bigint"),
            OwnColumn("read_at", "timestamp"),
            RUN_HOUR,
        ),
        primary_key="update_id",
        sort_key="run_date",
    )


def lock_markers(schema: str) -> Statement:
    """Lock the marker table, so that two runs of a task write its marker one after the other."""
    return Statement(f"LOCK TABLE {table(marker_table(schema))}")


def delete_marker(schema: str, marker: Marker) -> Statement:
    """Delete the earlier marker of the same task, prefix, relation and date."""
    parameters: dict[str, object] = {"task": marker.task, "prefix": marker.prefix}
    conditions = ["task = %(task)s", "prefix = %(prefix)s"]
    identity = {"target_table": marker.target_table, **date_columns(marker.run_date)}
    for name, value in identity.items():
        if value is None:
            conditions.append(f"{name} IS NULL")
        else:
            conditions.append(f"{name} = %({name})s")
            parameters[name] = value
    return Statement(
        f"DELETE FROM {table(marker_table(schema))}\nWHERE {_AND.join(conditions)}", parameters
    )


def insert_marker(schema: str, marker: Marker) -> Statement:
    """Insert a marker, last in the transaction of the data."""
    values = ", ".join(f"%({name})s" for name in MARKER_COLUMNS)
    return Statement(
        f"INSERT INTO {table(marker_table(schema))} ({columns(MARKER_COLUMNS)})\n"
        f"VALUES ({values})",
        {item.name: utc(getattr(marker, item.name)) for item in fields(marker)}
        | {"fingerprint": str(marker.fingerprint)}
        | date_columns(marker.run_date),
    )


PLACE = (
    "ROW_NUMBER() OVER (\n"
    "            PARTITION BY target_table, CASE WHEN task IN %(tasks)s THEN 1 ELSE 0 END\n"
    "            ORDER BY inserted_at DESC, update_id DESC\n"
    "        ) AS place\n"
)
"""1 for the newest marker of a relation's content, of any prefix and date."""


def select_marker(schema: str, update_id: str) -> Statement:
    """Read the marker of a task; its ``place`` is 1 if the relation has no newer content.

    Duplicates are ignored. ``SELECT *`` also reads the table of an earlier release: ``get`` the
    columns that it may lack.
    """
    name = table(marker_table(schema))
    return Statement(
        "SELECT m.*,\n"
        "    CASE WHEN newer.update_id IS NULL THEN 1 ELSE 2 END AS place\n"
        f"FROM {name} AS m\n"
        f"LEFT JOIN {name} AS newer\n"
        "    ON newer.target_table = m.target_table\n"
        "    AND newer.task IN %(tasks)s\n"
        "    AND (\n"
        "        newer.inserted_at > m.inserted_at\n"
        "        OR (newer.inserted_at = m.inserted_at AND newer.update_id > m.update_id)\n"
        "    )\n"
        "WHERE m.update_id = %(update_id)s\n"
        "ORDER BY m.inserted_at DESC\n"
        "LIMIT 1",
        {"update_id": update_id, "tasks": FILLING},
    )


def select_markers(schema: str, *, prefix: str, run_date: RunDate | None = None) -> Statement:
    """Read a prefix's markers without a date and, if one is given, those of the date.

    With a date, also the newest marker of each relation's content, of any prefix and date: the
    one at ``place`` 1. Those of a day include those of its hours, so that the table of an earlier
    release, without hours, can be read.
    """
    if run_date is None:
        return Statement(
            "SELECT *\n"
            f"FROM {table(marker_table(schema))}\n"
            "WHERE prefix = %(prefix)s\n"
            "    AND run_date IS NULL\n"
            "ORDER BY inserted_at, update_id",
            {"prefix": prefix},
        )
    condition, values = is_of_date(run_date)
    if run_date.hour is None:
        condition = "run_date = %(run_date)s"
    return Statement(
        "SELECT *\n"
        "FROM (\n"
        "    SELECT *,\n"
        f"        {PLACE}"
        f"    FROM {table(marker_table(schema))}\n"
        ") AS ranked\n"
        f"WHERE (prefix = %(prefix)s AND ({condition} OR run_date IS NULL))\n"
        "    OR (place = 1 AND task IN %(tasks)s)\n"
        "ORDER BY inserted_at, update_id",
        {"prefix": prefix, "tasks": FILLING, **values},
    )


def select_newest(schema: str, *, prefix: str) -> Statement:
    """Read the newest marker of each relation and task of a prefix, of any date."""
    return Statement(
        "SELECT *\n"
        "FROM (\n"
        "    SELECT *,\n"
        "        ROW_NUMBER() OVER (\n"
        "            PARTITION BY task, target_table\n"
        "            ORDER BY inserted_at DESC, update_id DESC\n"
        "        ) AS place\n"
        f"    FROM {table(marker_table(schema))}\n"
        "    WHERE prefix = %(prefix)s\n"
        "        AND target_table IS NOT NULL\n"
        ") AS ranked\n"
        "WHERE place = 1\n"
        "ORDER BY inserted_at, update_id",
        {"prefix": prefix},
    )


def select_elsewhere(schema: str, *, prefix: str) -> Statement:
    """Read when other prefixes last loaded each relation, oldest first."""
    return Statement(
        "SELECT target_table, prefix, MAX(inserted_at) AS inserted_at\n"
        f"FROM {table(marker_table(schema))}\n"
        "WHERE prefix <> %(prefix)s\n"
        "    AND task IN %(tasks)s\n"
        "GROUP BY target_table, prefix\n"
        "ORDER BY MAX(inserted_at)",
        {"prefix": prefix, "tasks": FILLING},
    )


def select_sizes(schema: str, *, prefix: str, since: dt.date) -> Statement:
    """Read the largest load of each relation since a date."""
    return Statement(
        "SELECT target_table, MAX(byte_count) AS byte_count, MAX(row_count) AS row_count\n"
        f"FROM {table(marker_table(schema))}\n"
        "WHERE prefix = %(prefix)s\n"
        "    AND run_date >= %(since)s\n"
        "    AND task IN %(tasks)s\n"
        "GROUP BY target_table",
        {"prefix": prefix, "since": since, "tasks": FILLING},
    )


def filled_bytes(row: Mapping[str, Any]) -> int:
    """Return the bytes of such a row; of derived tables only the number of rows is known."""
    return int(row["byte_count"] or (row["row_count"] or 0) * ROW_BYTES)


def forget(
    schema: str, *, prefix: str, tables: Iterable[TableName], run_date: RunDate | None = None
) -> Statement:
    """Delete the markers of relations, of one date or all, so that their tasks run again."""
    return _of_relations("DELETE ", schema, prefix, tables, run_date)


def select_forgotten(
    schema: str, *, prefix: str, tables: Iterable[TableName], run_date: RunDate | None = None
) -> Statement:
    """Read the ids of the markers that ``forget`` would delete."""
    return _of_relations("SELECT update_id\n", schema, prefix, tables, run_date)


def _of_relations(
    verb: str, schema: str, prefix: str, tables: Iterable[TableName], run_date: RunDate | None
) -> Statement:
    names = tuple(sorted({str(name) for name in tables}))
    if not names:
        raise ValueError("name the relations whose markers are to be forgotten")
    text = (
        f"{verb}FROM {table(marker_table(schema))}\n"
        "WHERE prefix = %(prefix)s\n"
        "    AND target_table IN %(tables)s"
    )
    parameters: dict[str, object] = {"prefix": prefix, "tables": names}
    if run_date is not None:
        condition, values = is_of_date(run_date)
        text += f"{_AND}{condition}"
        parameters |= values
    return Statement(text, parameters)

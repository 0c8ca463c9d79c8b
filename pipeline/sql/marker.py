"""The marker table, which proves what is complete, and the history of runs.

Redshift enforces no unique key, so a marker is written under a lock: LOCK, DELETE, INSERT in the
transaction of the data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

from pipeline.names import TableName
from pipeline.sql.statement import Statement, columns, doubled, table


@dataclass(frozen=True, slots=True)
class Marker:
    """One complete task; ``run_date`` is None where no date belongs to it. Times are naive UTC."""

    update_id: str
    task: str
    target_table: str | None
    run_date: dt.date | None
    prefix: str
    fingerprint: str
    row_count: int | None
    byte_count: int | None
    manifest: str | None
    started_at: dt.datetime
    inserted_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the history: a task that finished or failed. Times are naive UTC."""

    run_id: str
    task: str
    target_table: str | None
    run_date: dt.date | None
    prefix: str
    status: str
    row_count: int | None
    byte_count: int | None
    seconds: float | None
    message: str | None
    occurred_at: dt.datetime


MARKER_COLUMNS = tuple(item.name for item in fields(Marker))
RUN_COLUMNS = tuple(item.name for item in fields(Run))
MESSAGE_BYTES = 4096
_AND = "\n    AND "


def marker_table(schema: str) -> TableName:
    """Return the marker table's name."""
    return TableName(schema, "table_updates")


def history_table(schema: str) -> TableName:
    """Return the history's name."""
    return TableName(schema, "task_history")


def create_marker_table(schema: str) -> Statement:
    """Create the marker table if it is absent."""
    return Statement(
        f"""\
CREATE TABLE IF NOT EXISTS {table(marker_table(schema))} (
    "update_id" varchar(1024) NOT NULL,
    "task" varchar(128) NOT NULL,
    "target_table" varchar(512),
    "run_date" date,
    "prefix" varchar(1024) NOT NULL,
    "fingerprint" varchar(64) NOT NULL,
    "row_count" bigint,
    "byte_count" bigint,
    "manifest" varchar(2048),
    "started_at" timestamp NOT NULL,
    "inserted_at" timestamp NOT NULL,
    PRIMARY KEY ("update_id")
)
DISTSTYLE EVEN
COMPOUND SORTKEY ("run_date")"""
    )


def create_history_table(schema: str) -> Statement:
    """Create the history of runs if it is absent."""
    return Statement(
        f"""\
CREATE TABLE IF NOT EXISTS {table(history_table(schema))} (
    "run_id" varchar(64) NOT NULL,
    "task" varchar(128) NOT NULL,
    "target_table" varchar(512),
    "run_date" date,
    "prefix" varchar(1024) NOT NULL,
    "status" varchar(32) NOT NULL,
    "row_count" bigint,
    "byte_count" bigint,
    "seconds" double precision,
    "message" varchar({MESSAGE_BYTES}),
    "occurred_at" timestamp NOT NULL
)
DISTSTYLE EVEN
COMPOUND SORTKEY ("occurred_at")"""
    )


def lock_markers(schema: str) -> Statement:
    """Lock the marker table, so that two runs of one task write its marker one after the other."""
    return Statement(f"LOCK TABLE {table(marker_table(schema))}")


def delete_marker(schema: str, marker: Marker) -> Statement:
    """Delete what was known about a marker's task, relation and date before it is written."""
    parameters: dict[str, object] = {"task": marker.task, "prefix": marker.prefix}
    conditions = ["task = %(task)s", "prefix = %(prefix)s"]
    for name, value in (("target_table", marker.target_table), ("run_date", marker.run_date)):
        if value is None:
            conditions.append(f"{name} IS NULL")
        else:
            conditions.append(f"{name} = %({name})s")
            parameters[name] = value
    return Statement(
        f"DELETE FROM {doubled(table(marker_table(schema)))}\nWHERE {_AND.join(conditions)}",
        parameters,
    )


def insert_marker(schema: str, marker: Marker) -> Statement:
    """Write a marker, last, in the transaction of what it proves."""
    values = ", ".join(f"%({name})s" for name in MARKER_COLUMNS)
    return Statement(
        f"INSERT INTO {doubled(table(marker_table(schema)))} ({columns(MARKER_COLUMNS)})\n"
        f"VALUES ({values})",
        asdict(marker),
    )


def select_marker(schema: str, update_id: str) -> Statement:
    """Read one task's marker; more than one row says no more than one does."""
    return Statement(
        f"SELECT {columns(MARKER_COLUMNS)}\n"
        f"FROM {doubled(table(marker_table(schema)))}\n"
        "WHERE update_id = %(update_id)s\n"
        "ORDER BY inserted_at DESC\n"
        "LIMIT 1",
        {"update_id": update_id},
    )


def select_markers(schema: str, *, prefix: str, run_date: dt.date | None = None) -> Statement:
    """Read all markers of a prefix at once: of one date and those without a date, or all."""
    text = (
        f"SELECT {columns(MARKER_COLUMNS)}\n"
        f"FROM {doubled(table(marker_table(schema)))}\n"
        "WHERE prefix = %(prefix)s"
    )
    parameters: dict[str, object] = {"prefix": prefix}
    if run_date is not None:
        text += "\n    AND (run_date = %(run_date)s OR run_date IS NULL)"
        parameters["run_date"] = run_date
    return Statement(text + "\nORDER BY inserted_at, update_id", parameters)


def forget(
    schema: str,
    *,
    prefix: str,
    tables: Iterable[TableName],
    run_date: dt.date | None = None,
) -> Statement:
    """Delete some relations' markers, of one date or all, so that their work is done again."""
    text = (
        f"DELETE FROM {doubled(table(marker_table(schema)))}\n"
        "WHERE prefix = %(prefix)s\n"
        "    AND target_table IN %(tables)s"
    )
    parameters: dict[str, object] = {
        "prefix": prefix,
        "tables": tuple(sorted({str(name) for name in tables})),
    }
    if run_date is not None:
        text += "\n    AND run_date = %(run_date)s"
        parameters["run_date"] = run_date
    return Statement(text, parameters)


def insert_history(schema: str, runs: Sequence[Run]) -> Statement:
    """Append runs to the history, any number in one statement, since every commit is dear."""
    rows = []
    parameters: dict[str, object] = {}
    for number, run in enumerate(runs):
        rows.append("    (" + ", ".join(f"%({name}_{number})s" for name in RUN_COLUMNS) + ")")
        values = {**asdict(run), "message": _cut(run.message)}
        parameters |= {f"{name}_{number}": values[name] for name in RUN_COLUMNS}
    return Statement(
        f"INSERT INTO {doubled(table(history_table(schema)))} ({columns(RUN_COLUMNS)})\nVALUES\n"
        + ",\n".join(rows),
        parameters,
    )


def _cut(message: str | None) -> str | None:
    """Shorten a message to what the column holds, and say so within it."""
    if message is None or len(message.encode()) <= MESSAGE_BYTES:
        return message
    ending = " … (cut)"
    return (
        message.encode()[: MESSAGE_BYTES - len(ending.encode())].decode(errors="ignore") + ending
    )


def select_history(schema: str, *, prefix: str, limit: int = 1000) -> Statement:
    """Read the newest runs of a prefix, newest first."""
    return Statement(
        f"SELECT {columns(RUN_COLUMNS)}\n"
        f"FROM {doubled(table(history_table(schema)))}\n"
        "WHERE prefix = %(prefix)s\n"
        "ORDER BY occurred_at DESC\n"
        "LIMIT %(limit)s",
        {"prefix": prefix, "limit": limit},
    )

"""The task history in the warehouse: a row for each task of a run that did something."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from pipeline.names import RunDate, TableName
from pipeline.sql.markers.own_table import OwnColumn, OwnTable, cut
from pipeline.sql.markers.run_date import RUN_HOUR, date_columns
from pipeline.sql.statement import Statement, columns, table, utc

MESSAGE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Run:
    """A task that finished, failed or was not run; naive times are UTC.

    ``started_at`` is None if it was not run, and ``lock_seconds`` if that is not known either.
    """

    run_id: str
    task: str
    target_table: str | None
    run_date: RunDate | None
    prefix: str
    status: str
    row_count: int | None
    byte_count: int | None
    seconds: float | None
    message: str | None
    occurred_at: dt.datetime
    started_at: dt.datetime | None = None
    lock_seconds: float | None = None
    """Seconds that it waited for locks of other sessions, as far as this was noticed."""


LATER_COLUMNS = ("started_at", "lock_seconds")
"""Columns that the table of an earlier release lacks until BootstrapWarehouse adds them."""

RUN_COLUMNS = tuple(item.name for item in fields(Run) if item.name not in LATER_COLUMNS)

NOT_RUN = "not run"
"""The status of a task that a run should have done, and that never started."""


def history_table(schema: str) -> TableName:
    """Return the name of the history table."""
    return TableName(schema, "task_history")


def own_table(schema: str) -> OwnTable:
    """Return the layout of the history table; releases append columns, never required ones."""
    return OwnTable(
        history_table(schema),
        (
            OwnColumn("run_id", "varchar(64)", required=True),
            OwnColumn("task", "varchar(128)", required=True),
            OwnColumn("target_table", "varchar(512)"),
            OwnColumn("run_date", "date"),
            OwnColumn("prefix", "varchar(1024)", required=True),
            OwnColumn("status", "varchar(32)", required=True),
            OwnColumn("row_count", "bigint"),
            OwnColumn("byte_count", "bigint"),
            OwnColumn("seconds", "double precision"),
            OwnColumn("message", f"varchar({MESSAGE_BYTES})"),
            OwnColumn("occurred_at", "timestamp", required=True),
            RUN_HOUR,
            OwnColumn("started_at", "timestamp"),
            OwnColumn("lock_seconds", "double precision"),
        ),
        primary_key=None,
        sort_key="occurred_at",
    )


def insert_history(schema: str, runs: Sequence[Run], *, earlier: bool = False) -> Statement:
    """Append runs in one statement: each commit is expensive.

    Runs of days need no ``run_hour``, which the table of an earlier release lacks; ``earlier``
    omits ``LATER_COLUMNS``, too.
    """
    if not runs:
        raise ValueError("there is no run to append")
    is_hourly = any(run.run_date and run.run_date.hour is not None for run in runs)
    names = (*RUN_COLUMNS, *(("run_hour",) * is_hourly), *(() if earlier else LATER_COLUMNS))
    rows = []
    parameters: dict[str, object] = {}
    for number, run in enumerate(runs):
        rows.append("    (" + ", ".join(f"%({name}_{number})s" for name in names) + ")")
        values = {
            **asdict(run),
            "message": cut(run.message, MESSAGE_BYTES),
            **date_columns(run.run_date),
        }
        parameters |= {f"{name}_{number}": utc(values[name]) for name in names}
    return Statement(
        f"INSERT INTO {table(history_table(schema))} ({columns(names)})\nVALUES\n"
        + ",\n".join(rows),
        parameters,
    )


def select_history(schema: str, *, prefix: str, limit: int = 1000) -> Statement:
    """Read the tasks of a prefix that ended last, newest first.

    ``SELECT *`` also reads the table of an earlier release.
    """
    return Statement(
        "SELECT *\n"
        f"FROM {table(history_table(schema))}\n"
        "WHERE prefix = %(prefix)s\n"
        "    AND status <> %(not_run)s\n"
        "ORDER BY occurred_at DESC\n"
        "LIMIT %(limit)s",
        {"prefix": prefix, "not_run": NOT_RUN, "limit": limit},
    )


def select_latest(schema: str, *, prefix: str) -> Statement:
    """Read the newest run of each task, relation and status of a prefix."""
    return Statement(
        "SELECT *\n"
        "FROM (\n"
        "    SELECT *,\n"
        "        ROW_NUMBER() OVER (\n"
        "            PARTITION BY task, target_table, status\n"
        "            ORDER BY occurred_at DESC, run_id DESC\n"
        "        ) AS place\n"
        f"    FROM {table(history_table(schema))}\n"
        "    WHERE prefix = %(prefix)s\n"
        ") AS ranked\n"
        "WHERE place = 1\n"
        "ORDER BY target_table, task, status",
        {"prefix": prefix},
    )


RECENT = 30
"""Runs of a relation that ``select_recent`` reads."""


def select_recent(schema: str, *, prefix: str, tasks: Sequence[str]) -> Statement:
    """Read of each relation the newest runs of ``tasks`` that were done, and the newest failures.

    At most ``RECENT`` of each, oldest first.
    """
    return Statement(
        "SELECT *\n"
        "FROM (\n"
        "    SELECT *,\n"
        "        ROW_NUMBER() OVER (\n"
        "            PARTITION BY target_table, status\n"
        "            ORDER BY occurred_at DESC, run_id DESC\n"
        "        ) AS place\n"
        f"    FROM {table(history_table(schema))}\n"
        "    WHERE prefix = %(prefix)s\n"
        "        AND target_table IS NOT NULL\n"
        "        AND (status = 'failed' OR (status = 'done' AND task IN %(tasks)s))\n"
        ") AS ranked\n"
        "WHERE place <= %(limit)s\n"
        "ORDER BY target_table, occurred_at, run_id",
        {"prefix": prefix, "tasks": tuple(tasks), "limit": RECENT},
    )


def select_runs(schema: str, *, prefix: str, runs: int, tasks: int) -> Statement:
    """Read all tasks of the newest runs of a prefix, oldest first.

    At most this number of runs, and no further ones after so many ``tasks``, which bounds the
    memory that they take.
    """
    history = table(history_table(schema))
    return Statement(
        "SELECT history.*\n"
        f"FROM {history} AS history\n"
        "JOIN (\n"
        "    SELECT run_id,\n"
        "        ROW_NUMBER() OVER (ORDER BY MAX(occurred_at) DESC, run_id DESC) AS place,\n"
        "        SUM(COUNT(*)) OVER (\n"
        "            ORDER BY MAX(occurred_at) DESC, run_id DESC\n"
        "            ROWS UNBOUNDED PRECEDING\n"
        "        ) AS tasks\n"
        f"    FROM {history}\n"
        "    WHERE prefix = %(prefix)s\n"
        "    GROUP BY run_id\n"
        ") AS newest ON newest.run_id = history.run_id\n"
        "WHERE history.prefix = %(prefix)s\n"
        "    AND newest.place <= %(runs)s\n"
        "    AND (newest.tasks <= %(tasks)s OR newest.place = 1)\n"
        "ORDER BY history.occurred_at, history.task, history.target_table",
        {"prefix": prefix, "runs": runs, "tasks": tasks},
    )

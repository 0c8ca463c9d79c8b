"""The results of data checks: a row for each check of each load, and the rows that were wrong.

They are written after the load's transaction, so that they stay if that was rolled back.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from pipeline.names import RunDate, TableName
from pipeline.sql.markers.own_table import OwnColumn, OwnTable, cut
from pipeline.sql.markers.run_date import RUN_HOUR, date_columns
from pipeline.sql.statement import Statement, columns, table, utc

NAME_BYTES, FOUND_BYTES, ROW_BYTES = 256, 1024, 16384

BATCH = 250
"""Rows of a statement, which Redshift takes up to 16 MB."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check; ``passed`` is None if it was not run, and ``found`` says why."""

    checked_at: dt.datetime
    task: str
    target_table: str
    run_date: RunDate | None
    prefix: str
    check_name: str
    kind: str
    severity: str
    passed: bool | None
    wrong_rows: int | None
    found: str
    checked: str
    """Which rows were checked: ``staging``, ``delta`` or ``published``."""
    fingerprint: str
    """Of all checks that the design had."""


@dataclass(frozen=True, slots=True)
class WrongRow:
    """A row that broke the rule of a check, as a JSON object."""

    checked_at: dt.datetime
    target_table: str
    run_date: RunDate | None
    prefix: str
    check_name: str
    wrong_row: str


_LIMITS = {"check_name": NAME_BYTES, "found": FOUND_BYTES}
"""The columns whose values are cut, and their bytes."""


def results_table(schema: str) -> TableName:
    """Return the name of the table of results."""
    return TableName(schema, "check_results")


def failures_table(schema: str) -> TableName:
    """Return the name of the table of wrong rows."""
    return TableName(schema, "check_failures")


def own_tables(schema: str) -> tuple[OwnTable, OwnTable]:
    """Return the layouts of both tables; releases append columns, never required ones."""
    date = (OwnColumn("run_date", "date"), OwnColumn("prefix", "varchar(1024)", required=True))
    at = OwnColumn("checked_at", "timestamp", required=True)
    relation = OwnColumn("target_table", "varchar(512)", required=True)
    name = OwnColumn("check_name", f"varchar({NAME_BYTES})", required=True)
    results = (
        *(at, OwnColumn("task", "varchar(128)", required=True), relation, *date, name),
        OwnColumn("kind", "varchar(32)", required=True),
        OwnColumn("severity", "varchar(16)", required=True),
        OwnColumn("passed", "boolean"),
        OwnColumn("wrong_rows", "bigint"),
        OwnColumn("found", f"varchar({FOUND_BYTES})"),
        OwnColumn("checked", "varchar(16)"),
        OwnColumn("fingerprint", "varchar(64)"),
        RUN_HOUR,
    )
    wrong = OwnColumn("wrong_row", f"varchar({ROW_BYTES})", required=True)
    failures = (at, relation, *date, name, wrong, RUN_HOUR)
    return (
        OwnTable(results_table(schema), results, primary_key=None, sort_key="checked_at"),
        OwnTable(failures_table(schema), failures, primary_key=None, sort_key="checked_at"),
    )


def insert_check_results(schema: str, results: Sequence[CheckResult]) -> Statement:
    """Insert results."""
    return _insert(results_table(schema), results)


def insert_wrong_rows(schema: str, rows: Sequence[WrongRow]) -> Statement:
    """Insert rows that were wrong, at most ``BATCH``."""
    return _insert(failures_table(schema), rows)


def _insert(name: TableName, rows: Sequence[CheckResult | WrongRow]) -> Statement:
    if not rows:
        raise ValueError("there is no row to insert")
    names = (*(item.name for item in fields(rows[0])), "run_hour")
    lines = []
    parameters: dict[str, Any] = {}
    for number, row in enumerate(rows):
        lines.append("    (" + ", ".join(f"%({each}_{number})s" for each in names) + ")")
        values = {**asdict(row), **date_columns(row.run_date)}
        parameters |= {f"{each}_{number}": _fitting(each, values[each]) for each in names}
    text = f"INSERT INTO {table(name)} ({columns(names)})\nVALUES\n"
    return Statement(text + ",\n".join(lines), parameters)


def _fitting(name: str, value: Any) -> Any:
    return cut(value, _LIMITS[name]) if name in _LIMITS else utc(value)


def select_latest_results(schema: str, *, prefix: str) -> Statement:
    """Read the last results of each relation's checks, for each version of the checks."""
    return Statement(
        "SELECT *\n"
        "FROM (\n"
        "    SELECT *,\n"
        "        RANK() OVER (\n"
        "            PARTITION BY target_table, fingerprint\n"
        "            ORDER BY checked_at DESC\n"
        "        ) AS place\n"
        f"    FROM {table(results_table(schema))}\n"
        "    WHERE prefix = %(prefix)s\n"
        ") AS ranked\n"
        "WHERE place = 1\n"
        "ORDER BY target_table, check_name",
        {"prefix": prefix},
    )


def count_older(name: TableName, before: dt.datetime) -> Statement:
    """Count the rows of either table that are older than a time: ``row_count``."""
    return Statement(
        f"SELECT COUNT(*) AS row_count\nFROM {table(name)}\nWHERE checked_at < %(before)s",
        {"before": utc(before)},
    )


def delete_older(name: TableName, before: dt.datetime) -> Statement:
    """Delete the rows of either table that are older than a time."""
    return Statement(
        f"DELETE FROM {table(name)}\nWHERE checked_at < %(before)s", {"before": utc(before)}
    )

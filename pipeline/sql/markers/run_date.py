"""The date of a run in the marker table and in the history: a day, and the hour of an hourly run.

The table of an earlier release has no hours: all its rows are of days.
"""

from collections.abc import Mapping
from typing import Any

from pipeline.names import RunDate
from pipeline.sql.markers.own_table import OwnColumn

RUN_HOUR = OwnColumn("run_hour", "smallint")
"""The hour beside ``run_date``, 0 to 23 in UTC; NULL if the run is of the day."""


def date_columns(date: RunDate | None) -> dict[str, object]:
    """Return the values of the two columns, both None without a date."""
    return {"run_date": date and date.day, "run_hour": date and date.hour}


def is_of_date(date: RunDate) -> tuple[str, dict[str, object]]:
    """Return the condition that a row is of a date, and its parameters."""
    if date.hour is None:
        return "(run_date = %(run_date)s AND run_hour IS NULL)", {"run_date": date.day}
    return "(run_date = %(run_date)s AND run_hour = %(run_hour)s)", date_columns(date)


def run_date_of(row: Mapping[str, Any]) -> RunDate | None:
    """Return the date of a row of either table, None if it has none."""
    return row["run_date"] and RunDate(row["run_date"], row.get("run_hour"))

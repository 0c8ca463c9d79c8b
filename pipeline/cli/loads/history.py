"""``pipeline history``: the tasks that ended last, from the warehouse's history table."""

from typing import Any

import click

from pipeline.cli.output import AS_JSON, instant, show_json
from pipeline.cli.tables import moment, number, show
from pipeline.figures import size
from pipeline.runtime import current
from pipeline.sql.markers.history import RUN_COLUMNS, select_history
from pipeline.sql.markers.run_date import run_date_of
from pipeline.stores.warehouse import Row

HEADINGS = (
    *("at (UTC)", "run", "date", "task", "relation", "status", "rows", "bytes", "seconds"),
    "message",
)

SPARE = ("run", "bytes", "seconds", "date", "rows")


@click.command()
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1), help="The number of tasks."
)
@AS_JSON
def history(limit: int, *, as_json: bool) -> None:
    """List the most recent tasks, newest first.

    Each is listed with its rows and bytes, or the reason for its failure. Tasks of one luigi
    command have the same number in the column 'run'.
    """
    runtime = current()
    settings = runtime.settings
    statement = select_history(
        settings.warehouse.marker_schema, prefix=settings.storage.prefix, limit=limit
    )
    rows = runtime.markers.query(statement)
    if as_json:
        show_json([record(row) for row in rows])
    else:
        show(HEADINGS, map(line, rows), spare=SPARE)


def line(row: Row) -> tuple[str, ...]:
    """Return the table row of a task."""
    return (
        moment(row["occurred_at"]),
        row["run_id"][:8],
        str(run_date_of(row) or ""),
        row["task"],
        row["target_table"] or "",
        row["status"],
        number(row["row_count"]),
        size(row["byte_count"]) if row["byte_count"] else "",
        "" if row["seconds"] is None else f"{row['seconds']:.1f}",
        row["message"] or "",
    )


def record(row: Row) -> dict[str, Any]:
    """Return the JSON object of a task."""
    date = run_date_of(row)
    found = {name: row[name] for name in RUN_COLUMNS}
    return found | {"run_date": date and str(date), "occurred_at": instant(row["occurred_at"])}

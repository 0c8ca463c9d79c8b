"""``pipeline history``: the tasks that ended last, from the warehouse's history table."""

import json
from typing import Any

import click

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
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of objects.")
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
        click.echo(json.dumps([record(row) for row in rows], indent=2))
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
    """Return the JSON object of a task; times are UTC in ISO 8601."""
    date, at = run_date_of(row), row["occurred_at"]
    found = {name: row[name] for name in RUN_COLUMNS}
    return found | {"run_date": date and str(date), "occurred_at": f"{at.isoformat()}Z"}

"""The runs that pages show, from rows of the history."""

from collections.abc import Collection, Iterable

from pipeline.pages.messages import masked
from pipeline.pages.runs.model import Run, Task
from pipeline.sql.markers.run_date import run_date_of
from pipeline.stores.warehouse import Row

TASKS = 40_000
"""The tasks of all runs that are read: a night of 2,000 relations has about 3,000."""


def collect_runs(rows: Iterable[Row], known: Collection[str]) -> tuple[Run, ...]:
    """Return the runs of ``select_runs``, newest first.

    Of texts in quotes in messages, only ``known`` ones are shown.
    """
    found: dict[str, list[Task]] = {}
    for row in rows:
        found.setdefault(row["run_id"], []).append(_task(row, known))
    runs = [Run(run_id, tuple(tasks)) for run_id, tasks in found.items()]
    return tuple(sorted(runs, key=lambda run: (run.ended, run.id), reverse=True))


def _task(row: Row, known: Collection[str]) -> Task:
    return Task(
        name=row["task"],
        relation=row["target_table"] or "",
        date=str(run_date_of(row) or ""),
        status=row["status"],
        ended=row["occurred_at"],
        recorded=row.get("started_at"),
        seconds=row["seconds"],
        rows=row["row_count"],
        bytes=row["byte_count"],
        locked=row.get("lock_seconds") or 0.0,
        message=masked(row["message"], known) if row["message"] else "",
    )

"""The history of runs in the warehouse: a row for each task of a run that did something."""

import datetime as dt
import logging
import time
from collections.abc import Iterator, Sequence
from itertools import chain

from pipeline.errors import PipelineError, UsageError, WarehouseError
from pipeline.names import RunDate
from pipeline.procedures.own_tables import UNDEFINED_COLUMN
from pipeline.runtime import current
from pipeline.sql.markers import history
from pipeline.stores.warehouse import Warehouse
from pipeline.tasks.run.command.log import IN_SUMMARY
from pipeline.tasks.run.summary import Run, Status

ENDED: tuple[Status, ...] = ("done", "superseded", "failed")

BATCH = 1000
"""Rows of one statement, which has 16 MB at most, whatever their messages.

https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-sql.html
"""

logger = logging.getLogger(__name__)


def append(run: Run, run_id: str, *, is_part: bool = False) -> None:
    """Append the run to the history, unless it did nothing; a failure is only logged.

    Of a run of several machines, each appends a part.
    """
    if not any(map(run.of, (*ENDED, "not run") if is_part else ENDED)):
        return
    try:
        runtime = current()
        rows = list(_rows(run, runtime.settings.storage.prefix, run_id))
        schema = runtime.settings.warehouse.marker_schema
        _insert(runtime.warehouse, schema, rows)
    except PipelineError as error:
        is_in_summary = any(str(error) in outcome.message for outcome in run.of("failed"))
        reason = IN_SUMMARY if is_in_summary else error
        logger.warning("the history of runs was not written: %s", reason)


def _insert(warehouse: Warehouse, schema: str, rows: Sequence[history.Run]) -> None:
    """Insert rows, into the table of an earlier release without what it has no columns for."""
    for first in range(0, len(rows), BATCH):
        batch = rows[first : first + BATCH]
        try:
            warehouse.execute(history.insert_history(schema, batch))
        except WarehouseError as error:
            if error.sqlstate != UNDEFINED_COLUMN:
                raise
            warehouse.execute(history.insert_history(schema, batch, earlier=True))


def _rows(run: Run, prefix: str, run_id: str) -> Iterator[history.Run]:
    now = time.time()
    for outcome in chain.from_iterable(map(run.of, (*ENDED, "not run"))):
        yield history.Run(
            run_id=run_id,
            task=outcome.task,
            target_table=outcome.relation or None,
            run_date=run_date_of(outcome.date or run.date),
            prefix=prefix,
            status=outcome.status,
            row_count=outcome.rows,
            byte_count=outcome.bytes,
            seconds=outcome.seconds,
            message=outcome.message or None,
            occurred_at=_time(outcome.ended or now),
            started_at=_time(outcome.started) if outcome.started else None,
            lock_seconds=outcome.waited if outcome.started else None,
        )


def _time(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def run_date_of(text: str) -> RunDate:
    """Return the date of an outcome; the day if it has a time: ``2026-11-21 14:05:00``."""
    try:
        return RunDate.parse(text)
    except UsageError:
        return RunDate.parse(text[:10])

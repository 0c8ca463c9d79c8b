"""The history of runs in the warehouse: a row for each task that was done or failed."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterator
from itertools import chain

from pipeline.errors import PipelineError, UsageError
from pipeline.names import RunDate
from pipeline.runtime import current
from pipeline.sql.markers import history
from pipeline.tasks.run.log import IN_SUMMARY
from pipeline.tasks.run.summary import Run, Status

RECORDED: tuple[Status, ...] = ("done", "superseded", "failed")

logger = logging.getLogger(__name__)


def append(run: Run) -> None:
    """Append the run to the history, unless it did nothing; a failure is only logged."""
    if not any(map(run.of, RECORDED)):
        return
    try:
        runtime = current()
        rows = list(_rows(run, runtime.settings.storage.prefix))
        schema = runtime.settings.warehouse.marker_schema
        runtime.warehouse.execute(history.insert_history(schema, rows))
    except PipelineError as error:
        is_in_summary = any(str(error) in outcome.message for outcome in run.of("failed"))
        reason = IN_SUMMARY if is_in_summary else error
        logger.warning("the history of runs was not written: %s", reason)


def _rows(run: Run, prefix: str) -> Iterator[history.Run]:
    run_id = uuid.uuid4().hex
    for outcome in chain.from_iterable(map(run.of, RECORDED)):
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
            occurred_at=dt.datetime.fromtimestamp(outcome.ended, dt.UTC),
        )


def run_date_of(text: str) -> RunDate:
    """Return the date of an outcome; the day if it has a time: ``2026-11-21 14:05:00``."""
    try:
        return RunDate.parse(text)
    except UsageError:
        return RunDate.parse(text[:10])

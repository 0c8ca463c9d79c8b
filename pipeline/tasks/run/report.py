"""What a run did, printed when it ends, whichever way it ends.

The summary is printed by the process that scheduled the tasks, after Luigi has finished.
"""

from __future__ import annotations

import atexit
import datetime as dt
import logging
import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import luigi

from pipeline import screen
from pipeline.errors import PipelineError, UsageError
from pipeline.runtime import current
from pipeline.sql.markers import history
from pipeline.stores import connections
from pipeline.tasks.run import command_line as usage
from pipeline.tasks.run import interrupt
from pipeline.tasks.run import task_ids as sharing
from pipeline.tasks.run.journal import Journal, name_of
from pipeline.tasks.run.log import leave_to_summary, show_progress
from pipeline.tasks.run.summary import Outcome, Run, Status, render

logger = logging.getLogger(__name__)


_journals: list[Journal] = []
"""The journal of this run, once a task asked for it; forked children inherit it."""


def journal(task: luigi.Task) -> Journal:
    """Return the journal of this run; who asks first prints the summary when it ends."""
    if not _journals:
        handle, name = tempfile.mkstemp(prefix="pipeline-run-", suffix=".jsonl")
        os.close(handle)
        _journals.append(
            Journal(
                Path(name),
                str(getattr(task, "date", dt.datetime.now(dt.UTC).date())),
                task.task_id,
                lenient=getattr(task, "allows_optional_failures", False),
                page=sharing.page(),
            )
        )
        atexit.register(finish)
        show_progress()
        if usage.is_command():
            interrupt.listen(connections.cancel_all)
    return _journals[0]


def begins_with(task: luigi.Task) -> bool:
    """Tell whether a task is the one that the run was asked for."""
    return bool(journal(task).root == task.task_id)


def discard() -> None:
    """Let there have been no run."""
    for book in _journals:
        book.path.unlink(missing_ok=True)
    _journals.clear()


def note(text: str, *, warn: bool = False) -> None:
    """Add something to the summary, once; a warning is logged at once, too.

    It is the process that schedules which says it; without a run there is no summary.
    """
    if text and _journals and text not in _journals[0].notes:
        _journals[0].notes.append(text)
        if warn:
            logger.warning("%s", text)


def finish() -> None:
    """Print the summary and remove the journal; only in the process that began it."""
    if not _journals or _journals[0].pid != os.getpid():
        return
    book = _journals.pop()
    run = book.run()
    text = render(run, screen.stdout())
    _remember(run)
    with suppress(FileNotFoundError):
        book.path.unlink()
    sys.stderr.flush()
    print(text, end="", flush=True)
    if book.page:
        book.page.show_failed(book.failed(run))


def _remember(run: Run) -> None:
    """Append the run to the history in the warehouse; a run that did nothing writes nothing."""
    if not (run.of("done") or run.of("failed")):
        return
    try:
        runtime = current()
        runtime.warehouse.execute(
            history.insert_history(
                runtime.settings.warehouse.marker_schema,
                list(_history(run, runtime.settings.storage.prefix)),
            )
        )
    except PipelineError as error:
        known = any(str(error) in outcome.message for outcome in run.of("failed"))
        reason = "the summary says why" if known else error
        logger.warning("the history of runs was not written: %s", reason)


def _history(run: Run, prefix: str) -> Iterator[history.Run]:
    run_id = uuid.uuid4().hex
    for outcome in (*run.of("done"), *run.of("failed")):
        yield history.Run(
            run_id=run_id,
            task=outcome.task,
            target_table=outcome.relation or None,
            run_date=dt.date.fromisoformat(run.date) if run.date[:1].isdigit() else None,
            prefix=prefix,
            status=outcome.status,
            row_count=outcome.rows,
            byte_count=outcome.bytes,
            seconds=outcome.seconds,
            message=outcome.message or None,
            occurred_at=dt.datetime.fromtimestamp(outcome.ended, dt.UTC),
        )


def broken(task: luigi.Task, error: BaseException) -> None:
    """Record that a task could not be scheduled or ended badly; of a dry run Luigi's log tells."""
    if is_dry(task):
        return
    message = (
        str(error) if isinstance(error, PipelineError) else f"{type(error).__name__}: {error}"
    )
    book = journal(task)
    book.resumable &= not isinstance(error, UsageError)
    leave_to_summary(message)
    book.record(Outcome(*name_of(task), "failed", message=message))


class RequirementFailedError(PipelineError):
    """What a task needs failed, so that it cannot run."""


def can_do_without(task: luigi.Task) -> bool:
    """Tell whether this run goes on, and ends well, if the task's relation cannot be had."""
    return journal(task).lenient and getattr(task, "table", None) in current().project.optional


def is_lost(task: luigi.Task) -> bool:
    """Tell whether a task failed in this run, or could not run, and the run goes on."""
    if not can_do_without(task):
        return False
    outcome = journal(task).ended().get(name_of(task))
    return outcome is not None and outcome.forgiven


def check_needs(task: luigi.Task) -> None:
    """Raise NeedLostError where something is lost that the task needs."""
    for need in task.deps():
        if is_lost(need):
            raise RequirementFailedError(f"{' '.join(name_of(need))} failed, or could not run")


def lose(task: luigi.Task, error: PipelineError) -> None:
    """Record that the run goes on without a task."""
    status: Status = "not run" if isinstance(error, RequirementFailedError) else "failed"
    name = name_of(task)
    logger.warning("%s %s: %s: %s", *name, status, error)
    journal(task).record(Outcome(*name, status, message=str(error), forgiven=True))


def is_dry(task: luigi.Task) -> bool:
    """Tell whether a task only shows what would be done, which is no part of a run."""
    return bool(getattr(task, "dry_run", False))


def _succeeded(task: luigi.Task) -> None:
    if is_dry(task) or not task.output() or is_lost(task):
        return
    result = getattr(task, "result", None)
    figures = asdict(result) if result else {}
    outcome = Outcome(
        *name_of(task),
        "done" if result else "present",
        **figures,
        message=_remark(task),
    )
    journal(task).record(outcome)


def _remark(task: luigi.Task) -> str:
    """Say what sets this run's rows apart from those of an ordinary one."""
    limit = getattr(task, "limit", None)
    if limit:
        return f"partial (--limit {limit})"
    return "from the rows that were there (--alone)" if getattr(task, "alone", False) else ""


def _present(task: luigi.Task) -> None:
    """Note what is complete; a task without markers stands for those that it requires."""
    book = journal(task)
    for item in [task] if task.output() else task.deps():
        book.complete.add(item.task_id)
        book.scheduled[item.task_id] = item


def _discovered(task: luigi.Task, dependency: luigi.Task) -> None:
    book = journal(task)
    for item in (task, dependency):
        book.scheduled.setdefault(item.task_id, item)


def _died(task: luigi.Task, message: str) -> None:
    broken(task, PipelineError(f"{message} (killed, or out of memory)"))


def subscribe(base: type[luigi.Task]) -> None:
    """Subscribe to Luigi's events about tasks of this class and its subclasses."""
    events = {
        luigi.Event.SUCCESS: _succeeded,
        luigi.Event.FAILURE: broken,
        luigi.Event.BROKEN_TASK: broken,
        luigi.Event.DEPENDENCY_PRESENT: _present,
        luigi.Event.DEPENDENCY_DISCOVERED: _discovered,
        luigi.Event.PROCESS_FAILURE: _died,
        luigi.Event.TIMEOUT: _died,
    }
    for event, listener in events.items():
        base.event_handler(event)(listener)

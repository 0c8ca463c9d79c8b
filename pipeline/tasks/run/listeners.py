"""Luigi's events: each is recorded in the journal of the run."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import luigi

from pipeline.errors import PipelineError
from pipeline.tasks.run import optional, report, task_ids
from pipeline.tasks.run.command import interrupt
from pipeline.tasks.run.journal import identity, outcome_of, row_source
from pipeline.tasks.run.summary import Status


def subscribe(base: type[luigi.Task]) -> None:
    """Subscribe to Luigi's events about tasks of this class and its subclasses.

    Of tasks of other packages that are part of the run, only failures are recorded.
    """
    events = {
        luigi.Event.START: _started,
        luigi.Event.SUCCESS: _succeeded,
        luigi.Event.FAILURE: report.record_failure,
        luigi.Event.BROKEN_TASK: report.record_failure,
        luigi.Event.DEPENDENCY_PRESENT: _complete,
        luigi.Event.DEPENDENCY_DISCOVERED: _discovered,
        luigi.Event.PROCESS_FAILURE: _died,
        luigi.Event.TIMEOUT: _died,
    }
    for event, listener in events.items():
        base.event_handler(event)(listener)

    def started(task: luigi.Task) -> None:
        """Record the event; a task without markers only stands for others, or is a preview."""
        if type(task).output is not base.output and (found := report.journal(task).events):
            found.task_started(task)

    base.event_handler(luigi.Event.START)(started)
    others: dict[str, Callable[..., None]] = {
        luigi.Event.FAILURE: report.record_failure,
        luigi.Event.BROKEN_TASK: report.record_failure,
        luigi.Event.DEPENDENCY_MISSING: _not_schedulable,
        luigi.Event.PROCESS_FAILURE: _died,
        luigi.Event.TIMEOUT: _died,
    }
    for event, listener in others.items():
        luigi.Task.event_handler(event)(_of_others(base, listener))
    for event in (*events, luigi.Event.DEPENDENCY_MISSING):
        luigi.Task.event_handler(event)(report.begin)


def _of_others(base: type[luigi.Task], listener: Callable[..., None]) -> Callable[..., None]:
    """Return a listener to the tasks of other packages in a run of this one's tasks."""

    def listen(task: luigi.Task, *details: Any) -> None:
        if report.is_there() and not isinstance(task, base):
            listener(task, *details)

    return listen


def _started(task: luigi.Task) -> None:
    if not report.is_dry(task):
        report.journal(task).record_start(task)


def _succeeded(task: luigi.Task) -> None:
    if report.is_dry(task) or not task.output():
        return
    current = report.journal(task)
    if optional.has_failed(current, task):
        if current.events and (outcome := current.ended().get(identity(task))):
            current.events.task_ended(task, outcome)
        return
    result = getattr(task, "result", None)
    if reason := getattr(task, "superseded", "") or ("" if result else _superseding(task)):
        _record_superseded(task, reason)
        return
    figures = asdict(result) if result else {}
    status: Status = "done" if result else "complete"
    report.record(task, outcome_of(task, status, **figures, message=row_source(task)))


def _record_superseded(task: luigi.Task, reason: str) -> None:
    report.record(task, outcome_of(task, "superseded", message=reason))


def _complete(task: luigi.Task) -> None:
    """Record a complete task; one without markers represents its requirements."""
    current = report.journal(task)
    for item in [task] if task.output() else task.deps():
        current.scheduled[item.task_id] = item
        if reason := _superseding(item):
            _record_superseded(item, reason)
        else:
            current.complete.add(item.task_id)


def _superseding(task: luigi.Task) -> str:
    """Describe the rows of a later date that complete a task; empty if there are none."""
    describe = getattr(task, "superseding", None)
    return str(describe()) if describe else ""


def _discovered(task: luigi.Task, dependency: luigi.Task) -> None:
    current = report.journal(task)
    for item in (task, dependency):
        current.scheduled.setdefault(item.task_id, item)


def _died(task: luigi.Task, message: str) -> None:
    if message.endswith(tuple(f"exit code {-number}" for number in interrupt.ENDING)):
        report.journal(task).terminated.add(identity(task))
    report.record_failure(task, PipelineError(f"{message} (killed, or out of memory)"))


def _not_schedulable(task: luigi.Task, *_: object) -> None:
    """Record a task of another package that Luigi cannot schedule, for whatever reason."""
    is_external = task_ids.is_external(task)
    reason = "its data does not exist" if is_external else "complete() failed; see the log"
    if not task_ids.is_awaited(task):
        report.journal(task).record(outcome_of(task, "failed", message=reason))

"""The report of a run: its journal, kept from Luigi's events, and the summary at its end.

The process that schedules the tasks prints the summary after Luigi has finished.
"""

import atexit
import datetime as dt
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import luigi

from pipeline.errors import PipelineError, UsageError
from pipeline.stores import connections
from pipeline.tasks.run import history, task_ids
from pipeline.tasks.run.command import command_line as usage
from pipeline.tasks.run.command import interrupt, resume
from pipeline.tasks.run.command.exit_codes import UNWRITTEN
from pipeline.tasks.run.command.log import leave_to_summary, reason, show_progress
from pipeline.tasks.run.journal import Journal, date_of, identity, outcome_of
from pipeline.tasks.run.leftovers import remove_leftovers
from pipeline.tasks.run.outside.after_run import actions, events_of, follow
from pipeline.tasks.run.shared import ending
from pipeline.tasks.run.shared.membership import membership
from pipeline.tasks.run.summary import Outcome, show

logger = logging.getLogger(__name__)


_journals: list[Journal] = []
"""The journal of this run, empty before the first task; forked children inherit it."""


def journal(task: luigi.Task) -> Journal:
    """Return the journal of this run; the first call begins it and registers the summary."""
    if not _journals:
        remove_leftovers()
        handle, name = tempfile.mkstemp(prefix="pipeline-run-", suffix=".jsonl")
        os.close(handle)
        root = usage.root_task() or task
        _journals.append(
            Journal(
                Path(name),
                date_of(root) or date_of(task) or str(dt.datetime.now(dt.UTC).date()),
                root.task_id,
                resume.command(root),
                lenient=getattr(root, "allows_optional_failures", False),
                prefix=usage.chosen_prefix(),
                page=task_ids.page(),
            )
        )
        atexit.register(finish, is_command=usage.is_command())
        show_progress()
        _journals[0].events = events_of(root, _journals[0].id)
        _journals[0].after = actions(root, _journals[0].events, follows=_follows)
        if usage.is_command():
            interrupt.listen(connections.cancel_all, connections.shut_down_all)
    return _journals[0]


def _follows() -> bool:
    """Return whether this machine does what follows the run: one of those that share it."""
    member = membership()
    return member is None or member.ends_run


def is_root(task: luigi.Task) -> bool:
    """Return whether a task is the one that the command named."""
    return bool(journal(task).root == task.task_id)


def is_scheduling() -> bool:
    """Return whether this process schedules the run, and is not that of a task."""
    return any(each.pid == os.getpid() for each in _journals)


def has_done(task: luigi.Task) -> bool:
    """Return whether this run did a task, to the process of another one, which requires it.

    The process that schedules asks for markers: it may start several runs, and some be forgotten.
    """
    return any(each.pid != os.getpid() and each.was_done(task) for each in _journals)


def is_there() -> bool:
    """Return whether a run has begun, in this process or the one that it was forked from."""
    return bool(_journals)


def begin(*_: object) -> None:
    """Note that Luigi runs tasks, and does not only ask whether they are complete."""
    if _journals and not _journals[0].began:
        _journals[0].began = True
        if _journals[0].events and _journals[0].pid == os.getpid():
            _journals[0].events.begin()


def discard() -> None:
    """Remove the journal, so that no summary is printed, and leave a run of several machines."""
    if _journals and (member := membership()):
        ending.withdraw(member)
    for each in _journals:
        each.path.unlink(missing_ok=True)
        if each.events:
            each.events.spool.unlink(missing_ok=True)
    _journals.clear()


def add_note(text: str, *, warn: bool = False) -> None:
    """Add a note to the summary, once; ``warn`` also logs it immediately.

    Call it in the process that schedules; without a run, it does nothing.
    """
    if text and _journals and text not in _journals[0].notes:
        _journals[0].notes.append(text)
        if warn:
            logger.warning("%s", text)


def read_journal() -> None:
    """Read what the tasks have recorded so far; processes that start from now on know it."""
    for each in _journals:
        if each.is_used:
            each.ended()


def unwritten() -> tuple[list[str], str]:
    """Return what this process could not write into the journal, and why, for the first one."""
    return (_journals[0].unwritten, _journals[0].fault) if _journals else ([], "")


def learn(lines: list[str], fault: str) -> None:
    """Learn what another process could not write into the journal."""
    if lines and _journals:
        _journals[0].keep(lines, fault)


def finish(*, is_command: bool = False) -> None:
    """Print the summary and remove the journal, if this process began it and a run used it.

    A summary that cannot be written keeps nothing else from being done.
    """
    if not _journals or _journals[0].pid != os.getpid():
        return
    if not _journals[0].is_used:
        discard()
        return
    ended = _journals.pop()
    if member := membership():
        ending.interrupt(member, ended)
    run = ended.run()
    if member:
        ending.finish(member, ended, run)
    else:
        history.append(run, ended.id)
    with suppress(FileNotFoundError):
        ended.path.unlink()
    is_written = show(run)
    if ended.page and member is None:
        ended.page.show_failed(ended.failed(run))
    follow(ended.after, run)
    if is_command and (ended.fault or not is_written):
        os._exit(UNWRITTEN)  # Luigi has chosen its code before


def settle(worker: Any) -> None:
    """Complete the journal of a run that machines share by what others did."""
    if _journals and (member := membership()):
        ending.settle(worker, member, _journals[0])


def is_complete(task_id: str) -> bool:
    """Return whether a task of this run is complete, by its markers, as far as these are known."""
    task = _journals[0].scheduled.get(task_id) if _journals else None
    with suppress(PipelineError):
        return task is not None and bool(task.complete())
    return False


def record_failure(task: luigi.Task, error: BaseException) -> None:
    """Record that a task failed or could not be scheduled; Luigi logs failures of a dry run."""
    if is_dry(task):
        return
    message = reason(error) or f"{type(error).__name__}: {error}"
    current = journal(task)
    current.resumable &= not isinstance(error, UsageError)
    leave_to_summary(message)
    record(task, outcome_of(task, "failed", message=message))


def record(task: luigi.Task, outcome: Outcome) -> None:
    """Record how a task ended, and the event of it, unless it is interrupted with its run."""
    current = journal(task)
    current.record(outcome)
    if current.events and identity(task) not in current.terminated:
        current.events.task_ended(task, outcome)


def is_dry(task: luigi.Task) -> bool:
    """Return whether a task only previews a run, and is not part of one."""
    return bool(getattr(task, "dry_run", False))

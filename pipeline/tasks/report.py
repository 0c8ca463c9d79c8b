"""What a run did, printed when it ends, whichever way it ends.

Tasks run in processes of their own, so outcomes travel through a journal: one JSON line each. The
summary is printed by the process that scheduled the tasks, after Luigi has finished.
"""

from __future__ import annotations

import atexit
import datetime as dt
import json
import logging
import os
import shlex
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import luigi

from pipeline.errors import PipelineError, UsageError
from pipeline.runtime import current
from pipeline.sql import history
from pipeline.tasks import screen, sharing
from pipeline.tasks.log import shorten_tracebacks, show_progress
from pipeline.tasks.summary import Outcome, Run, Status, render

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Journal:
    """Outcomes of the tasks of one run, written by all its processes, read by the first."""

    path: Path
    date: str
    pid: int = field(default_factory=os.getpid)
    started: float = field(default_factory=time.monotonic)
    scheduled: dict[str, luigi.Task] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    resumable: bool = True
    lenient: bool = False
    page: sharing.Page | None = None

    def record(self, outcome: Outcome) -> None:
        """Append one outcome, with the moment."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**asdict(outcome), "ended": time.time()}) + "\n")

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return how tasks ended so far, in whichever process; one that was retried, at last."""
        with self.path.open(encoding="utf-8") as file:
            found = [Outcome.from_record(json.loads(line)) for line in file]
        return tuple({(outcome.task, outcome.relation): outcome for outcome in found}.values())

    def run(self) -> Run:
        """Return the run so far."""
        outcomes = self.outcomes()
        moved = tuple(outcome for outcome in outcomes if outcome.status != "present")
        return Run(
            date=self.date,
            outcomes=(*moved, *self._not_run(outcomes)),
            complete_before=len(self.complete) + len(outcomes) - len(moved),
            seconds=time.monotonic() - self.started,
            resume=resume_command(sys.argv, self.date) if self.resumable else "",
            notes=tuple(self.notes),
        )

    def failed(self, run: Run) -> list[str]:
        """Return the ids of the tasks that failed."""
        names = {(outcome.task, outcome.relation) for outcome in run.of("failed")}
        return [
            task_id
            for task_id, task in self.scheduled.items()
            if (task.get_task_family(), relation_of(task)) in names
        ]

    def _not_run(self, outcomes: tuple[Outcome, ...]) -> Iterator[Outcome]:
        ended = {(outcome.task, outcome.relation) for outcome in outcomes}
        for task_id, task in self.scheduled.items():
            name = task.get_task_family(), relation_of(task)
            if task_id not in self.complete and name not in ended and task.output():
                yield Outcome(*name, status="not run")


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
                lenient=getattr(task, "is_lenient", False),
                page=sharing.page(),
            )
        )
        atexit.register(finish)
        show_progress()
    return _journals[0]


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
        logger.warning("the history of runs was not written: %s", error)


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


def relation_of(task: luigi.Task) -> str:
    """Return the name of the task's relation, an empty text for tasks about none."""
    return str(getattr(task, "table", ""))


def resume_command(argv: list[str], date: str) -> str:
    """Return the command that was typed, with the run's date made explicit."""
    name = Path(argv[0]).name
    words = ["luigi" if name == "__main__.py" else name, *argv[1:]]
    if not any(word.startswith("--date") for word in words) and date[:1].isdigit():
        words += ["--date", date]
    return shlex.join(words)


def broken(task: luigi.Task, error: BaseException) -> None:
    """Record that a task could not be scheduled or ended badly; of a dry run Luigi's log tells."""
    if is_dry(task):
        return
    message = (
        str(error) if isinstance(error, PipelineError) else f"{type(error).__name__}: {error}"
    )
    book = journal(task)
    book.resumable &= not isinstance(error, UsageError)
    outcome = Outcome(task.get_task_family(), relation_of(task), "failed", message=message)
    if outcome not in book.run().outcomes:
        book.record(outcome)


class NeedLostError(PipelineError):
    """What a task needs failed, so that it cannot run."""


def can_do_without(task: luigi.Task) -> bool:
    """Tell whether this run goes on, and ends well, if the task's relation cannot be had."""
    return journal(task).lenient and getattr(task, "table", None) in current().optional


def is_lost(task: luigi.Task) -> bool:
    """Tell whether a task failed in this run, or could not run, and the run goes on."""
    if not can_do_without(task):
        return False
    name = task.get_task_family(), relation_of(task)
    return any(
        outcome.forgiven and (outcome.task, outcome.relation) == name
        for outcome in journal(task).outcomes()
    )


def check_needs(task: luigi.Task) -> None:
    """Raise NeedLostError where something is lost that the task needs."""
    for need in task.deps():
        if is_lost(need):
            what = f"{need.get_task_family()} {relation_of(need)}"
            raise NeedLostError(f"{what} failed, or could not run")


def lose(task: luigi.Task, error: PipelineError) -> None:
    """Record that the run goes on without a task."""
    status: Status = "not run" if isinstance(error, NeedLostError) else "failed"
    name = task.get_task_family(), relation_of(task)
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
    limit = getattr(task, "limit", None)
    outcome = Outcome(
        task.get_task_family(),
        relation_of(task),
        "done" if result else "present",
        **figures,
        message=f"partial (--limit {limit})" if limit else "",
    )
    journal(task).record(outcome)


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


def watch(base: type[luigi.Task]) -> None:
    """Listen to what Luigi says about tasks of this class and its subclasses."""
    shorten_tracebacks()
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

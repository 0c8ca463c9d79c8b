"""The journal of a run: starts and outcomes of its tasks, in a file with one JSON line for each.

All processes of a run append to it, since tasks run in forked processes; the first reads it. What
cannot be written comes with the result of the task, and stays in memory.
"""

import datetime as dt
import errno
import json
import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import luigi

from pipeline.names import RunDate, TableName
from pipeline.procedures.advice import prefix_note
from pipeline.stores import supervision
from pipeline.tasks.run import task_ids
from pipeline.tasks.run.command import interrupt
from pipeline.tasks.run.summary import Outcome, Run, Status

if TYPE_CHECKING:
    from pipeline.tasks.run.outside.events import Events

LONGEST = 60
"""The largest number of characters of the parameters in a task's name."""

NOUNS = {"CopyTable": "relation", "RefreshCtas": "relation", "DumpTable": "dump"}
"""What a complete task of each kind stands for."""

Identity = tuple[str, str, str]
"""A task, its relation and its date: ``("CopyTable", "www.orders", "2026-11-21")``."""


@dataclass(slots=True)
class Journal:
    """Outcomes of the tasks of one run, and what its first process knows of the run.

    ``root`` is the id of the task that the command named, and ``command`` what continues the run.
    ``began`` tells a run from a tool that only asks tasks whether they are complete.
    """

    path: Path
    date: str
    root: str
    command: str = ""
    began: bool = False
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    """The id of the run in its history and its events."""
    pid: int = field(default_factory=os.getpid)
    started: float = field(default_factory=time.monotonic)
    scheduled: dict[str, luigi.Task] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    resumable: bool = True
    lenient: bool = False
    after: tuple[Callable[[Run], None], ...] = ()
    """What is done after the summary."""
    events: "Events | None" = None
    prefix: str = ""
    """The prefix of the run, if the words of the command chose it."""
    page: task_ids.Page | None = None
    terminated: set[Identity] = field(default_factory=set)
    """Tasks whose process a signal ended that also interrupts a run."""
    known: dict[Identity, Outcome] = field(default_factory=dict)
    starts: dict[Identity, float] = field(default_factory=dict)
    waited: float = 0.0
    """Seconds that this process had waited for locks when its task started."""
    position: int = 0
    fault: str = ""
    """Why something could not be written."""
    unwritten: list[str] = field(default_factory=list)
    """The lines of this process that were not, if it is not the first one."""

    @property
    def is_used(self) -> bool:
        """Return whether a run began here, or in a child process, which has recorded something."""
        return self.began or (self.path.exists() and self.path.stat().st_size > 0)

    def record(self, outcome: Outcome) -> bytes:
        """Append one outcome, the time, and the time that it waited for locks; return the line."""
        waited = supervision.waited() - self.waited
        return self._append({**asdict(outcome), "ended": time.time(), "waited": waited})

    def record_start(self, task: luigi.Task) -> None:
        """Append that a task starts in this process."""
        self.waited = supervision.waited()
        self._append({"start": identity(task), "at": time.time()})

    def _append(self, record: Mapping[str, Any]) -> bytes:
        """Append a line in one write, so that lines of processes never mix; return it.

        It begins with a line break, in case that the line before was cut off by a full disk.
        """
        text = json.dumps(record)
        line = f"\n{text}\n".encode()
        try:
            with self.path.open("ab", buffering=0) as file:
                if file.write(line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # noqa: TRY301
        except OSError as error:
            self.keep([text], f"{self.path}: {error.strerror}")
            if os.getpid() != self.pid:
                self.unwritten.append(text)
        return line

    def keep(self, lines: Sequence[str], fault: str) -> None:
        """Learn from lines that were not written, and why; what was written came before."""
        self.ended()
        for record in _records(lines):
            _learn(record, self.starts, self.known)
        self.fault = self.fault or fault

    def content(self) -> bytes:
        """Return the last outcome of each task, as lines of another journal."""
        outcomes = map(asdict, self.ended().values())
        return "".join(f"{json.dumps(outcome)}\n" for outcome in outcomes).encode()

    def ended(self) -> dict[Identity, Outcome]:
        """Return the last outcome of each task so far, from all processes.

        Each line is read once, after it is complete.
        """
        with self.path.open("rb") as file:
            file.seek(self.position)
            lines, end, _ = file.read().rpartition(b"\n")
        for record in _records(lines.splitlines()):
            _learn(record, self.starts, self.known)
        self.position += len(lines) + len(end)
        return self.known

    def absorb(self, outcomes: Mapping[Identity, Outcome]) -> None:
        """Add outcomes of other machines; what was complete here may be what they did."""
        self.known.update(outcomes)
        theirs = {name for name in self.complete if identity(self.scheduled[name]) in outcomes}
        self.complete -= theirs

    def superseded(self, task: luigi.Task) -> str:
        """Return the rows of a later date that the task found in this run; empty if none."""
        return self.ended()[identity(task)].message if self._ended_as(task, "superseded") else ""

    def was_done(self, task: luigi.Task) -> bool:
        """Return whether the task did its work in this run, and has not started again since."""
        if not self._ended_as(task, "done"):
            return False
        name = identity(task)
        return self.starts.get(name, 0.0) <= self.known[name].ended

    def _ended_as(self, task: luigi.Task, status: Status) -> bool:
        outcome = self.ended().get(identity(task))
        return outcome is not None and outcome.status == status

    def run(self) -> Run:
        """Return the run so far; a task that was interrupted with it has not failed."""
        interrupted = interrupt.was_noticed()
        ignored = self.terminated if interrupted else frozenset()
        outcomes = tuple(each for each in self.ended().values() if each.identity not in ignored)
        ran = tuple(outcome for outcome in outcomes if outcome.status != "complete")
        return Run(
            date=self.date,
            outcomes=(*ran, *self._not_run(outcomes)),
            complete_before=len(self.complete) + len(outcomes) - len(ran),
            seconds=time.monotonic() - self.started,
            resume=self.command if self.resumable else "",
            notes=(*self.notes, *self._prefix_note(ran), *self._fault_note()),
            complete_noun=self._complete_noun(),
            interrupted=interrupted,
        )

    def _prefix_note(self, outcomes: Iterable[Outcome]) -> Iterator[str]:
        texts = (*self.notes, *(outcome.message for outcome in outcomes))
        if note := prefix_note(texts, self.prefix):
            yield note

    def _fault_note(self) -> Iterator[str]:
        if self.fault:
            yield f"the journal of this run could not be written: {self.fault}"

    def _complete_noun(self) -> str:
        """Return what the complete tasks stand for, if it is the same for all of them."""
        tasks = (self.scheduled[task_id] for task_id in self.complete)
        nouns = {NOUNS.get(task.get_task_family(), "task") for task in tasks}
        return nouns.pop() if len(nouns) == 1 else "task"

    def failed(self, run: Run) -> list[str]:
        """Return the ids of the tasks that failed."""
        failed = {outcome.identity for outcome in run.of("failed")}
        return [task_id for task_id, task in self.scheduled.items() if identity(task) in failed]

    def _not_run(self, outcomes: tuple[Outcome, ...]) -> Iterator[Outcome]:
        ended = {outcome.identity for outcome in outcomes}
        for task_id, task in self.scheduled.items():
            if task_id not in self.complete and identity(task) not in ended and task.output():
                started = self.starts.get(identity(task), 0.0)  # 0 unless it was interrupted
                yield outcome_of(task, "not run", started=started)


def _learn(
    record: Mapping[str, Any], starts: dict[Identity, float], known: dict[Identity, Outcome]
) -> None:
    if "start" in record:
        task, relation, date = record["start"]
        starts[task, relation, date] = record["at"]
        return
    outcome = Outcome.from_record(record)
    if outcome.status != "not run":  # without a requirement, a task does nothing
        outcome = replace(outcome, started=starts.get(outcome.identity, outcome.started))
    known[outcome.identity] = outcome


def _records(lines: Iterable[bytes | str]) -> Iterator[Mapping[str, Any]]:
    """Yield the records in lines, except in parts of lines."""
    for line in lines:
        with suppress(ValueError):
            yield json.loads(line)


def read_records(lines: Iterable[bytes]) -> dict[Identity, Outcome]:
    """Return the last outcome of each task in the lines of another journal."""
    starts: dict[Identity, float] = {}
    known: dict[Identity, Outcome] = {}
    for record in _records(lines):
        _learn(record, starts, known)
    return known


def name_of(task: luigi.Task) -> tuple[str, str]:
    """Return the names of a task and of its relation, which is empty if it has none.

    That of a task of another package has its other parameters: ``Report(region=eu)``.
    """
    relation = getattr(task, "table", None)
    found = str(relation) if isinstance(relation, TableName) else ""
    return f"{task.get_task_family()}{_others(task, found)}", found


def _others(task: luigi.Task, relation: str) -> str:
    """Return the parameters of a task of another package, beside its relation and its date."""
    if type(task).__module__.partition(".")[0] in {"luigi", "pipeline"}:
        return ""
    shown = {"table" if relation else "", "date" if date_of(task) else ""}
    public = task.to_str_params(only_significant=True, only_public=True)
    significant = (name for name, each in task.get_params() if each.significant)
    hidden = any(getattr(task, name) for name in significant if name not in public)
    given = (f"{name}={value}" for name, value in public.items() if value and name not in shown)
    text = ", ".join(given)
    if len(text) > LONGEST or hidden:
        text = f"{text[:LONGEST]}… {task.task_id.rpartition('_')[2]}"
    return f"({text})" if text else ""


def identity(task: luigi.Task) -> Identity:
    """Return what identifies a task in its run."""
    return (*name_of(task), date_of(task))


def date_of(task: luigi.Task) -> str:
    """Return the date of a task, empty if it has none; one of another package may have a time."""
    date = getattr(task, "date", None)
    if isinstance(date, dt.datetime) and RunDate.of(date).hour is None:
        return str(date)
    if isinstance(date, dt.date):
        return str(RunDate.of(date))
    return str(date) if isinstance(date, RunDate) else ""


def outcome_of(task: luigi.Task, status: Status, **more: Any) -> Outcome:
    """Return the outcome of a task."""
    name, relation, date = identity(task)
    return Outcome(name, relation, status, date=date, **more)


def row_source(task: luigi.Task) -> str:
    """Describe the rows of a task if they differ from those of an ordinary run, and its checks."""
    limit = getattr(task, "limit", None)
    source = f"partial (--limit {limit})" if limit else ""
    if getattr(task, "alone", False):
        source = "from the existing rows (--alone)"
    return "; ".join(filter(None, (source, str(getattr(task, "remarks", "")))))

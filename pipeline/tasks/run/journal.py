"""The journal of a run: the outcomes of its tasks, in a file with one JSON line for each.

All processes of a run append to it, since tasks run in forked processes; the first reads it.
"""

import json
import os
import shlex
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import luigi

from pipeline.tasks.run import task_ids
from pipeline.tasks.run.summary import Outcome, Run

NOUNS = {"CopyTable": "relation", "RefreshCtas": "relation", "DumpTable": "dump"}
"""What a complete task of each kind stands for."""

Name = tuple[str, str]
"""The name of a task and of its relation: ``("CopyTable", "www.orders")``."""


@dataclass(slots=True)
class Journal:
    """Outcomes of the tasks of one run, and what its first process knows of the run."""

    path: Path
    date: str
    root: str
    pid: int = field(default_factory=os.getpid)
    started: float = field(default_factory=time.monotonic)
    scheduled: dict[str, luigi.Task] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    resumable: bool = True
    lenient: bool = False
    page: task_ids.Page | None = None
    known: dict[Name, Outcome] = field(default_factory=dict)
    position: int = 0

    def record(self, outcome: Outcome) -> None:
        """Append one outcome and the time, in one write, so that lines of processes never mix."""
        line = json.dumps({**asdict(outcome), "ended": time.time()}) + "\n"
        with self.path.open("ab", buffering=0) as file:
            file.write(line.encode())

    def ended(self) -> dict[Name, Outcome]:
        """Return the last outcome of each task so far, from all processes.

        Each line is read once, after it is complete.
        """
        with self.path.open("rb") as file:
            file.seek(self.position)
            lines, end, _ = file.read().rpartition(b"\n")
        for line in lines.splitlines():
            outcome = Outcome.from_record(json.loads(line))
            self.known[outcome.task, outcome.relation] = outcome
        self.position += len(lines) + len(end)
        return self.known

    def was_superseded(self, task: luigi.Task) -> bool:
        """Return whether the task found rows of a later date in this run."""
        outcome = self.ended().get(name_of(task))
        return (
            outcome is not None
            and outcome.status == "superseded"
            and outcome.date == str(getattr(task, "date", ""))
        )

    def run(self) -> Run:
        """Return the run so far."""
        outcomes = tuple(self.ended().values())
        ran = tuple(outcome for outcome in outcomes if outcome.status != "complete")
        return Run(
            date=self.date,
            outcomes=(*ran, *self._not_run(outcomes)),
            complete_before=len(self.complete) + len(outcomes) - len(ran),
            seconds=time.monotonic() - self.started,
            resume=resume_command(sys.argv, self.date) if self.resumable else "",
            notes=tuple(self.notes),
            complete_noun=self._complete_noun(),
        )

    def _complete_noun(self) -> str:
        """Return what the complete tasks stand for, if it is the same for all of them."""
        tasks = (self.scheduled[task_id] for task_id in self.complete)
        nouns = {NOUNS.get(task.get_task_family(), "task") for task in tasks}
        return nouns.pop() if len(nouns) == 1 else "task"

    def failed(self, run: Run) -> list[str]:
        """Return the ids of the tasks that failed."""
        names = {(outcome.task, outcome.relation) for outcome in run.of("failed")}
        return [task_id for task_id, task in self.scheduled.items() if name_of(task) in names]

    def _not_run(self, outcomes: tuple[Outcome, ...]) -> Iterator[Outcome]:
        ended = {(outcome.task, outcome.relation) for outcome in outcomes}
        for task_id, task in self.scheduled.items():
            name = name_of(task)
            if task_id not in self.complete and name not in ended and task.output():
                yield Outcome(*name, status="not run")


def relation_of(task: luigi.Task) -> str:
    """Return the name of the task's relation, empty for a task without one."""
    return str(getattr(task, "table", ""))


def name_of(task: luigi.Task) -> Name:
    """Return the names that identify a task in its run."""
    return task.get_task_family(), relation_of(task)


def resume_command(argv: list[str], date: str) -> str:
    """Return the command of this run with an explicit ``--date``."""
    name = Path(argv[0]).name
    words = ["luigi" if name == "__main__.py" else name, *argv[1:]]
    if not any(word.startswith("--date") for word in words) and date[:1].isdigit():
        words += ["--date", date]
    return shlex.join(words)

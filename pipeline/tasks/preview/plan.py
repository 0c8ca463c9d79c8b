"""What a run would do: the task graph as Luigi would walk it; nothing is run or written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

import luigi
from luigi.task import flatten

from pipeline.errors import ConfigError, PipelineError, StoreError
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.targets import MarkerTarget

WAREHOUSE, STORAGE = "the warehouse", "S3"


@dataclass(frozen=True, slots=True)
class Step:
    """A task that would run; those of one ``level`` can run in parallel, once all below are done.

    Where its marker could not be asked for it is not ``certain``: it may be complete.
    """

    task: luigi.Task
    level: int
    certain: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What would run, in order, and what is complete; ``unreachable`` stores with the reason."""

    steps: tuple[Step, ...]
    complete: tuple[luigi.Task, ...]
    unreachable: dict[str, str]

    @property
    def levels(self) -> int:
        """How many steps must follow one another."""
        return self.steps[-1].level if self.steps else 0


@dataclass(slots=True)
class Walk:
    """Asks which tasks are complete, as Luigi does: each once, none below what is complete."""

    unreachable: dict[str, str] = field(default_factory=dict)
    complete: dict[str, luigi.Task] = field(default_factory=dict)
    incomplete: dict[str, luigi.Task] = field(default_factory=dict)
    uncertain: set[str] = field(default_factory=set)

    def visit(self, tasks: Iterable[luigi.Task]) -> None:
        """Visit these tasks and all that they need."""
        waiting = list(tasks)
        asked_for = {task.task_id for task in waiting}
        while waiting:
            task = waiting.pop()
            if task.task_id in self.complete or task.task_id in self.incomplete:
                continue
            if self._is_complete(task) and (task.task_id not in asked_for or _still_holds(task)):
                self.complete[task.task_id] = task
            else:
                self.incomplete[task.task_id] = task
                waiting += task.deps()

    def _is_complete(self, task: luigi.Task) -> bool:
        answers = [self._exists(target) for target in flatten(task.output())]
        if None in answers:
            self.uncertain.add(task.task_id)
        return all(answers) and bool(answers)

    def _exists(self, target: luigi.Target) -> bool | None:
        """Ask for a marker; None where its store cannot be reached, which is asked only once."""
        store = WAREHOUSE if isinstance(target, MarkerTarget) else STORAGE
        if store in self.unreachable:
            return None
        try:
            return bool(target.exists())
        except (StoreError, ConfigError) as error:
            self.unreachable[store] = first_line(error)
            return None

    def steps(self) -> Iterator[Step]:
        """Yield what is not complete, level by level, by task and relation within each."""
        edges = {
            task_id: [each.task_id for each in task.deps() if each.task_id in self.incomplete]
            for task_id, task in self.incomplete.items()
        }
        sorter = TopologicalSorter(edges)
        sorter.prepare()
        level = 0
        while sorter.is_active():
            level += 1
            ready = sorter.get_ready()
            for task_id in sorted(ready):
                yield Step(self.incomplete[task_id], level, task_id not in self.uncertain)
            sorter.done(*ready)


def make_plan(tasks: Iterable[luigi.Task]) -> Plan:
    """Find out what would run for these tasks; those aside that only gather others."""
    walk = Walk()
    walk.visit(tasks)
    steps = tuple(step for step in walk.steps() if flatten(step.task.output()))
    return Plan(steps, tuple(walk.complete.values()), walk.unreachable)


def upstream_of(source: str) -> str:
    """Return what a source's database is called among the stores."""
    return f"{source} upstream"


def _still_holds(task: luigi.Task) -> bool:
    """Tell whether what a marker proves is so, of a task that was asked for by name."""
    return not isinstance(task, BootstrapWarehouse) or task.is_up_to_date()


def first_line(error: PipelineError) -> str:
    """Return the first line of a message, for a list with a line for each store."""
    return str(error).partition("\n")[0]

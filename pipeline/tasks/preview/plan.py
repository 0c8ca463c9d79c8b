"""The plan of a run: the task graph as Luigi would walk it, without running or writing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from typing import Any

import luigi
from luigi.task import flatten

from pipeline.errors import ConfigError, PipelineError, StoreError
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.targets import MarkerTarget

WAREHOUSE, STORAGE = "the warehouse", "S3"


@dataclass(frozen=True, slots=True)
class Step:
    """A task that would run; tasks of one ``level`` can run in parallel after all lower levels.

    A step is not ``certain`` if its marker could not be read: the task may be complete.
    """

    task: luigi.Task
    level: int
    certain: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps in order, the complete tasks, and the ``unreachable`` stores with the reasons."""

    steps: tuple[Step, ...]
    complete: tuple[luigi.Task, ...]
    unreachable: dict[str, str]

    @property
    def levels(self) -> int:
        """The length of the longest chain of steps."""
        return self.steps[-1].level if self.steps else 0


@dataclass(slots=True)
class Walk:
    """Find the complete tasks as Luigi does: each once, and none below a complete one."""

    unreachable: dict[str, str] = field(default_factory=dict)
    complete: dict[str, luigi.Task] = field(default_factory=dict)
    incomplete: dict[str, luigi.Task] = field(default_factory=dict)
    uncertain: set[str] = field(default_factory=set)

    def visit(self, tasks: Iterable[luigi.Task]) -> None:
        """Visit these tasks and all their requirements."""
        waiting = list(tasks)
        requested = {task.task_id for task in waiting}
        while waiting:
            task = waiting.pop()
            if task.task_id in self.complete or task.task_id in self.incomplete:
                continue
            if self._is_complete(task) and (task.task_id not in requested or _is_up_to_date(task)):
                self.complete[task.task_id] = task
            else:
                self.incomplete[task.task_id] = task
                waiting += task.deps()

    def _is_complete(self, task: luigi.Task) -> bool:
        answers = [self._exists(target) for target in flatten(self._output(task))]
        if None in answers:
            self.uncertain.add(task.task_id)
        return all(answers) and bool(answers)

    def _output(self, task: luigi.Task) -> Any:
        """Return the markers of a task; that of an incremental dump depends on the warehouse."""
        try:
            return task.output()
        except (StoreError, ConfigError) as error:
            self.unreachable.setdefault(WAREHOUSE, first_line(error))
            if not isinstance(task, DumpTable):
                raise
            task.assume_all()
            return task.output()

    def _exists(self, target: luigi.Target) -> bool | None:
        """Return whether a marker exists, or None if its store is unreachable (tried once)."""
        store = WAREHOUSE if isinstance(target, MarkerTarget) else STORAGE
        if store in self.unreachable:
            return None
        try:
            return bool(target.exists())
        except (StoreError, ConfigError) as error:
            self.unreachable[store] = first_line(error)
            return None

    def steps(self) -> Iterator[Step]:
        """Yield the incomplete tasks by level, and by task and relation within a level."""
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
    """Return the plan for these tasks, without steps for those that only gather others."""
    walk = Walk()
    walk.visit(tasks)
    steps = tuple(step for step in walk.steps() if flatten(step.task.output()))
    return Plan(steps, tuple(walk.complete.values()), walk.unreachable)


def upstream_of(source: str) -> str:
    """Return the name of a source's database among the stores: ``www upstream``."""
    return f"{source} upstream"


def _is_up_to_date(task: luigi.Task) -> bool:
    """Return whether the marker of a task that was requested by name is up to date."""
    return not isinstance(task, BootstrapWarehouse) or task.is_up_to_date()


def first_line(error: PipelineError) -> str:
    """Return the first line of a message."""
    return str(error).partition("\n")[0]

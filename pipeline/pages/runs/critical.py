"""What each task of a run waited for, and the chain of tasks that determined when it ended."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.designs.catalog import Catalog
from pipeline.names import TableName
from pipeline.pages.runs.model import FILLING, SECOND, Run, Task

PROMPT = SECOND
"""A task that starts this soon after it could has not waited; Luigi asks once a second."""

IDLE = 2 * SECOND
"""A worker that has no task for longer is idle."""

Key = tuple[str, str]
"""A task and its relation: ``("CopyTable", "www.orders")``."""


@dataclass(frozen=True)
class Requirements:
    """What tasks require by the designs, as far as a run has such tasks."""

    catalog: Catalog
    _known: dict[Key, tuple[Key, ...]] = field(default_factory=dict, init=False)

    @cached_property
    def _first(self) -> dict[TableName, TableName]:
        """By relation, the one that refreshes it: they hold the same new surrogate keys."""
        starts = [each.name for each in self.catalog if each.kind == "CTAS" and each.renumbers]
        return {name: group[0] for group in self.catalog.graph.groups(starts) for name in group}

    def of(self, task: str, relation: str) -> tuple[Key, ...]:
        """Return what a task requires."""
        key = task, relation
        if key not in self._known:
            self._known[key] = tuple(self._find(task, relation))
        return self._known[key]

    def _find(self, task: str, relation: str) -> Iterator[Key]:
        if task in {"CreateTable", *FILLING}:
            yield from (("UploadDesign", relation), ("BootstrapWarehouse", ""))
        if task in FILLING:
            yield "CreateTable", relation
            yield from self._awaited(relation)
        if task == "CopyTable":
            yield "DumpTable", relation

    def _awaited(self, name: str) -> Iterator[Key]:
        """Yield the tasks that fill what a relation reads."""
        found = self._designs.get(name)
        if found is None:
            return
        names = {*self.catalog[found].awaits, self._first.get(found, found)} - {found}
        for each in sorted(names):
            kind = self.catalog[each].kind
            yield "CopyTable" if kind == "TABLE" else "RefreshCtas", str(each)

    @cached_property
    def _designs(self) -> dict[str, TableName]:
        return {str(name): name for name in self.catalog.designs}


Lanes = tuple[tuple[Task, ...], ...]
"""Tasks by worker, as many as ran at the same time; which worker ran a task is not certain."""


def lanes(tasks: Iterable[Task]) -> Lanes:
    """Divide tasks, which come by their start, so that those of a lane follow one another."""
    found: list[list[Task]] = []
    free: list[dt.datetime] = []
    for task in tasks:
        lane = next((n for n, since in enumerate(free) if since <= task.begin), len(found))
        if lane == len(found):
            found.append([])
            free.append(task.ended)
        found[lane].append(task)
        free[lane] = task.ended
    return tuple(map(tuple, found))


@dataclass(frozen=True, slots=True)
class Pool:
    """Tasks that share workers or a resource: when some of it was idle, and when tasks ended."""

    idle: tuple[tuple[dt.datetime, dt.datetime], ...]
    """Periods that do not overlap, in order."""
    tasks: tuple[Task, ...]
    ends: tuple[dt.datetime, ...]

    @classmethod
    def of(cls, run: Run, tasks: Sequence[Task]) -> "Pool":
        """Return the pool of some tasks, whose size is the largest number at the same time."""
        periods: list[tuple[dt.datetime, dt.datetime]] = []
        for lane in lanes(tasks):
            starts = [*(task.begin for task in lane), run.ended]
            ends = [run.started, *(task.ended for task in lane)]
            pairs = zip(ends, starts, strict=True)
            periods += [(end, start) for end, start in pairs if start - end > IDLE]
        by_end = sorted(tasks, key=lambda task: task.ended)
        return cls(_merged(periods), tuple(by_end), tuple(task.ended for task in by_end))

    def blocker(self, ready: dt.datetime, start: dt.datetime) -> Task | None:
        """Return the task for whose end alone another one waited, from ``ready`` to its start.

        None if it waited for several, one after the other, or if some of the pool was idle.
        """
        at = bisect_left(self.idle, (ready, ready))
        around = self.idle[max(0, at - 1) : at + 1]
        if any(begin < start and end > ready for begin, end in around):
            return None
        last = bisect_left(self.ends, start) - 1
        if last < 0 or start - self.ends[last] > IDLE:
            return None
        return self.tasks[last] if self.tasks[last].begin <= ready + PROMPT else None


def _merged(
    periods: Iterable[tuple[dt.datetime, dt.datetime]],
) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    merged: list[tuple[dt.datetime, dt.datetime]] = []
    for start, end in sorted(periods):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


@dataclass(frozen=True, slots=True)
class Step:
    """A task of the critical path, the seconds that it waited before, and why it began then."""

    task: Task
    waited: float
    after: Task | None
    is_required: bool
    """Whether ``after`` is a requirement; else it held the worker or the resource."""


@dataclass(frozen=True)
class Order:
    """When the tasks of a run could start, and why they started when they did."""

    run: Run
    requirements: Requirements
    _pools: dict[str, Pool] = field(default_factory=dict, init=False)

    @cached_property
    def _tasks(self) -> dict[tuple[str, str, str], Task]:
        return {(each.name, each.relation, each.date): each for each in self.run.timed}

    @cached_property
    def _without_relation(self) -> dict[str, Task]:
        return {each.name: each for each in self.run.timed if not each.relation}

    def _required(self, task: Task) -> Task | None:
        """Return the requirement that ended last; None if the run had none to do."""
        last = None
        for name, relation in self.requirements.of(task.name, task.relation):
            key = name, relation, task.date
            found = self._tasks.get(key) if relation else self._without_relation.get(name)
            if found and found.ended < task.ended and (not last or found.ended > last.ended):
                last = found
        return last

    @cached_property
    def required(self) -> dict[Task, Task | None]:
        """The requirement of each task that ended last; None if the run had none to do."""
        return {task: self._required(task) for task in self.run.timed}

    @cached_property
    def waits(self) -> dict[Task, float]:
        """The seconds that each task waited for a worker or a resource, if it did."""
        found = {}
        for task, required in self.required.items():
            ready = required.ended if required else self.run.started
            if task.recorded is not None and task.recorded - ready > PROMPT:
                found[task] = (task.recorded - ready) / SECOND
        return found

    @cached_property
    def path(self) -> tuple[Step, ...]:
        """The critical path: the last task, what it began after, and so on; first the first."""
        steps: list[Step] = []
        task = max(self.run.timed, key=lambda each: each.ended, default=None)
        while task is not None:
            step = self._step(task)
            steps.append(step)
            task = step.after
        return tuple(reversed(steps))

    def _step(self, task: Task) -> Step:
        waited, required = self.waits.get(task, 0.0), self.required[task]
        if waited and task.recorded is not None:
            ready = task.recorded - waited * SECOND
            for pool in self._pools_of(task):
                if blocker := pool.blocker(ready, task.recorded):
                    return Step(task, 0.0, blocker, is_required=False)
        return Step(task, waited, required, is_required=True)

    def _pools_of(self, task: Task) -> Iterator[Pool]:
        """Yield the workers, and the resource that the task takes by default."""
        names = ["", _resource(task)]
        for name in dict.fromkeys(names):
            if name not in self._pools:
                some = [each for each in self.run.timed if name in {"", _resource(each)}]
                self._pools[name] = Pool.of(self.run, some)
            yield self._pools[name]


def _resource(task: Task) -> str:
    """Return the resource of luigi.cfg that a task takes, empty if none."""
    if task.name == "DumpTable":
        return f"upstream_{task.relation.partition('.')[0]}"
    return "warehouse" if task.name in {"CreateTable", *FILLING} else ""

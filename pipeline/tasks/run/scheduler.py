"""Luigi's scheduler without most of what grows with the square of the number of tasks.

Whenever a worker asks for a task, Luigi's sorts all tasks that wait, counts them for a log, and
looks at all tasks, for workers that are gone: with 4,000 tasks, that takes a minute and a half.
"""

import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import luigi.scheduler
from luigi.scheduler import Scheduler
from luigi.task_status import DONE, PENDING, RUNNING

PAUSE = 20
"""Time between two looks at all tasks, in durations of one: 5 % of the time is enough."""

BEST = 20
"""Tasks of a kind from which the next one is chosen: more than workers ask for meanwhile."""

Counts = dict[str, Any]
"""How many tasks wait for a worker, whether it is enabled, and what it runs."""

NOT_COUNTED = {"n_pending_tasks": 0, "n_unique_pending": 0, "n_pending_last_scheduled": 0}


class LargeRunScheduler(Scheduler):
    """Luigi's scheduler; counts tasks only when it has none to hand out, and not each time.

    A worker decides by the counts whether to end; so one that says so is never an old one.

    The next task is one of the best that could run when all were looked at. So one that has become
    ready since may have to wait, or others of lower priority come first, for at most 20 times as
    long as that look takes; but a worker that runs no task gets one if there is any.
    """

    def __init__(self, *values: Any, **options: Any) -> None:
        initialize: Any = super().__init__
        initialize(*values, **{**options, "prune_on_get_work": False})
        state: Any = self._state
        self._list_tasks: Callable[..., Iterable[Any]] = state.get_active_tasks_by_status
        state.get_active_tasks_by_status = self._list_best
        self._best: list[Any] = []
        self._until = 0.0
        self._next_look = 0.0
        self._counts = True
        self._known: dict[str, tuple[float, Counts]] = {}

    def get_work(self, **request: Any) -> Any:
        """Return the next task; without one, how many wait, by which the worker decides to end."""
        self._look()
        until = self._until
        answer = self._choose(**request)
        if _is_empty(answer) and until == self._until and not request.get("current_tasks"):
            self._until = 0.0  # Without a task to wait for, the worker would end.
            answer = self._choose(**request)
        if _is_empty(answer):
            return {**answer, **self.count_pending(request["worker"])}
        return {"running_tasks": [], **answer}

    def _choose(self, **request: Any) -> Any:
        luigis: Any = super()
        self._counts = False
        try:
            return luigis.get_work(**request)
        finally:
            self._counts = True

    def _list_best(self, *statuses: str) -> Iterable[Any]:
        """Return tasks by status: of those from which ``get_work`` chooses, the best.

        It alone asks for these two statuses. It sorts all, and passes over those that wait for
        others, or for resources.
        """
        if statuses != (PENDING, RUNNING):
            return self._list_tasks(*statuses)
        began = time.monotonic()
        if began >= self._until:
            self._best = [*self._find_best()]
            ended = time.monotonic()
            self._until = ended + PAUSE * (ended - began)
        known: Any = self._state.get_task
        ready = (each for each in self._best if each.status == PENDING and known(each.id) is each)
        return itertools.chain(ready, self._list_tasks(RUNNING))

    def _find_best(self) -> Iterator[Any]:
        """Yield the first tasks that can run, for each set of resources and workers.

        Those that run together, as a batch, are never too many.
        """
        known: Any = self._state.get_task
        found: defaultdict[Any, int] = defaultdict(int)
        ready = (
            task
            for task in self._list_tasks(PENDING)
            if all((needed := known(dep)) and needed.status == DONE for dep in task.deps)
        )
        rank: Any = self._rank
        for task in sorted(ready, key=rank, reverse=True):
            resources = tuple(sorted((task.resources or {}).items()))
            kind = resources, tuple(task.workers), task.runnable
            found[kind] += 1
            if found[kind] <= BEST or task.is_batchable():
                yield task

    def count_pending(self, worker: str) -> Any:
        """Return how many tasks wait; within ``get_work``, only whether the worker is enabled."""
        if not self._counts:
            return {**NOT_COUNTED, "worker_state": self._state.get_worker(worker).state}
        began = time.monotonic()
        until, known = self._known.pop(worker, (0.0, {}))
        if began < until:
            self._known[worker] = until, known
            return {**known, "worker_state": self._state.get_worker(worker).state}
        luigis: Any = super()
        counts: Counts = luigis.count_pending(worker)
        if counts["n_pending_tasks"]:
            ended = time.monotonic()
            self._known[worker] = ended + PAUSE * (ended - began), counts
        return counts

    def _look(self) -> None:
        """Look for tasks whose time to be tried again has come, and for workers that are gone."""
        began = time.monotonic()
        if began >= self._next_look:
            luigis: Any = super()
            luigis.prune()
            ended = time.monotonic()
            self._next_look = ended + PAUSE * (ended - began)
            self._known = {name: each for name, each in self._known.items() if each[0] > ended}


def _is_empty(answer: Counts) -> bool:
    """Return whether there was no task, though the worker is enabled."""
    return not ("running_tasks" in answer or answer["task_id"] or answer.get("batch_id"))


def install() -> None:
    """Let Luigi use this scheduler with ``--local-scheduler``, and luigid if it starts here."""
    module: Any = luigi.scheduler
    module.Scheduler = LargeRunScheduler

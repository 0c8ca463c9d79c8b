"""Luigi's scheduler without most of what grows with the square of the number of tasks.

Whenever a worker asks for a task, Luigi's looks at all tasks that wait, to count them for a log,
and at all tasks, for workers that are gone: with 4,000 tasks, that takes a minute and a half.
"""

import time
from typing import Any

import luigi.scheduler
from luigi.scheduler import Scheduler

PAUSE = 20
"""Time between two looks at all tasks, in durations of one: 5 % of the time is enough."""

Counts = dict[str, Any]
"""How many tasks wait for a worker, whether it is enabled, and what it runs."""

NOT_COUNTED = {"n_pending_tasks": 0, "n_unique_pending": 0, "n_pending_last_scheduled": 0}


class LargeRunScheduler(Scheduler):
    """Luigi's scheduler; counts tasks only when it has none to hand out, and not each time.

    A worker decides by the counts whether to end; so one that says so is never an old one.
    """

    def __init__(self, *values: Any, **options: Any) -> None:
        initialize: Any = super().__init__
        initialize(*values, **{**options, "prune_on_get_work": False})
        self._next_look = 0.0
        self._counts = True
        self._known: dict[str, tuple[float, Counts]] = {}

    def get_work(self, **request: Any) -> Any:
        """Return the next task; without one, how many wait, by which the worker decides to end."""
        self._look()
        luigis: Any = super()
        self._counts = False
        try:
            answer = luigis.get_work(**request)
        finally:
            self._counts = True
        if "running_tasks" in answer or answer["task_id"] or answer.get("batch_id"):
            return {"running_tasks": [], **answer}
        return {**answer, **self.count_pending(request["worker"])}

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


def install() -> None:
    """Let Luigi use this scheduler with ``--local-scheduler``, and luigid if it starts here."""
    module: Any = luigi.scheduler
    module.Scheduler = LargeRunScheduler

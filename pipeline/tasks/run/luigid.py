"""The connection to luigid, through which a run survives that luigid restarts or loses it.

luigid forgets a run if it restarts without its state, and if it hears nothing of the run for
``worker_disconnect_delay``: by then the tasks that wait belong to nobody. Luigi's worker would
take an empty answer for the end of the work, and leave them (exit code 25).
"""

from typing import Any

import luigi.rpc
from luigi.configuration import get_config
from luigi.rpc import RemoteScheduler

from pipeline.tasks.run import report, task_ids
from pipeline.tasks.run.shared.machines import DISABLED, DONE, FAILED, RUNNING
from pipeline.tasks.run.shared.membership import Membership, membership

RETRY_WAIT, ATTEMPTS = 5, 13
"""Seconds between the attempts at a request, and their number."""

Arguments = dict[str, Any]
"""The arguments of a request to luigid, by name."""


class SteadyScheduler(RemoteScheduler):
    """Luigi's connection to luigid; registers the run's tasks again with one that lost them."""

    def __init__(self, *values: Any, **options: Any) -> None:
        initialize: Any = super().__init__
        initialize(*values, **options)
        self._be_patient()
        self._workers: dict[str, Arguments] = {}
        self._tasks: dict[str, Arguments] = {}
        self._registered_again: frozenset[str] = frozenset()

    def _be_patient(self) -> None:
        """Try a request for a minute, as Luigi does, but not at intervals of half a minute.

        Luigi warns of these options in its configuration, since none of its tasks uses them.
        """
        config = get_config()
        if not config.has_option("core", "rpc_retry_wait"):
            self._rpc_retry_wait = RETRY_WAIT
            if not config.has_option("core", "rpc_retry_attempts"):
                self._rpc_retry_attempts = ATTEMPTS

    def add_worker(self, worker: str, info: Any, **more: Any) -> Any:
        """Register the process that schedules the run."""
        self._workers[worker] = {"worker": worker, "info": info, **more}
        luigis: Any = super()
        return luigis.add_worker(worker, info, **more)

    def add_task(self, **task: Any) -> Any:
        """Register a task, or its new status; a run tries a task as often as luigi.cfg says.

        One that failed here, cut off, may have been completed by another machine: by its markers.
        """
        is_shared_failure = membership() is not None and task.get("status") == FAILED
        if is_shared_failure and report.is_complete(task["task_id"]):
            task["status"] = DONE
        policy = task.get("retry_policy_dict")
        if policy and policy.get("retry_count") is None:
            task["retry_policy_dict"] = {**policy, "retry_count": task_ids.attempts()}
        self._tasks[task["task_id"]] = {**self._tasks.get(task["task_id"], {}), **task}
        luigis: Any = super()
        return luigis.add_task(**task)

    def get_work(self, **request: Any) -> Any:
        """Return the next task; if luigid knows of none although one is ready, ask again."""
        running = frozenset(request.get("current_tasks") or ())
        answer = self._get_work(request, running)
        if _offers_something(answer):
            self._registered_again = frozenset()
            return answer
        ready = self._ready(running)
        if ready and (member := membership()):
            self._learn(member)
            ready = self._ready(running)
        if ready <= self._registered_again:
            return answer
        self._register_again(running)
        self._registered_again = ready
        return self._get_work(request, running)

    def _get_work(self, request: Arguments, running: frozenset[str]) -> Any:
        """Return luigid's answer; with other machines, wait for their tasks or take them over."""
        luigis: Any = super()
        member = membership()
        if member is None:
            return luigis.get_work(**request)
        member.revive(running)
        answer = luigis.get_work(**request)
        if not _offers_something(answer) and member.revive(running, now=True):
            answer = luigis.get_work(**request)
        answer["n_pending_tasks"] = max(answer["n_pending_tasks"], len(answer["running_tasks"]))
        return answer

    def _learn(self, member: Membership) -> None:
        """Note which tasks other machines ended: by luigid, or by markers if it lost them."""
        there = member.machines.tasks(member.run)
        for name, task in self._tasks.items():
            if task["status"] != "PENDING":
                continue
            status = there[name]["status"] if name in there else None
            if status == DONE or (status is None and report.is_complete(name)):
                task["status"] = DONE
            elif status in {DISABLED, FAILED}:
                task["status"] = FAILED

    def _ready(self, running: frozenset[str]) -> frozenset[str]:
        """Return the ids of the tasks that could run now."""
        done = {name for name, task in self._tasks.items() if task["status"] == "DONE"}
        return frozenset(
            name
            for name, task in self._tasks.items()
            if task["status"] == "PENDING"
            and task.get("runnable")
            and name not in running
            and done.issuperset(task.get("deps") or ())
        )

    def _register_again(self, running: frozenset[str]) -> None:
        """Repeat what luigid was told, in its order; a batch that runs reports its own end.

        Other machines must not take over what is ``running`` here.
        """
        luigis: Any = super()
        for worker in self._workers.values():
            luigis.add_worker(**worker)
        for name, task in self._tasks.items():
            if membership() and name in running:
                luigis.add_task(**{**task, "status": RUNNING})
            elif task["status"] != RUNNING:
                luigis.add_task(**task)


def _offers_something(answer: Arguments) -> bool:
    """Return whether an answer has a task, now or later, or is that of a worker disabled by hand.

    An answer without any is final: Luigi's worker ends, unless it waits for its own processes.
    """
    return bool(
        answer.get("task_id")
        or answer.get("batch_id")
        or answer["n_pending_tasks"]
        or answer["running_tasks"]
        or answer.get("worker_state") == "disabled"
    )


def install() -> None:
    """Let Luigi connect to luigid in this way."""
    rpc: Any = luigi.rpc
    rpc.RemoteScheduler = SteadyScheduler

"""What luigid knows of the machines of a run, and what it is told so that they replace each other.

luigid takes a machine for dead that it has not heard for ``worker_disconnect_delay``, and disables
the tasks that were running there: it counts that as a failure, and a run tries a task once.
"""

import functools
import json
import os
import secrets
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import luigi.rpc

DISABLED, DONE, FAILED, RUNNING = "DISABLED", "DONE", "FAILED", "RUNNING"
"""States of a task in luigid."""


@dataclass(frozen=True, slots=True)
class Machines:
    """The machines that run under one name, as the luigid at ``url`` knows them."""

    url: str
    name: str
    attempts: int | None = None
    """At a request, without a log; None for those with which runs outlive a restart of luigid."""

    @property
    def scheduler(self) -> Any:
        """The connection to luigid."""
        return _scheduler(self.url, self.attempts)

    def worker(self, run: str) -> str:
        """Return the id of this process in luigid: ``Worker(run=nightly, id=9f3b2c1d, …)``."""
        host, pid, salt = process()
        return f"Worker(run={self.name}, id={run}, host={host}, pid={pid}, salt={salt})"

    def enter(self, run: str) -> None:
        """Have luigid know this process before it schedules its tasks."""
        self.scheduler.add_worker(worker=self.worker(run), info=[("run", self.name)])

    def leave(self, run: str) -> None:
        """Have luigid give this process no more work, and show that it has reported."""
        self.scheduler.disable_worker(worker=self.worker(run))

    def living(self, run: str) -> set[str]:
        """Return the ids of the machines of a run that are alive and have not left."""
        found = self.scheduler.worker_list(include_running=False)
        return {
            each["name"]
            for each in found
            if f", id={run}, " in each["name"] and each["state"] == "active"
        }

    def tasks(self, run: str) -> Mapping[str, Mapping[str, Any]]:
        """Return the tasks of a run that luigid knows, by their ids."""
        found = self.scheduler.task_search(task_str=f"_{run}")
        return {name: task for group in found.values() for name, task in group.items()}

    def error(self, task_id: str) -> str:
        """Return the message of a task that failed; empty if luigid has none."""
        text = self.scheduler.fetch_error(task_id=task_id)["error"]
        return str(json.loads(text)) if text else ""

    def revive(self, run: str, own: Collection[str]) -> int:
        """Let other machines run the tasks of dead ones, except ``own``; return their number.

        luigid removes the worker from such a task, and keeps it on one that failed.
        """
        dead = [
            task_id
            for status in (FAILED, DISABLED)
            for task_id, task in self._with(status).items()
            if task_id.endswith(f"_{run}") and not task["worker_running"] and task_id not in own
        ]
        for task_id in dead:
            self.scheduler.re_enable_task(task_id=task_id)
            self.scheduler.forgive_failures(task_id=task_id)
        return len(dead)

    def _with(self, status: str) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.scheduler.task_list(
            status=status, upstream_status="", limit=False
        )
        return found


@functools.cache
def process() -> tuple[str, int, str]:
    """Return what identifies this process among machines, also if these are equal containers."""
    return socket.gethostname(), os.getpid(), secrets.token_hex(4)


@functools.cache
def _scheduler(url: str, attempts: int | None) -> Any:
    found: Any = luigi.rpc.RemoteScheduler(url)
    if attempts is not None:
        found._rpc_retry_attempts, found._rpc_log_retries = attempts, False
    return found


def host(worker: str) -> str:
    """Return the machine of a worker's id, as a note shows it: ``db1 (process 4711)``."""
    words = dict(word.split("=", 1) for word in worker[len("Worker(") : -1].split(", "))
    return f"{words['host']} (process {words['pid']})"

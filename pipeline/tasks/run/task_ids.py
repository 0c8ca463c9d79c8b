"""Runs that share one luigid: each for itself, since markers tell what is done, not luigid.

To luigid two tasks with equal parameters are one, whatever prefix, configuration or designs they
belong to, and what it believes of a task outlives the run that said so: a task of a killed run
counts as running, one that just ended as done even if its marker was removed since. So the ids of
a run's tasks are its own. What runs share is what luigid is good at: resources, and the page.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import luigi
import luigi.interface
import luigi.worker
from luigi.cmdline_parser import CmdlineParser
from luigi.configuration import get_config
from luigi.rpc import RemoteScheduler, RPCError

logger = logging.getLogger(__name__)

RUN = secrets.token_hex(4)
"""This run; tasks run in forked processes, which inherit it."""

ATTEMPTS = 1
"""A task that failed is disabled in luigid's words: it is not tried again in this run, which a
worker that is kept alive would wait for. The next run tries it again, since its tasks are its own.
"""


def attempts() -> int:
    """Return how often a run tries a task: as luigi.cfg says, else once."""
    return int(get_config().getint("scheduler", "retry_count", ATTEMPTS))


@dataclass(frozen=True, slots=True)
class Page:
    """The page of the luigid through which this process runs its tasks."""

    scheduler: Any

    def show_failed(self, task_ids: Iterable[str]) -> None:
        """Let it say FAILED of what is DISABLED, once the run is over and would not try again."""
        try:
            for task_id in task_ids:
                self.scheduler.re_enable_task(task_id)
        except RPCError:
            logger.warning("luigid does not answer; its page may say DISABLED of what failed")


def page() -> Page | None:
    """Return luigid's page; None where this is no luigi command, or one with its own scheduler."""
    if CmdlineParser.get_instance() is None:
        return None
    options = luigi.interface.core()
    if options.local_scheduler:
        return None
    address = f"http://{options.scheduler_host}:{options.scheduler_port}/"
    return Page(RemoteScheduler(options.scheduler_url or address))


def id_in_run(task_id: str) -> str:
    """Return a task's id as no other run has it."""
    return f"{task_id}_{RUN}"


def subscribe(base: type[luigi.Task]) -> None:
    """Subscribe to Luigi's events about tasks of this class that it cannot schedule."""
    for event in (luigi.Event.BROKEN_TASK, luigi.Event.DEPENDENCY_MISSING):
        base.event_handler(event)(_wait_for_nobody)


def _wait_for_nobody(*_: object) -> None:
    """End the run when it has nothing to do.

    A worker that is kept alive waits until other runs leave it resources. It would wait for ever
    for what needs a task that could not be scheduled. Luigi's worker has this very object.
    """
    luigi.worker.worker().keep_alive = False

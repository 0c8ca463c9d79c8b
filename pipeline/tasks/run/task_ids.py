"""Task ids that are unique to a run, so that runs can share one luigid.

luigid treats tasks with equal parameters as one task, even if their prefix, configuration or
designs differ, and it keeps a task's status after the run: a task of a killed run stays RUNNING,
and a finished task stays DONE after its marker is removed. Markers decide what is complete, so
each run uses its own ids. Runs share only luigid's resources and its page.
"""

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

from pipeline.tasks.run.command import exit_codes

logger = logging.getLogger(__name__)

RUN = secrets.token_hex(4)
"""The id of this run, 8 hexadecimal digits; forked processes inherit it.

Machines that share a run replace it by the id on which they agree.
"""


def attempts() -> int:
    """Return how often a run tries a task: ``retry_count`` of luigi.cfg, or once."""
    return int(get_config().getint("scheduler", "retry_count", exit_codes.ATTEMPTS))


@dataclass(frozen=True, slots=True)
class Page:
    """The page of the luigid that schedules this run."""

    scheduler: Any

    def show_failed(self, task_ids: Iterable[str]) -> None:
        """Show disabled tasks as FAILED after the run, which tries them no more."""
        try:
            for task_id in task_ids:
                self.scheduler.re_enable_task(task_id)
        except RPCError:
            logger.warning("luigid does not answer; its page may show failed tasks as DISABLED")


def page() -> Page | None:
    """Return luigid's page, or None outside luigi commands and with --local-scheduler."""
    url = scheduler_url()
    return None if url is None else Page(RemoteScheduler(url))


def scheduler_url() -> str | None:
    """Return luigid's address, or None outside luigi commands and with --local-scheduler."""
    if CmdlineParser.get_instance() is None:
        return None
    options = luigi.interface.core()
    if options.local_scheduler:
        return None
    address = f"http://{options.scheduler_host}:{options.scheduler_port}/"
    return str(options.scheduler_url or address)


def id_in_run(task_id: str) -> str:
    """Return the id of a task in this run: ``LoadAll__2026_11_21_ab12cd34ef_9f3b2c1d``."""
    return f"{task_id}_{RUN}"


def subscribe() -> None:
    """Subscribe to Luigi's events about tasks that it cannot schedule, those of others too."""
    for event in (luigi.Event.BROKEN_TASK, luigi.Event.DEPENDENCY_MISSING):
        luigi.Task.event_handler(event)(_end_when_idle)


def is_external(task: luigi.Task) -> bool:
    """Return whether another program makes the data of a task: Luigi has nothing to run."""
    return getattr(task, "run", None) is None


def is_awaited(task: luigi.Task) -> bool:
    """Return whether Luigi waits for the data of an external task."""
    return is_external(task) and bool(luigi.worker.worker().retry_external_tasks)


def _end_when_idle(task: luigi.Task, *_: object) -> None:
    """End the run when no task is left that can run.

    A worker that is kept alive waits for resources that other runs hold. It would also wait
    forever for tasks whose requirements could not be scheduled. Luigi's worker uses this object.
    """
    if not is_awaited(task):
        luigi.worker.worker().keep_alive = False

"""Everything that a luigi command of this package's tasks needs in addition to Luigi itself."""

import functools
from collections.abc import Callable
from typing import Any

import luigi
import luigi.worker
from luigi.rpc import RPCError

from pipeline.tasks.run import listeners, luigid, report, results, scheduler, task_ids
from pipeline.tasks.run.command import command_line, exit_codes, log


@functools.cache
def prepare_luigi_command(base: type[Any]) -> None:
    """Set defaults, subscribe to the events of ``base`` and its subclasses, and explain mistakes.

    Luigi reads the parameters of all tasks when it parses a command, before it looks up the named
    task and before it reads its exit codes. The first of these reads, or the first task that
    another program makes, calls this function; importing the package changes nothing.
    """
    exit_codes.set_defaults()
    luigid.install()
    scheduler.install()
    command_line.build_parsers_once()
    command_line.explain_misspelled(base)
    log.shorten_tracebacks()
    results.replace_result_queues(report.unwritten, report.learn)
    listeners.subscribe(base)
    _learn_before_tasks()
    _settle_after_work()
    task_ids.subscribe()

    def discovered(_: luigi.Task, dependency: Any) -> None:
        if isinstance(dependency, base):
            dependency.on_discovered()

    base.event_handler(luigi.Event.DEPENDENCY_DISCOVERED)(discovered)


def _learn_before_tasks() -> None:
    """Read the journal before each task, whose process would otherwise read all of it."""
    run: Callable[[Any, str], None] = getattr(luigi.worker.Worker, "_run_task")  # noqa: B009

    @functools.wraps(run)
    def informed(worker: Any, task_id: str) -> None:
        report.read_journal()
        run(worker, task_id)

    setattr(luigi.worker.Worker, "_run_task", informed)  # noqa: B010


def _settle_after_work() -> None:
    """Have each worker of Luigi learn, before it ends, what other machines did.

    The summary tells if luigid ended it.
    """
    work: Callable[[Any], bool] = luigi.worker.Worker.run

    @functools.wraps(work)
    def worked(worker: Any) -> bool:
        try:
            succeeded = work(worker)
        except RPCError:
            report.add_note("luigid did not answer any more")
            raise
        report.settle(worker)
        return succeeded

    setattr(luigi.worker.Worker, "run", worked)  # noqa: B010

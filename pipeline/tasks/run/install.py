"""Everything that a luigi command of this package's tasks needs in addition to Luigi itself."""

import functools
from typing import Any

import luigi

from pipeline.tasks.run import (
    command_line,
    exit_codes,
    log,
    luigid,
    report,
    results,
    task_ids,
)


@functools.cache
def prepare_luigi_command(base: type[Any]) -> None:
    """Set defaults, subscribe to the events of ``base`` and its subclasses, and explain mistakes.

    Luigi reads the parameters of all tasks when it parses a command, before it looks up the named
    task and before it reads its exit codes. The first of these reads, or the first task that
    another program makes, calls this function; importing the package changes nothing.
    """
    exit_codes.set_defaults()
    luigid.install()
    command_line.explain_misspelled(base)
    log.shorten_tracebacks()
    results.replace_result_queues()
    report.subscribe(base)
    task_ids.subscribe()

    def discovered(_: luigi.Task, dependency: Any) -> None:
        if isinstance(dependency, base):
            dependency.on_discovered()

    base.event_handler(luigi.Event.DEPENDENCY_DISCOVERED)(discovered)

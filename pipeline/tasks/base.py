"""What all tasks share: parameters, completion, and the report of progress and results."""

import datetime as dt
import functools
import time
import traceback
from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

import luigi
from luigi.parameter import MissingParameterException
from luigi.rpc import RPCError
from luigi.task import MixinNaiveBulkComplete, flatten

from pipeline.designs.model.design import Design, Kind
from pipeline.errors import PipelineError, UsageError
from pipeline.names import RunDate, TableName
from pipeline.procedures.content import SupersededError
from pipeline.runtime import Runtime, current
from pipeline.stores.supervision import waits_reported
from pipeline.tasks.parameters import TODAY, RunDateParameter, TableParameter
from pipeline.tasks.run import optional, report
from pipeline.tasks.run import task_ids as sharing
from pipeline.tasks.run.command import command_line as usage
from pipeline.tasks.run.command import log
from pipeline.tasks.run.install import prepare_luigi_command
from pipeline.tasks.run.shared import membership
from pipeline.tasks.run.summary import Result

WAREHOUSE = {"warehouse": 1}
"""The share of ``[resources]`` in luigi.cfg that a task in the warehouse takes."""


UNUSUAL = frozenset({"alone", "dry_run", "limit", "replace"})
"""Parameters that are significant only if given: they distinguish the run from others."""


class PipelineTask(luigi.Task):
    """A task that reports its result, or an error without a traceback."""

    result: Result | None = None

    def __init__(self, *values: Any, **parameters: Any) -> None:
        initialize: Any = super().__init__
        initialize(*values, **parameters)
        membership.begin(self)
        self.task_id: str = sharing.id_in_run(self.task_id)

    @classmethod
    @functools.cache
    def get_params(cls) -> list[tuple[str, luigi.Parameter[Any]]]:
        """Return the parameters, once for each class; the first call prepares the command."""
        prepare_luigi_command(PipelineTask)
        luigis: Any = super()
        found: list[tuple[str, luigi.Parameter[Any]]] = luigis.get_params()
        return found

    @classmethod
    def get_param_values(cls, params: Any, args: Any, kwargs: Any) -> Any:
        """Return the parameters' values; name the one that a command lacks."""
        usage.check_options()
        luigis: Any = super()
        try:
            return luigis.get_param_values(params, args, kwargs)
        except MissingParameterException:
            if usage.is_command_for(cls):
                usage.refuse(f"{cls.__name__} requires --table, as in --table www.orders")
            raise

    def to_str_params(self, *args: Any, **options: Any) -> dict[str, str]:
        """Add the unusual parameters that were given; ordinary runs keep their ids."""
        luigis: Any = super()
        given: dict[str, str] = luigis.to_str_params(*args, **options)
        ordinary = {name: value for name, value in given.items() if name not in UNUSUAL}
        unusual = {name: value for name, value in self.param_kwargs.items() if name in UNUSUAL}
        return ordinary | {name: str(value) for name, value in unusual.items() if value}

    @property
    def retry_count(self) -> int:
        """Attempts within a run."""
        return sharing.attempts()

    @property
    def runtime(self) -> Runtime:
        """The runtime of this process."""
        return current()

    def output(self) -> Any:
        """Return the completion markers; none if other tasks do all the work."""
        return ()

    @abstractmethod
    def run(self) -> None:
        """Do the work, unless another run did it."""

    def complete(self) -> bool:
        """Return whether the markers exist; an error is reported in the summary."""
        return self.checked(super().complete)

    def checked(self, question: Callable[[], bool]) -> bool:
        """Answer a question of the scheduler, and record an error if it fails.

        Luigi asks in the process that schedules, before any task runs: there the journal begins.
        """
        report.journal(self)
        try:
            return question()
        except UsageError as error:
            if usage.is_command() and report.is_root(self):
                report.discard()
                usage.refuse(error)
            report.record_failure(self, error)
            raise
        except Exception as error:
            report.record_failure(self, error)
            raise

    def on_discovered(self) -> None:
        """Prepare for a run that needs this task; called in the process that schedules."""

    def report_progress(self, message: str, fraction: float | None = None) -> None:
        """Show a message, and the fraction that is done, on the scheduler's page, if it is there.

        The work goes on without luigid. The page takes the message for HTML, so that a value of a
        row could be a script: ``<`` is replaced.
        """
        with suppress(RPCError):
            if self.set_status_message:
                self.set_status_message(message.replace("<", "\u2039"))
            if fraction is not None and self.set_progress_percentage:
                self.set_progress_percentage(min(100, int(fraction * 100)))

    def report_result(
        self,
        message: str = "",
        *,
        rows: int | None = None,
        size: int = 0,
        since: float,
        checked: bool = False,
    ) -> None:
        """Record that the markers exist, and show the result on the scheduler's page.

        ``message`` is for tasks that move no rows; ``since`` is the monotonic time of the start.
        ``checked`` tells that only checks were run.
        """
        for target in flatten(self.output()):
            target.mark_written()
        self.result = Result(rows, size, time.monotonic() - since, checked)
        self.report_progress(message or str(self.result), 1.0)

    def is_already_complete(self) -> bool:
        """Return whether another run completed the task since this one scheduled it."""
        complete = self.complete()
        if complete:
            self.report_progress("completed by another run", 1.0)
        return complete

    def on_failure(self, exception: BaseException) -> str:
        """Explain the failure on the scheduler's page; without a traceback if it is expected."""
        return log.reason(exception) or "".join(traceback.format_exception(exception))


class RunTask(MixinNaiveBulkComplete, PipelineTask):
    """A task of a run, which its date identifies.

    Luigi's RangeDaily and RangeHourly ask which of many dates are complete, which takes two
    requests for each.
    """

    date: RunDate = RunDateParameter(
        default=TODAY,
        description="date of the run, 2026-11-28, or an hour of it in UTC, 2026-11-28T14"
        " (default: today in UTC)",
    )


KINDS: Mapping[Kind, str] = {
    "TABLE": "an upstream table; CopyTable fills it",
    "CTAS": "a derived table; RefreshCtas fills it",
    "VIEW": "a view; RefreshCtas replaces it",
}
"""What a relation is, and the task that fills it."""


class RelationTask(RunTask):
    """A task about one relation."""

    table: TableName = TableParameter(description="the relation, as schema.table")

    superseded = ""
    """The reason why the task ended without its marker: a relation holds later rows."""

    unfit: ClassVar[frozenset[Kind]] = frozenset()
    """The kinds of relations that the task does not apply to."""

    @property
    def design(self) -> Design:
        """The relation's design; UsageError if there is none, or if it is for another task."""
        design = self.runtime.project.catalog[self.table]
        if design.kind in self.unfit:
            task = type(self).__name__
            raise UsageError(f"{task} cannot run for {self.table}: it is {KINDS[design.kind]}")
        return design

    @property
    def priority(self) -> int:  # type: ignore[override]  # luigi's own documentation does so
        """Large relations and the beginnings of long chains come first.

        https://luigi.readthedocs.io/en/stable/tasks.html#task-priority
        """
        try:
            return _priorities(self.date.day).get(self.table, 0)
        except PipelineError:
            return 0  # ``complete``, which Luigi calls first, reports the error

    @abstractmethod
    def execute(self) -> None:
        """Do the work of the task and call ``report_result``."""

    def complete(self) -> bool:
        """Return whether the task is done, or this run continues without it.

        It does after an optional failure, and if rows of a later date were loaded meanwhile. What
        this run did is not asked again, for each task that requires it.
        """
        if report.has_done(self) or super().complete():
            return True
        return optional.has_failed(report.journal(self), self) or self.is_superseded()

    def is_superseded(self) -> bool:
        """Return whether this run found rows of a later date, which complete the task."""
        return bool(report.journal(self).superseded(self))

    def run(self) -> None:
        """Do the work; a failure does not end a run in which the relation is optional."""
        if self.is_already_complete():
            return
        journal = report.journal(self)
        is_optional = optional.is_optional(journal, self)
        try:
            if is_optional:
                optional.check_requirements(journal, self)
            with waits_reported(self.report_progress):
                self.execute()
        except SupersededError as error:
            self.superseded = str(error)
            self.report_progress(self.superseded, 1.0)
        except PipelineError as error:
            if membership.membership() and self.is_already_complete():
                return  # another machine took over the task of this one, which was suspended
            self.report_progress(f"FAILED: {error}")
            if not is_optional:
                raise
            optional.record_failure(journal, self, error)


@functools.cache
def _priorities(day: dt.date) -> Mapping[TableName, int]:
    runtime = current()
    return runtime.markers.priorities(runtime.project.catalog, day)

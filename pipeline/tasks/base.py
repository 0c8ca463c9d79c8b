"""What all tasks share: parameters that a person types, and how they tell their progress."""

from __future__ import annotations

import datetime as dt
import functools
import time
import traceback
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import luigi
from luigi.parameter import MissingParameterException
from luigi.task import flatten

from pipeline.designs.fingerprint import Fingerprints
from pipeline.designs.model import Design, Kind
from pipeline.errors import PipelineError, UsageError
from pipeline.names import TableName
from pipeline.runtime import Runtime, current
from pipeline.tasks.run import command_line as usage
from pipeline.tasks.run import exit_codes, optional, report
from pipeline.tasks.run import task_ids as sharing
from pipeline.tasks.run.summary import Result

WAREHOUSE = {"warehouse": 1}
"""What a task that works in the warehouse takes of ``[resources]`` in luigi.cfg."""


def today() -> dt.date:
    """Return the date in UTC, the identity of a run unless another is given."""
    return dt.datetime.now(dt.UTC).date()


class TableParameter(luigi.Parameter):
    """The name of a relation, typed as ``www.orders``."""

    def parse(self, x: str) -> TableName:
        """Parse ``schema.table``."""
        with usage.exit_on_usage_error():
            return TableName.parse(x.lower())

    def serialize(self, x: TableName) -> str:
        """Render for the command line, the scheduler and the task's id."""
        return str(x)

    def _warn_on_wrong_param_type(self, param_name: str, param_value: Any) -> None:
        """Take values that are no text: these are parsed names."""


class RunDateParameter(luigi.DateParameter):
    """A date, typed as ``2026-11-21``."""

    def parse(self, x: str) -> dt.date:
        """Parse YYYY-MM-DD."""
        luigis: Any = super()
        try:
            day: dt.date = luigis.parse(x)
        except ValueError:
            with usage.exit_on_usage_error():
                raise UsageError(f"'{x}' is no date; write YYYY-MM-DD, as in {today()}") from None
        return day


UNUSUAL = frozenset({"alone", "dry_run", "limit"})
"""Parameters without significance until they are given; then the run is another one."""


class PipelineTask(luigi.Task):
    """A task of this package: it tells what it did, or what is wrong rather than where."""

    result: Result | None = None

    def __init__(self, *values: Any, **parameters: Any) -> None:
        initialize: Any = super().__init__
        initialize(*values, **parameters)
        self.task_id: str = sharing.id_in_run(self.task_id)

    @classmethod
    @functools.cache
    def get_params(cls) -> list[tuple[str, luigi.Parameter[Any]]]:
        """Return the parameters; Luigi would look for them in the whole class for each task."""
        luigis: Any = super()
        found: list[tuple[str, luigi.Parameter[Any]]] = luigis.get_params()
        return found

    @classmethod
    def get_param_values(cls, params: Any, args: Any, kwargs: Any) -> Any:
        """Return the parameters' values; say which one a command lacks."""
        usage.check_options()
        luigis: Any = super()
        try:
            return luigis.get_param_values(params, args, kwargs)
        except MissingParameterException:
            if usage.is_command():
                usage.refuse(f"{cls.__name__} needs --table, as in --table www.orders")
            raise

    def to_str_params(self, *args: Any, **options: Any) -> dict[str, str]:
        """Add parameters that make a run another one, if given: ordinary runs keep their ids."""
        luigis: Any = super()
        given: dict[str, str] = luigis.to_str_params(*args, **options)
        ordinary = {name: value for name, value in given.items() if name not in UNUSUAL}
        unusual = {name: value for name, value in self.param_kwargs.items() if name in UNUSUAL}
        return ordinary | {name: str(value) for name, value in unusual.items() if value}

    @property
    def retry_count(self) -> int:
        """How often Luigi tries the task within a run."""
        return sharing.attempts()

    @property
    def runtime(self) -> Runtime:
        """The settings, catalogue and stores of this process."""
        return current()

    def output(self) -> Any:
        """Return the markers that prove this task; none where other tasks do all the work."""
        return ()

    def complete(self) -> bool:
        """Tell whether the marker is there; an error on the way is part of the summary."""
        return self.checked(super().complete)

    def checked(self, question: Callable[[], bool]) -> bool:
        """Answer a question of the scheduler's, and record why it could not be answered.

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

    def tell(self, message: str, fraction: float | None = None) -> None:
        """Show a message, and how much is done, on the scheduler's page."""
        if self.set_status_message:
            self.set_status_message(message)
        if fraction is not None and self.set_progress_percentage:
            self.set_progress_percentage(min(100, int(fraction * 100)))

    def finish(
        self, said: str = "", *, rows: int | None = None, size: int = 0, since: float
    ) -> None:
        """Note that the markers are there now; show on the scheduler's page what was done.

        ``said`` tells it where the task is about something else than rows.
        """
        for target in flatten(self.output()):
            target.note()
        self.result = Result(rows, size, time.monotonic() - since)
        self.tell(said or str(self.result), 1.0)

    def is_overtaken(self) -> bool:
        """Tell whether another run did it all while this one had other things to do."""
        overtaken = self.complete()
        if overtaken:
            self.tell("done by another run", 1.0)
        return overtaken

    def on_failure(self, exception: BaseException) -> str:
        """Explain the failure on the scheduler's page; a message of ours says everything."""
        if isinstance(exception, PipelineError):
            return str(exception)
        return "".join(traceback.format_exception(exception))


class RunTask(PipelineTask):
    """A task of one run, which its date identifies."""

    date: dt.date = RunDateParameter(
        default=today(), description="identity of the run, YYYY-MM-DD (default: today in UTC)"
    )


KINDS: Mapping[Kind, str] = {
    "TABLE": "no derived relation; CopyTable fills it",
    "CTAS": "a derived table; RefreshCtas fills it",
    "VIEW": "a view; RefreshCtas replaces it",
}
"""What a relation is, and the task for it."""


class RelationTask(RunTask):
    """A task about one relation."""

    table: TableName = TableParameter(description="the relation, as schema.table")

    unfit: ClassVar[frozenset[Kind]] = frozenset()
    """The kinds of relations for which this is no task."""

    @property
    def design(self) -> Design:
        """The relation's design; a UsageError where there is none, or one for another task."""
        design = self.runtime.catalog[self.table]
        if design.kind in self.unfit:
            task = type(self).__name__
            raise UsageError(f"{task} is not for {self.table}: it is {KINDS[design.kind]}")
        return design

    @property
    def priority(self) -> int:  # type: ignore[override]  # luigi's own documentation does so
        """Let the largest go first, and what the longest chains begin with.

        https://luigi.readthedocs.io/en/stable/tasks.html#task-priority
        """
        try:
            return self.runtime.priorities(self.date).get(self.table, 0)
        except PipelineError:
            return 0  # what is wrong is told by ``complete``, which Luigi asks first

    @abstractmethod
    def work(self) -> None:
        """Do what the task is for; what it moved is told by ``finish``."""

    def complete(self) -> bool:
        """Tell whether there is nothing to do: it is done, or lost for this run, which goes on."""
        return super().complete() or optional.has_failed(report.journal(self), self)

    def run(self) -> None:
        """Do the work; where the run can do without the relation, a failure does not end it."""
        if self.is_overtaken():
            return
        journal = report.journal(self)
        is_optional = optional.is_optional(journal, self)
        try:
            if is_optional:
                optional.check_requirements(journal, self)
            self.work()
        except PipelineError as error:
            self.tell(f"FAILED: {error}")
            if not is_optional:
                raise
            optional.record_failure(journal, self, error)


class LimitParameter(luigi.OptionalIntParameter):
    """A number of rows, typed as ``100``; None takes all."""

    def parse(self, x: str) -> int | None:
        """Parse a whole number from 1 on."""
        if x and not (x.isdecimal() and int(x)):
            with usage.exit_on_usage_error():
                raise UsageError(f"--limit {x}: write a whole number from 1 on")
        return int(x) if x else None


LIMIT = (
    "take at most so many rows of each table, for a try-out; a table with all rows is left alone"
)


class RowsTask(RelationTask):
    """A task that moves a relation's rows, all of them or, for a try-out, some."""

    limit: int | None = LimitParameter(default=None, significant=False, description=LIMIT)

    @property
    def design(self) -> Design:
        """The relation's design; a UsageError where the configuration leaves its table out."""
        reason = self.runtime.left_out.get(self.table)
        if reason is not None:
            raise UsageError(reason)
        return super().design

    @property
    def fingerprints(self) -> Fingerprints:
        """What determines the results of this run; a part is never taken for the whole."""
        return self.runtime.limited(self.limit)


report.watch(PipelineTask)
sharing.watch(PipelineTask)
exit_codes.set_defaults()

"""LoadAll, and the parts of it that can run alone."""

import time
from abc import abstractmethod
from collections.abc import Iterable

import luigi

from pipeline import screen
from pipeline.designs.model.design import Design
from pipeline.errors import PipelineError, UsageError
from pipeline.procedures.dump.shared_snapshot import SHARED_BY
from pipeline.tasks.base import RelationTask, RunTask
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.copy import CopyTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.parameters import LimitParameter, PatternsParameter
from pipeline.tasks.refresh import RefreshCtas
from pipeline.tasks.rows import LIMIT, REPLACE, filling_task
from pipeline.tasks.run import report
from pipeline.tasks.run.command import command_line as usage
from pipeline.tasks.run.shared.membership import membership
from pipeline.tasks.targets import IndexTarget
from pipeline.tasks.upload import UploadDesign


class Selection(RunTask):
    """All tasks of one kind for the relations that ``tables`` selects: ``www,!www.log``."""

    tables: str = PatternsParameter(
        default="",
        description="patterns that select relations: www, 'www.orders*', '!www.log', '+a' (with"
        " its dependencies), 'a+' (with its dependents); separate several by commas or spaces,"
        " and put a name with a space in double quotes (default: all)",
    )

    dry_run: bool = luigi.BoolParameter(
        default=False, significant=False, description="show what would run, and run nothing"
    )

    sql: bool = luigi.BoolParameter(
        default=False,
        significant=False,
        description="with --dry-run: also show the statements of each task",
    )

    shown = False

    @property
    def allows_optional_failures(self) -> bool:
        """Whether relations that are not required may fail: not if they were selected by name."""
        return not self.tables

    def requires(self) -> list[luigi.Task]:
        """Return the tasks of the selected relations; a dry run requires none."""
        return [] if self.dry_run else list(self.tasks(self.selected()))

    @abstractmethod
    def tasks(self, designs: Iterable[Design]) -> Iterable[luigi.Task]:
        """Return the tasks for the selected designs."""

    def selected(self) -> list[Design]:
        """Return the selected designs, in the catalog's order."""
        project = self.runtime.project
        project.check_designs()
        return [project.catalog[name] for name in project.catalog.select(self.tables)]

    def complete(self) -> bool:
        """Return whether all tasks are complete; of a dry run, whether it has shown them."""
        if not self.dry_run:
            return self.checked(self.is_done)
        with usage.exit_on_usage_error():
            self.selected()
        return self.shown

    def is_done(self) -> bool:
        """Return whether nothing is left to do."""
        if self.sql:
            raise UsageError("--sql shows statements instead of executing them: add --dry-run")
        if all(task.complete() for task in self.requires()):
            return True
        if membership():
            self._check_snapshots()
        return False

    def _check_snapshots(self) -> None:
        """Raise UsageError if several machines would dump a source that needs one snapshot."""
        project, settings = self.runtime.project, self.runtime.settings
        needed = project.catalog.with_dependencies([design.name for design in self.selected()])
        for source in settings.sources:
            dumps = [
                DumpTable(table=name, date=self.date, limit=getattr(self, "limit", None))
                for name in needed
                if source.consistent and name.schema == source.name
                and name not in project.left_out
            ]  # fmt: skip
            if sum(not dump.output().exists() for dump in dumps) >= SHARED_BY:
                words = f"DumpAll --tables {source.name} --date {self.date}"
                raise UsageError(
                    f"{source.name} asks for one snapshot of all its tables (consistent), which"
                    " only one machine can hold: dump it first, without a name:\n"
                    f"    LUIGI_RUN= luigi --module pipeline {words}"
                )

    def run(self) -> None:
        """Do what remains after the tasks, or show what would run."""
        if self.dry_run:
            self.show()
        else:
            self.execute()

    def execute(self) -> None:
        """Do what remains after the tasks: nothing."""

    def show(self) -> None:
        """Print the plan, unbuffered: this process may be forked from the one that schedules."""
        from pipeline.tasks.preview.dry_run import PreviewRequest, preview_lines  # noqa: PLC0415  (few runs need it)
        from pipeline.tasks.preview.text import label  # noqa: PLC0415

        real = type(self)(**{**self.param_kwargs, "dry_run": False, "sql": False})
        title = f"Plan of {label(real)} for {self.date}"
        limit = getattr(self, "limit", None)
        request = PreviewRequest(title, [real], self.date, limit, sql=self.sql)
        try:
            for line in preview_lines(self.runtime, request):
                screen.write(f"{line}\n")
        except BrokenPipeError:
            pass  # the reader of a pipe, such as head, has read enough
        except OSError as error:
            raise PipelineError(f"the plan was not written: {error}") from error
        self.shown = True


class RowsSelection(Selection):
    """A selection of tasks that move rows."""

    limit: int | None = LimitParameter(default=None, significant=False, description=LIMIT)

    def selected(self) -> list[Design]:
        """Return the selected designs, except those that the configuration excludes."""
        project = self.runtime.project
        project.check_designs()
        report.add_note(project.left_out_note)
        return [project.catalog[name] for name in project.select(self.tables)]


class FillingSelection(RowsSelection):
    """A selection of tasks that fill relations of the warehouse."""

    replace: bool = luigi.BoolParameter(default=False, significant=False, description=REPLACE)


class LoadAll(FillingSelection):
    """Load everything: warehouse, designs, dumps, loads, derived tables and views."""

    publishes_pages = True

    def tasks(self, designs: Iterable[Design]) -> Iterable[RelationTask]:
        """Return the task that fills each relation; it requires all that comes before."""
        return (
            filling_task(design.name, self.date, self.limit, replace=self.replace)
            for design in designs
        )


class DumpAll(RowsSelection):
    """Dump the selected tables to S3."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[RelationTask]:
        """Return the dumps of the upstream tables."""
        return (
            DumpTable(table=design.name, date=self.date, limit=self.limit)
            for design in designs
            if design.kind == "TABLE"
        )


class IndexDesigns(Selection):
    """Name the selected designs and queries in the index of current designs.

    If all are selected, files that were deleted from the folder of designs leave the index.
    """

    def tasks(self, designs: Iterable[Design]) -> Iterable[UploadDesign]:
        """Return the uploads, which come first."""
        return (UploadDesign(table=design.name, date=self.date) for design in designs)

    def output(self) -> IndexTarget:
        """Return the entries of the selected designs."""
        runtime, designs = self.runtime, self.selected()
        entries = {
            path: entry for task in self.tasks(designs) for path, entry in task.entries().items()
        }
        whole = len(designs) == len(runtime.project.catalog)
        return IndexTarget(runtime.s3, runtime.project.layout.designs, entries, whole=whole)

    def is_done(self) -> bool:
        """Return whether the index, which is written last, names the selected designs."""
        return self.output().exists()

    def execute(self) -> None:
        """Write the index."""
        since = time.monotonic()
        self.output().write()
        self.report_result("these designs are current", since=since)


class UploadAll(Selection):
    """Upload the selected designs and queries to S3, and name them in the index."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[luigi.Task]:
        """Return the uploads, and the index."""
        uploads = (UploadDesign(table=design.name, date=self.date) for design in designs)
        return (*uploads, IndexDesigns(tables=self.tables, date=self.date))


class CopyAll(FillingSelection):
    """Load the selected tables."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[RelationTask]:
        """Return the loads of the upstream tables."""
        return (
            CopyTable(table=design.name, date=self.date, limit=self.limit, replace=self.replace)
            for design in designs
            if design.kind == "TABLE"
        )


class RefreshAll(FillingSelection):
    """Refresh the selected derived tables and views, with what they read."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[luigi.Task]:
        """Return the refreshes; the bootstrap if nothing is derived."""
        tasks = [
            RefreshCtas(table=design.name, date=self.date, limit=self.limit, replace=self.replace)
            for design in designs
            if design.kind != "TABLE"
        ]
        return tasks or [BootstrapWarehouse()]

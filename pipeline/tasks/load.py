"""LoadAll, and the parts of it that can be run by themselves."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterable

import luigi

from pipeline.designs.model import Design
from pipeline.errors import UsageError
from pipeline.tasks.base import LIMIT, LimitParameter, RelationTask, RunTask
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.copy import CopyTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.preview.dry_run import PreviewRequest, preview_lines
from pipeline.tasks.preview.text import label
from pipeline.tasks.refresh import RefreshCtas, filling_task
from pipeline.tasks.run import command_line as usage
from pipeline.tasks.run import report
from pipeline.tasks.targets import IndexTarget
from pipeline.tasks.upload import UploadDesign


class Selection(RunTask):
    """All tasks of one kind, for the relations that ``tables`` selects."""

    tables: str = luigi.Parameter(
        default="",
        description="which relations: www, 'www.orders*', '!www.log', '+a' with what it needs,"
        " 'a+' with what depends on it; several separated by commas or spaces,"
        " a name with a space in double quotes (default: all)",
    )

    dry_run: bool = luigi.BoolParameter(
        default=False, significant=False, description="show what would run, and run nothing"
    )

    sql: bool = luigi.BoolParameter(
        default=False,
        significant=False,
        description="with --dry-run: also show what each task would say to whom",
    )

    shown = False

    @property
    def is_lenient(self) -> bool:
        """Tell whether relations may fail that are not required: not if they were asked for."""
        return not self.tables

    def requires(self) -> list[luigi.Task]:
        """One task for each selected relation; a dry run needs none."""
        return [] if self.dry_run else list(self.tasks(self.selected()))

    @abstractmethod
    def tasks(self, designs: Iterable[Design]) -> Iterable[luigi.Task]:
        """Return the tasks for the selected designs."""

    def selected(self) -> list[Design]:
        """Return the designs of what is selected, in the catalogue's order."""
        catalog = self.runtime.catalog
        return [catalog[name] for name in catalog.select(self.tables)]

    def complete(self) -> bool:
        """Tell whether all tasks are complete; of a dry run, whether it has shown them."""
        if not self.dry_run:
            return self.checked(self.is_done)
        with usage.exit_on_usage_error():
            self.selected()
        return self.shown

    def is_done(self) -> bool:
        """Tell whether nothing is left to do."""
        if self.sql:
            raise UsageError("--sql shows statements instead of executing them: add --dry-run")
        return all(task.complete() for task in self.requires())

    def run(self) -> None:
        """Do what the selection does beside its tasks, or show what would run."""
        if self.dry_run:
            self.show()
        else:
            self.work()

    def work(self) -> None:
        """Nothing is left to do; the summary is printed when Luigi has finished."""

    def show(self) -> None:
        """Print the plan; at once, since this process may be a child of the one that ends."""
        real = type(self)(**{**self.param_kwargs, "dry_run": False, "sql": False})
        title = f"Plan of {label(real)} for {self.date}"
        limit = getattr(self, "limit", None)
        request = PreviewRequest(title, [real], self.date, limit, sql=self.sql)
        for line in preview_lines(self.runtime, request):
            print(line, flush=True)
        self.shown = True


class RowsSelection(Selection):
    """A selection of tasks that move rows."""

    limit: int | None = LimitParameter(default=None, significant=False, description=LIMIT)

    def selected(self) -> list[Design]:
        """Return the designs of what is selected, without what the configuration leaves out."""
        runtime = self.runtime
        report.add_note(runtime.left_out_note)
        return [runtime.catalog[name] for name in runtime.select(self.tables)]


class LoadAll(RowsSelection):
    """Everything: warehouse, designs, dumps, loads, derived tables and views."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[RelationTask]:
        """Return the task that fills each relation; it requires all that comes before."""
        return (filling_task(design.name, self.date, self.limit) for design in designs)


class DumpAll(RowsSelection):
    """Dump all selected tables to S3."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[RelationTask]:
        """Return the dumps of what comes from upstream."""
        return (
            DumpTable(table=design.name, date=self.date, limit=self.limit)
            for design in designs
            if design.kind == "TABLE"
        )


class IndexDesigns(Selection):
    """Make the selected designs and queries the current ones of all that were ever uploaded.

    Where all are selected, what is in the folder of designs no more is no longer current.
    """

    def tasks(self, designs: Iterable[Design]) -> Iterable[UploadDesign]:
        """Return the uploads, all of which come first."""
        return (UploadDesign(table=design.name, date=self.date) for design in designs)

    def output(self) -> IndexTarget:
        """Return the index, as far as it is about what is selected."""
        runtime, designs = self.runtime, self.selected()
        entries = {
            path: entry for task in self.tasks(designs) for path, entry in task.entries().items()
        }
        whole = len(designs) == len(runtime.catalog)
        return IndexTarget(runtime.s3, runtime.layout.designs, entries, whole=whole)

    def is_done(self) -> bool:
        """Tell whether the index, which is written last, names what is selected."""
        return self.output().exists()

    def work(self) -> None:
        """Write the index."""
        since = time.monotonic()
        self.output().write()
        self.finish("these designs are the current ones", since=since)


class UploadAll(Selection):
    """Upload all selected designs and queries to S3, and make them the current ones there."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[luigi.Task]:
        """Return the uploads, and the index of what is current."""
        uploads = (UploadDesign(table=design.name, date=self.date) for design in designs)
        return (*uploads, IndexDesigns(tables=self.tables, date=self.date))


class CopyAll(RowsSelection):
    """Load all selected tables."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[RelationTask]:
        """Return the loads of what comes from upstream."""
        return (
            CopyTable(table=design.name, date=self.date, limit=self.limit)
            for design in designs
            if design.kind == "TABLE"
        )


class RefreshAll(RowsSelection):
    """Refresh all selected derived tables and views, with what they read."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[luigi.Task]:
        """Return the refreshes, and the warehouse they stand in where nothing is derived."""
        tasks = [
            RefreshCtas(table=design.name, date=self.date, limit=self.limit)
            for design in designs
            if design.kind != "TABLE"
        ]
        return tasks or [BootstrapWarehouse()]

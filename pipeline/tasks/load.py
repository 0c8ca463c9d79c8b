"""LoadAll, and the parts of it that can be run by themselves."""

from __future__ import annotations

from collections.abc import Iterable

import luigi

from pipeline.designs.model import Design
from pipeline.tasks.base import RelationTask, RunTask
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.copy import CopyTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.refresh import RefreshCtas, filling_task
from pipeline.tasks.upload import UploadDesign


class Selection(RunTask):
    """All tasks of one kind, for the relations that ``tables`` selects."""

    tables: str = luigi.Parameter(
        default="",
        description="which relations: www, 'www.orders*', '!www.log', '+a' with what it needs, 'a+' "
        "with what depends on it; several separated by commas or spaces (default: all)",
    )

    def requires(self) -> list[luigi.Task]:
        """One task for each selected relation."""
        return list(self.tasks(self.selected()))

    def tasks(self, designs: Iterable[Design]) -> Iterable[luigi.Task]:
        """Return the tasks for the selected designs."""
        raise NotImplementedError(f"{type(self).__name__} names no tasks")

    def selected(self) -> list[Design]:
        """Return the designs of what is selected, in the catalogue's order."""
        catalog = self.runtime.catalog
        return [catalog[name] for name in catalog.select(self.tables)]

    def complete(self) -> bool:
        """A selection is complete when all its tasks are."""
        return self.checked(lambda: all(task.complete() for task in self.requires()))

    def run(self) -> None:
        """Nothing is left to do; the summary is printed when Luigi has finished."""


class LoadAll(Selection):
    """Everything: warehouse, designs, dumps, loads, derived tables and views."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[RelationTask]:
        """Return the task that fills each relation; it requires all that comes before."""
        return (filling_task(design.name, self.date) for design in designs)


class DumpAll(Selection):
    """Dump all selected tables to S3."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[RelationTask]:
        """Return the dumps of what comes from upstream."""
        return (
            DumpTable(table=design.name, date=self.date)
            for design in designs
            if design.kind == "TABLE"
        )


class UploadAll(Selection):
    """Upload all selected designs and queries to S3."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[RelationTask]:
        """Return the uploads."""
        return (UploadDesign(table=design.name, date=self.date) for design in designs)


class CopyAll(Selection):
    """Load all selected tables."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[RelationTask]:
        """Return the loads of what comes from upstream."""
        return (
            CopyTable(table=design.name, date=self.date)
            for design in designs
            if design.kind == "TABLE"
        )


class RefreshAll(Selection):
    """Refresh all selected derived tables and views, with what they read."""

    def tasks(self, designs: Iterable[Design]) -> Iterable[luigi.Task]:
        """Return the refreshes, and the warehouse they stand in where nothing is derived."""
        tasks = [
            RefreshCtas(table=design.name, date=self.date)
            for design in designs
            if design.kind != "TABLE"
        ]
        return tasks or [BootstrapWarehouse()]

"""RefreshCtas: a derived table gets the rows of its query, a view its text."""

from __future__ import annotations

import datetime as dt
import time

import luigi

from pipeline.designs import fingerprint
from pipeline.errors import UsageError
from pipeline.names import TableName
from pipeline.procedures.publish import Place
from pipeline.procedures.refresh import RefreshJob, refresh
from pipeline.runtime import current
from pipeline.sql.markers.marker import Marker
from pipeline.tasks.base import WAREHOUSE, RowsTask
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.copy import CopyTable
from pipeline.tasks.create import CreateTable
from pipeline.tasks.run import report
from pipeline.tasks.run.task_ids import RUN
from pipeline.tasks.targets import MarkerTarget
from pipeline.tasks.upload import UploadDesign


def filling_task(table: TableName, date: dt.date, limit: int | None = None) -> RowsTask:
    """Return the task that brings a relation's rows: a load, or a refresh for what is derived."""
    task = CopyTable if current().catalog[table].kind == "TABLE" else RefreshCtas
    return task(table=table, date=date, limit=limit)


class RefreshCtas(RowsTask):
    """Refresh one derived table or view."""

    unfit = frozenset({"TABLE"})
    resources = WAREHOUSE

    alone: bool = luigi.BoolParameter(
        default=False,
        significant=False,
        description="take the rows that the warehouse has, whatever brought them, and load nothing"
        " before: for trying out a query; the next LoadAll refreshes the relation again",
    )

    def requires(self) -> list[luigi.Task]:
        """Return its own table (a view has none), its query's copy, and all that this reads."""
        reads = [filling_task(name, self.date, self.limit) for name in self._needed()]
        uploaded = UploadDesign(table=self.table, date=self.date)
        if self.design.kind == "VIEW":
            return [uploaded, BootstrapWarehouse(), *reads]
        return [uploaded, CreateTable(table=self.table, date=self.date), *reads]

    def _needed(self) -> list[TableName]:
        """Return what must be ready; of a table that is left out the query takes what is there."""
        if self.alone:
            report.add_note(f"{self.table} takes the rows that are there (--alone)")
            return []
        left_out = self.runtime.left_out
        for name in self.design.needs:
            if name in left_out:
                report.add_note(f"{self.table} takes the rows that are there: {left_out[name]}")
        return [name for name in self.design.needs if name not in left_out]

    def output(self) -> MarkerTarget:
        """Return a marker with the fingerprint of query, DDL and all that is read."""
        return MarkerTarget(self.proof().update_id, self.runtime.markers(self.date))

    def proof(self) -> Marker:
        """Return the marker's row, as far as it is known before the work.

        Of a refresh alone nobody knows what it read, so its marker is one for this run only.
        """
        content = self.fingerprints.content(self.design.name)
        if self.alone:
            if self.limit is not None:
                raise UsageError("--alone loads nothing that --limit could limit; leave one out")
            content = fingerprint.alone(content, RUN)
        return self.runtime.marker("RefreshCtas", content, table=self.table, date=self.date)

    def work(self) -> None:
        """Fill a generation from the query and publish it, or replace the view."""
        since = time.monotonic()
        self.tell("its query runs")
        rows = refresh(self.job(self.runtime.place))
        if self.design.kind == "VIEW":
            self.finish("view replaced", since=since)
        else:
            self.finish(rows=rows, since=since)

    def job(self, place: Place) -> RefreshJob:
        """Return what is to be refreshed."""
        return RefreshJob(
            place=place,
            design=self.design,
            proof=self.proof(),
            referencing=self.runtime.referencing(self.table),
        )

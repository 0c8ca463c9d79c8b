"""RefreshCtas: fill a derived table from its query, or replace a view."""

import datetime as dt
import time
from dataclasses import replace

import luigi

from pipeline.errors import UsageError
from pipeline.names import TableName
from pipeline.procedures.publish import Place, Publication
from pipeline.procedures.refresh import refresh
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
    """Return the task that fills a relation: a load, or a refresh of a derived one."""
    task = CopyTable if current().project.catalog[table].kind == "TABLE" else RefreshCtas
    return task(table=table, date=date, limit=limit)


class RefreshCtas(RowsTask):
    """Refresh one derived table or view."""

    unfit = frozenset({"TABLE"})
    resources = WAREHOUSE

    alone: bool = luigi.BoolParameter(
        default=False,
        significant=False,
        description="use the rows in the warehouse and load nothing first, to try a query;"
        " the next LoadAll refreshes the relation again",
    )

    def requires(self) -> list[luigi.Task]:
        """Return the table (a view needs none), the upload of the query, and all that it reads."""
        reads = [filling_task(name, self.date, self.limit) for name in self._needed()]
        uploaded = UploadDesign(table=self.table, date=self.date)
        if self.design.kind == "VIEW":
            return [uploaded, BootstrapWarehouse(), *reads]
        return [uploaded, CreateTable(table=self.table, date=self.date), *reads]

    def _needed(self) -> list[TableName]:
        """Return what to fill first; excluded tables keep the rows that they have."""
        if self.alone:
            report.add_note(f"{self.table} reads the existing rows (--alone)")
            return []
        left_out = self.runtime.project.left_out
        for name in self.design.needs:
            if name in left_out:
                report.add_note(f"{self.table} reads the existing rows: {left_out[name]}")
        return [name for name in self.design.needs if name not in left_out]

    def output(self) -> MarkerTarget:
        """Return a marker with the fingerprint of query, DDL and all that is read."""
        return MarkerTarget(self.marker().update_id, self.runtime.markers.presence(self.date))

    def marker(self) -> Marker:
        """Return the marker's row as far as it is known before the task runs.

        With ``--alone`` the origin of the rows is unknown, so the marker holds for this run only.
        """
        content = self.fingerprints.content(self.design.name)
        if self.alone:
            if self.limit is not None:
                raise UsageError("--alone and --limit exclude each other: --alone loads no rows")
            content = replace(content, run=RUN)
        return self.runtime.markers.new("RefreshCtas", content, table=self.table, date=self.date)

    def execute(self) -> None:
        """Fill a staging table from the query and publish it, or replace the view."""
        since = time.monotonic()
        self.report_progress("running the query")
        rows = refresh(self.job(self.runtime.place))
        if self.design.kind == "VIEW":
            self.report_result("view replaced", since=since)
        else:
            self.report_result(rows=rows, since=since)

    def job(self, place: Place) -> Publication:
        """Return what to refresh."""
        referencing = self.runtime.project.referencing(self.table)
        return Publication(place, self.design, self.marker(), referencing)

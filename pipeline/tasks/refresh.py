"""RefreshCtas: fill a derived table from its query, or replace a view."""

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import replace

import luigi

from pipeline.errors import UsageError
from pipeline.names import TableName
from pipeline.procedures.content import NOTHING_READ, Reads
from pipeline.procedures.publish import Place, Publication
from pipeline.procedures.refresh import refresh
from pipeline.runtime import current
from pipeline.sql.markers.marker import Marker
from pipeline.tasks.base import WAREHOUSE
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.copy import CopyTable
from pipeline.tasks.create import CreateTable
from pipeline.tasks.rows import FillingTask
from pipeline.tasks.run import report
from pipeline.tasks.run.task_ids import RUN
from pipeline.tasks.upload import UploadDesign


def filling_task(
    table: TableName, date: dt.date, limit: int | None = None, *, replace: bool = False
) -> FillingTask:
    """Return the task that fills a relation: a load, or a refresh of a derived one."""
    task = CopyTable if current().project.catalog[table].kind == "TABLE" else RefreshCtas
    return task(table=table, date=date, limit=limit, replace=replace)


class RefreshCtas(FillingTask):
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
        reads = [self._filling(name) for name in self._needed()]
        uploaded = UploadDesign(table=self.table, date=self.date)
        if self.design.kind == "VIEW":
            return [uploaded, BootstrapWarehouse(), *reads]
        return [uploaded, CreateTable(table=self.table, date=self.date), *reads]

    def _filling(self, name: TableName) -> FillingTask:
        return filling_task(name, self.date, self.limit, replace=self.replace)

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

    def dated(self) -> Sequence[TableName]:
        """Return the relation and, for a derived table, all whose rows its query gets to read.

        None with ``--alone``, which uses whatever rows are there.
        """
        if self.alone:
            return ()
        if self.design.kind == "VIEW":
            return (self.table,)
        project = self.runtime.project
        above = sorted(project.catalog.graph.ancestors([self.table]))
        rows = [
            n for n in above if n not in project.left_out and project.catalog[n].kind != "VIEW"
        ]
        return (self.table, *rows)

    def _read(self) -> Reads:
        """Return the markers of the relations that the query reads, also through views."""
        if self.alone or self.design.kind == "VIEW":
            return NOTHING_READ
        project, found = self.runtime.project, dict[TableName, str]()
        waiting = list(self.design.needs)
        while waiting:
            name = waiting.pop()
            if name in found or name in project.left_out:
                continue
            found[name] = self._filling(name).marker().update_id
            if project.catalog[name].kind == "VIEW":
                waiting += project.catalog[name].needs
        return Reads(found)

    def marker(self) -> Marker:
        """Return the marker's row, with the fingerprint of query, DDL and all that is read.

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
        rows = refresh(self.job(self.place))
        if self.design.kind == "VIEW":
            self.report_result("view replaced", since=since)
        else:
            self.report_result(rows=rows, since=since)

    def job(self, place: Place) -> Publication:
        """Return what to refresh."""
        referencing = self.runtime.project.referencing(self.table)
        return Publication(
            place, self.design, self.marker(), referencing, self._read(), self.replace
        )

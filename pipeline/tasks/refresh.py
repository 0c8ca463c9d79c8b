"""RefreshCtas: fill a derived table from its query, or replace a view."""

import time
from collections.abc import Sequence
from dataclasses import replace

import luigi

from pipeline.errors import UsageError
from pipeline.names import TableName
from pipeline.openlineage import flows
from pipeline.openlineage.flows import Flow, Moved
from pipeline.procedures.content import NOTHING_READ, Reads, SupersededError
from pipeline.procedures.load.refresh import refresh
from pipeline.procedures.publish.publication import Place, Publication
from pipeline.sql.markers.marker import Marker
from pipeline.tasks.base import WAREHOUSE
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.create import CreateTable
from pipeline.tasks.rows import FillingTask
from pipeline.tasks.run import optional, report, task_ids
from pipeline.tasks.run.summary import Outcome
from pipeline.tasks.upload import UploadDesign


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

    @property
    def together(self) -> tuple[TableName, ...]:
        """What is refreshed in the transaction of this task; empty if it is this relation alone.

        Rows without a natural key get new surrogate keys, so all that holds these is published
        with them, or nothing is.
        """
        if not self.design.renumbers:
            return ()
        return self.runtime.project.refreshed_together.get(self.table, ())

    def requires(self) -> list[luigi.Task]:
        """Return the tables (views need none), the upload of the queries, and all that is read.

        If only the checks of the design are left to run, only what these need.
        """
        if self.is_loaded:
            return self.before_checks()
        names = self.together or (self.table,)
        return [task for name in names for task in self._preparing(name)] + self._reading(names)

    def _preparing(self, name: TableName) -> tuple[luigi.Task, luigi.Task]:
        uploaded = UploadDesign(table=name, date=self.date)
        if self.runtime.project.catalog[name].kind == "VIEW":
            return uploaded, BootstrapWarehouse()
        return uploaded, CreateTable(table=name, date=self.date)

    def compared(self) -> list[FillingTask]:
        """Return the tasks that fill what the checks read; none with ``--alone``."""
        return [] if self.alone else super().compared()

    def _reading(self, names: tuple[TableName, ...]) -> list[luigi.Task]:
        """Return the tasks that fill what the relations read; what is excluded keeps its rows."""
        if self.alone:
            report.add_note(f"{self.table} reads the existing rows (--alone)")
            return []
        project = self.runtime.project
        needed = {each for name in names for each in project.catalog[name].needs} - {*names}
        for name in sorted(needed):
            if name in project.left_out:
                report.add_note(f"{self.table} reads the existing rows: {project.left_out[name]}")
        if self.limit is None:
            needed |= {n for name in names for n in project.catalog[name].checks_read} - {*names}
        first = project.refreshed_together.get(self.table, (self.table,))[0]
        needed = (needed | {first}) - {self.table, *project.left_out}
        return [self.filling(name) for name in sorted(needed)]

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

    def _check_superseded(self) -> None:
        """Raise SupersededError if what is read was superseded in this run.

        It may hold nothing, or rows of an earlier date, since this run did not fill it.
        """
        journal = report.journal(self)
        for name in self.dated():
            message = journal.superseded(self.filling(name)) if name != self.table else ""
            if message:
                rows = message.removeprefix("superseded by ")
                raise SupersededError(f"superseded, since {name} holds {rows}")
        if message := self.superseding_elsewhere():
            raise SupersededError(message)

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
            found[name] = self.filling(name).marker().update_id
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
            content = replace(content, run=task_ids.RUN)
        return self.runtime.markers.new("RefreshCtas", content, table=self.table, date=self.date)

    def fill(self) -> None:
        """Fill a staging table from the query and publish it, or replace the view."""
        since = time.monotonic()
        self.report_progress("running the query")
        if self.together:
            optional.check_requirements(report.journal(self), self)
        for name in self.together or (self.table,):
            self._refreshing(name)._check_superseded()
        publication, together = self.jobs(self.place)
        published = together or (publication,)
        with self.kept_results(published):
            rows = refresh(publication, together)
        self.remark_checks(published)
        for each in together:
            self.runtime.markers.presence(self.date).add(each.marker.update_id)
            if each.checking is not None:
                self.runtime.markers.presence(self.date).add(each.checking.marker.update_id)
        if self.design.kind == "VIEW":
            self.report_result("view replaced", since=since)
        else:
            self.report_result(rows=rows, since=since)

    def flow(self, done: Outcome | None) -> Flow:
        """Return what is read and written, for events; nothing if only checks were run."""
        if done is not None and done.checked:
            return Flow()
        catalog = self.runtime.project.catalog
        names = (self.table, *(name for name in self.together if name != self.table))
        moved = Moved(done.rows if done else None)
        designs = [catalog[name] for name in names]
        return flows.refresh(designs, self.runtime.datasets, moved, catalog.designs)

    def jobs(self, place: Place) -> tuple[Publication, tuple[Publication, ...]]:
        """Return what to refresh, and everything that is published with it, in order."""
        others = map(self._refreshing, self.together)
        return self.publication(place), tuple(each.publication(place) for each in others)

    def _refreshing(self, name: TableName) -> "RefreshCtas":
        fixed = {key: value for key, value in self.param_kwargs.items() if key != "table"}
        return RefreshCtas(table=name, **fixed)

    def publication(self, place: Place) -> Publication:
        """Return what to refresh."""
        project = self.runtime.project
        return Publication(
            place,
            self.design,
            self.marker(),
            project.referencing(self.table),
            self._read(),
            self.replace,
            dependents=project.dependents.get(self.table, ()),
            checking=self.checking(),
        )

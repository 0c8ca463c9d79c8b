"""What tasks share that move a relation's rows, and those that fill it in the warehouse."""

import dataclasses
import importlib
import logging
import time
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, get_args

import luigi

from pipeline.designs.fingerprint import Fingerprints, checks_fingerprint, digest
from pipeline.designs.model.design import Design, Kind
from pipeline.errors import UsageError
from pipeline.names import RunDate, TableName
from pipeline.openlineage.facets import assertions
from pipeline.openlineage.flows import Flow, Port
from pipeline.procedures.checks.checking import Checking, kept_results
from pipeline.procedures.checks.wording import summary, warnings
from pipeline.procedures.operations.check import check_published
from pipeline.procedures.publish.publication import Place, Publication
from pipeline.runtime import current
from pipeline.sql.markers.marker import CHECKS, Marker
from pipeline.tasks.base import RelationTask
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.parameters import LimitParameter
from pipeline.tasks.run import report
from pipeline.tasks.run.shared.membership import membership
from pipeline.tasks.targets import MarkerTarget

logger = logging.getLogger(__name__)


LIMIT = (
    "take at most this many rows of each table, as a trial; a table with all rows is not replaced"
)


REPLACE = "load this date even into relations that hold rows of a later one"


class RowsTask(RelationTask):
    """A task that moves a relation's rows, all of them or, as a trial, some."""

    limit: int | None = LimitParameter(default=None, significant=False, description=LIMIT)

    @property
    def design(self) -> Design:
        """The relation's design; UsageError if the configuration excludes its table."""
        reason = self.runtime.project.left_out.get(self.table)
        if reason is not None:
            raise UsageError(reason)
        return super().design

    @property
    def fingerprints(self) -> Fingerprints:
        """The fingerprints of this run, which depend on its limit."""
        return self.runtime.project.limited(self.limit)


class FillingTask(RowsTask):
    """A task that fills a relation of the warehouse."""

    replace: bool = luigi.BoolParameter(default=False, significant=False, description=REPLACE)

    remarks = ""
    """What the summary tells beside the number of rows."""

    _checked: Sequence[Publication] = ()

    by_kind: ClassVar[dict[Kind, type["FillingTask"]]] = {}
    """The task that fills a relation of each kind."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Register the task for the kinds of relations that it fills."""
        super().__init_subclass__(**options)
        for kind in set(get_args(Kind)) - cls.unfit:
            cls.by_kind.setdefault(kind, cls)

    @abstractmethod
    def marker(self) -> Marker:
        """Return the marker's row as far as it is known before the task runs."""

    def output(self) -> MarkerTarget:
        """Return the markers of rows and checks; rows of a later date complete the task, too."""
        later = () if self.replace or self.limit is not None else self.dated()
        presence = self.runtime.markers.presence(self.date)
        checking = self.checking()
        checks = None if checking is None else checking.marker.update_id
        return MarkerTarget(self.marker().update_id, presence, later, checks)

    def checking(self) -> Checking | None:
        """Return the checks that the rows must pass; None if the design has none.

        Their marker's fingerprint is that of rows and checks: a changed check is run again.
        """
        design, markers = self.design, self.runtime.markers
        if not design.checks:
            return None
        content, checks = self.marker().fingerprint, checks_fingerprint(design)
        both = dataclasses.replace(content, digits=digest(content.digits, checks))
        return Checking(
            markers.new(CHECKS, both, table=self.table, date=self.date),
            self.runtime.settings.warehouse.marker_schema,
            type(self).__name__,
            checks,
            self.runtime.project.hidden_by_checks(design),
            appends=self.table in self.runtime.project.appending,
        )

    @property
    def is_loaded(self) -> bool:
        """Whether the rows were published, and only the checks of their design are left to run."""
        return bool(self.design.checks) and self.output().was_loaded()

    def compared(self) -> list["FillingTask"]:
        """Return the tasks that fill the other relations that the checks read.

        Excluded ones keep their rows. A part of the rows is compared with no other relation.
        """
        project, design = self.runtime.project, self.design
        if self.limit is not None:
            return []
        names = [name for name in design.checks_read if name not in project.left_out]
        return [self.filling(name) for name in names]

    def before_checks(self) -> list[luigi.Task]:
        """Return what is required if only the checks are left to run: the tables of results, too.

        An earlier release, which loaded the rows, did not make these.
        """
        return [BootstrapWarehouse(), *self.compared()]

    def filling(self, name: TableName) -> "FillingTask":
        """Return the task of this run that fills another relation."""
        return filling_task(name, self.date, self.limit, replace=self.replace)

    def execute(self) -> None:
        """Fill and publish the relation, or run its checks if only these were changed."""
        if self.is_loaded:
            self.check()
        else:
            self.fill()

    @abstractmethod
    def fill(self) -> None:
        """Fill and publish the relation, and call ``report_result``."""

    def check(self) -> None:
        """Run changed checks on the published rows, and write their marker; load nothing."""
        since = time.monotonic()
        self.report_progress("running changed checks")
        publication = self.publication(self.place)
        with self.kept_results([publication]):
            check_published(publication)
        self.remark_checks([publication])
        self.report_result(self.remarks, since=since, checked=True)

    @contextmanager
    def kept_results(self, publications: Sequence[Publication]) -> Iterator[None]:
        """Keep the results of the checks in the body, in the warehouse and for events."""
        self._checked = [each for each in publications if each.checking is not None]
        with kept_results(self.place.warehouse, (each.checking for each in self._checked)):
            yield

    def checked_flows(self) -> Iterator[tuple[TableName, Flow, bool]]:
        """Yield each relation whose checks were run: its name, results, whether they passed."""
        for each in self._checked:
            results = each.checking.results if each.checking else ()
            facets = assertions((item.check, item.passed, item.wrong) for item in results)
            port = Port(self.runtime.datasets.relation(each.name), statistics=facets)
            if results:
                yield each.name, Flow((port,)), not any(item.failed for item in results)

    @abstractmethod
    def publication(self, place: Place) -> Publication:
        """Return what is published, as far as it is known before the task runs."""

    def remark_checks(self, publications: Iterable[Publication]) -> None:
        """Tell what the checks found; those of other relations only if it is a warning."""
        for each in publications:
            if each.checking is None:
                continue
            is_own = each.name == self.table
            if is_own:
                self._remark(summary(each.checking.results), log=False)
            for text in warnings(each.checking.results):
                self._remark(text if is_own else f"{each.name}: {text}")

    def is_superseded(self) -> bool:
        """Return whether this run found rows of a later date, here or on another machine."""
        return super().is_superseded() or bool(self.superseding_elsewhere())

    def dated(self) -> Sequence[TableName]:
        """Return the relations whose rows of a later date supersede this task."""
        return (self.table,)

    def superseding(self) -> str:
        """Describe the rows of a later date that complete the task; empty if there are none."""
        name = self.output().superseding()
        if name is None:
            return ""
        content = self.runtime.markers.later[self.date, str(name)]
        if name == self.table:
            return f"superseded by {content}"
        return f"superseded, since {name} holds {content}"

    def superseding_elsewhere(self) -> str:
        """Describe later rows that other machines of the run may have found, by the markers.

        Their journals are not here. The process that schedules reads all markers again and again;
        that of a task knows what was there before.
        """
        if membership() is None or report.is_scheduling():
            return ""
        self.runtime.markers.find_later(self.date, self.dated())
        return self.superseding()

    @property
    def place(self) -> Place:
        """The place in which the relation is published."""
        return dataclasses.replace(self.runtime.place, remark=self._remark)

    def _remark(self, text: str, *, log: bool = True) -> None:
        if log:
            logger.warning("%s: %s", self.table, text)
        if text not in self.remarks:  # a publication that is tried again says the same
            self.remarks = "; ".join(filter(None, (self.remarks, text)))


def filling_task(
    table: TableName, date: RunDate, limit: int | None = None, *, replace: bool = False
) -> FillingTask:
    """Return the task that fills a relation: a load, or a refresh of a derived one."""
    kind = current().project.catalog[table].kind
    if kind not in FillingTask.by_kind:  # This program has loaded only some of the tasks.
        importlib.import_module("pipeline.tasks.load")
    return FillingTask.by_kind[kind](table=table, date=date, limit=limit, replace=replace)

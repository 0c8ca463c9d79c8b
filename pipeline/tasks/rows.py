"""What tasks share that move a relation's rows, and those that fill it in the warehouse."""

import dataclasses
import logging
from abc import abstractmethod
from collections.abc import Sequence

import luigi

from pipeline.designs.fingerprint import Fingerprints
from pipeline.designs.model import Design
from pipeline.errors import UsageError
from pipeline.names import TableName
from pipeline.procedures.publish import Place
from pipeline.sql.markers.marker import Marker
from pipeline.tasks.base import RelationTask
from pipeline.tasks.parameters import LimitParameter
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

    @abstractmethod
    def marker(self) -> Marker:
        """Return the marker's row as far as it is known before the task runs."""

    def output(self) -> MarkerTarget:
        """Return the marker; rows of a later date complete the task, too."""
        later = () if self.replace or self.limit is not None else self.dated()
        presence = self.runtime.markers.presence(self.date)
        return MarkerTarget(self.marker().update_id, presence, later)

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

    @property
    def place(self) -> Place:
        """The place in which the relation is published."""
        return dataclasses.replace(self.runtime.place, remark=self._remark)

    def _remark(self, text: str) -> None:
        logger.warning("%s: %s", self.table, text)
        self.remarks = text

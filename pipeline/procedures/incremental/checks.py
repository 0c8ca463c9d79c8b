"""Run the checks of a table on the rows that it would have with a delta."""

from dataclasses import dataclass
from typing import Self

from pipeline.manifest import Increment
from pipeline.names import TableName
from pipeline.procedures.content import Content, passed_checks
from pipeline.procedures.incremental.compare import is_window
from pipeline.procedures.load.table import check_rows
from pipeline.procedures.publish.publication import Publication
from pipeline.sql.markers.content import select_contents
from pipeline.sql.tables.data_checks import Rows, rows_of
from pipeline.sql.tables.incremental import select_merged
from pipeline.stores.warehouse import Transaction


@dataclass(frozen=True, slots=True)
class DeltaChecks:
    """The checks of a delta for the rows that ``base`` describes.

    Rows that stay have passed the rules about single rows, unless the checks were changed since.
    """

    publication: Publication
    base: Content
    since: str | None
    unchanged: bool

    @classmethod
    def read(cls, publication: Publication, base: Content, increment: Increment) -> Self:
        """Read which checks the table has passed, in a transaction of its own.

        One that has read the marker table keeps others from locking it.
        """
        since = increment.since if is_window(publication.design) else None
        if publication.checking is None:
            return cls(publication, base, since, unchanged=True)
        place, current = publication.place, str(publication.checking.marker.fingerprint)
        statement = select_contents(place.marker_schema, [publication.name], checks=True)
        passed = [row for row in place.warehouse.query(statement) if passed_checks(row, base)]
        unchanged = [row["fingerprint"] for row in passed] == [current]
        return cls(publication, base, since, unchanged)

    def run(
        self, transaction: Transaction, delta: TableName, keys: TableName | None = None
    ) -> None:
        """Run the checks before the delta is applied; ChecksFailedError if they do not pass."""
        if self.publication.checking is None:
            return
        design = self.publication.design
        merged = Rows.of_query(select_merged(design, delta, keys, self.since))
        new = rows_of(design, delta) if self.unchanged else None
        seen = {str(design.name): self.base}
        check_rows(self.publication, transaction, merged, seen, new)

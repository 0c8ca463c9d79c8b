"""CreateTable: create a table with its grants; check its DDL before hours of loading."""

import time

import luigi

from pipeline.procedures.load.create import create
from pipeline.procedures.publish.publication import Place, Publication
from pipeline.sql.markers.marker import Marker
from pipeline.tasks.base import WAREHOUSE, RelationTask
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.targets import MarkerTarget
from pipeline.tasks.upload import UploadDesign


class CreateTable(RelationTask):
    """Create a table that is absent; check that Redshift accepts the DDL of one that exists."""

    unfit = frozenset({"VIEW"})
    resources = WAREHOUSE

    def requires(self) -> list[luigi.Task]:
        """Return the upload of the design, and the bootstrap of schemas and groups."""
        return [UploadDesign(table=self.table, date=self.date), BootstrapWarehouse()]

    def output(self) -> MarkerTarget:
        """Return a marker with the fingerprint of the DDL; it has no date."""
        return MarkerTarget(self.marker().update_id, self.runtime.markers.presence())

    def marker(self) -> Marker:
        """Return the marker's row as far as it is known before the task runs."""
        definition = self.runtime.project.fingerprints.create(self.design.name)
        return self.runtime.markers.new("CreateTable", definition, table=self.table)

    def execute(self) -> None:
        """Create the table, or check its DDL."""
        since = time.monotonic()
        create(self.job(self.runtime.place))
        self.report_result("the table exists", since=since)

    def job(self, place: Place) -> Publication:
        """Return what to create."""
        dependents = self.runtime.project.dependents.get(self.table, ())
        return Publication(place, self.design, self.marker(), dependents=dependents)

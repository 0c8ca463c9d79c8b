"""CreateTable: the table is there with its grants; its DDL is proved before hours of loading."""

from __future__ import annotations

import time

import luigi

from pipeline.procedures.create import create
from pipeline.sql.markers.marker import Marker
from pipeline.tasks.base import WAREHOUSE, RelationTask
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.targets import MarkerTarget
from pipeline.tasks.upload import UploadDesign


class CreateTable(RelationTask):
    """Create a table where it is absent; where it stands, prove that its DDL is accepted."""

    unfit = frozenset({"VIEW"})
    resources = WAREHOUSE

    def requires(self) -> list[luigi.Task]:
        """Return what comes first: the uploaded design, the schemas and groups."""
        return [UploadDesign(table=self.table, date=self.date), BootstrapWarehouse()]

    def output(self) -> MarkerTarget:
        """Return a marker with the fingerprint of the DDL; no date belongs to it."""
        return MarkerTarget(self.proof().update_id, self.runtime.markers())

    def proof(self) -> Marker:
        """Return the marker's row, as far as it is known before the work."""
        content = self.runtime.fingerprints.create(self.design.name)
        return self.runtime.marker("CreateTable", content, table=self.table)

    def work(self) -> None:
        """Create the table, or prove its DDL."""
        since = time.monotonic()
        create(self.runtime.place, self.design, self.proof())
        self.finish("the table is there", since=since)

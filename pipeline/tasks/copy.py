"""CopyTable: a dump becomes the content of its table, all of it or nothing."""

from __future__ import annotations

import time

import luigi

from pipeline.figures import count, size
from pipeline.manifest import Manifest
from pipeline.procedures.load import LoadJob, load
from pipeline.procedures.publish import Place
from pipeline.sql.markers.marker import Marker
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.tasks.base import WAREHOUSE, RowsTask
from pipeline.tasks.create import CreateTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.targets import MarkerTarget
from pipeline.tasks.upload import UploadDesign


class CopyTable(RowsTask):
    """Load one table from its dump."""

    unfit = frozenset({"CTAS", "VIEW"})
    resources = WAREHOUSE

    def requires(self) -> dict[str, luigi.Task]:
        """Return what comes first: the dump, the table, and a copy of the design."""
        return {
            "design": UploadDesign(table=self.table, date=self.date),
            "dump": DumpTable(table=self.table, date=self.date, limit=self.limit),
            "table": CreateTable(table=self.table, date=self.date),
        }

    def output(self) -> MarkerTarget:
        """Return a marker with the fingerprint of dump and DDL."""
        return MarkerTarget(self.proof().update_id, self.runtime.markers(self.date))

    def proof(self) -> Marker:
        """Return the marker's row, as far as it is known before the work."""
        content = self.fingerprints.content(self.design.name)
        return self.runtime.marker("CopyTable", content, table=self.table, date=self.date)

    def work(self) -> None:
        """Load, verify, publish."""
        since = time.monotonic()
        dump = self.requires()["dump"].output()
        manifest = dump.manifest()
        known = "" if manifest.rows is None else f"{count(manifest.rows, 'row')}, "
        self.tell(f"loading {known}{size(manifest.bytes)}")
        job = self.job(manifest, dump.url, self.runtime.place, self.runtime.authorization)
        self.finish(rows=load(job), size=manifest.bytes, since=since)

    def job(
        self, manifest: Manifest, url: str, place: Place, authorization: IamRole | AccessKeys
    ) -> LoadJob:
        """Return what is to be loaded, and how."""
        runtime = self.runtime
        return LoadJob(
            place=place,
            design=self.design,
            manifest=manifest,
            manifest_url=url,
            authorization=authorization,
            region=runtime.settings.storage.region,
            proof=self.proof(),
            referencing=runtime.referencing(self.table),
            tell=self._progress,
        )

    def _progress(self, scanned: int, total: int) -> None:
        """Show how much of the dump COPY has read; what it checks afterwards takes some time."""
        self.tell(f"loading, {size(scanned)} of {size(total)} read", 0.9 * scanned / total)

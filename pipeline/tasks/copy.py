"""CopyTable: load a dump into its table, all of it or nothing."""

import time

import luigi

from pipeline.figures import count, size
from pipeline.manifest import Manifest
from pipeline.procedures.load import LoadJob, load
from pipeline.procedures.publish import Place, Publication
from pipeline.sql.markers.marker import Marker
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.tasks.base import WAREHOUSE
from pipeline.tasks.create import CreateTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.rows import FillingTask
from pipeline.tasks.upload import UploadDesign


class CopyTable(FillingTask):
    """Load one table from its dump."""

    unfit = frozenset({"CTAS", "VIEW"})
    resources = WAREHOUSE

    def requires(self) -> dict[str, luigi.Task]:
        """Return the dump, the table, and the upload of the design."""
        return {
            "design": UploadDesign(table=self.table, date=self.date),
            "dump": DumpTable(table=self.table, date=self.date, limit=self.limit),
            "table": CreateTable(table=self.table, date=self.date),
        }

    def marker(self) -> Marker:
        """Return the marker's row, with the fingerprint of dump and DDL."""
        content = self.fingerprints.content(self.design.name)
        return self.runtime.markers.new("CopyTable", content, table=self.table, date=self.date)

    def execute(self) -> None:
        """Load, verify, publish."""
        since = time.monotonic()
        dump = self.requires()["dump"].output()
        manifest = dump.manifest()
        known = "" if manifest.rows is None else f"{count(manifest.rows, 'row')}, "
        self.report_progress(f"loading {known}{size(manifest.bytes)}")
        job = self.job(manifest, dump.url, self.place, self.runtime.authorization)
        self.report_result(rows=load(job), size=manifest.bytes, since=since)

    def job(
        self, manifest: Manifest, url: str, place: Place, authorization: IamRole | AccessKeys
    ) -> LoadJob:
        """Return what to load, and where to publish it."""
        referencing = self.runtime.project.referencing(self.table)
        return LoadJob(
            publication=Publication(
                place, self.design, self.marker(), referencing, replace=self.replace
            ),
            manifest=manifest,
            manifest_url=url,
            authorization=authorization,
            region=self.runtime.settings.storage.region,
            report_progress=self._report_copy,
        )

    def _report_copy(self, scanned: int, total: int) -> None:
        """Show how much of the dump COPY has read; the checks that follow take some time too."""
        message = f"loading, {size(scanned)} of {size(total)} read"
        self.report_progress(message, 0.9 * scanned / total)

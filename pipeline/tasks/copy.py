"""CopyTable: load a dump into its table, all of it or nothing."""

import logging
import time
from dataclasses import replace
from functools import partial
from itertools import count

import luigi

from pipeline import figures
from pipeline.figures import size
from pipeline.manifest import Manifest
from pipeline.openlineage import flows
from pipeline.openlineage.flows import Flow, Moved
from pipeline.procedures.dump.proof import (
    OutdatedListError,
    ProofJob,
    confirm,
    prove,
    prove_keys,
    withdraw,
)
from pipeline.procedures.incremental.base import describe
from pipeline.procedures.incremental.compare import (
    BaseReplacedError,
    DeltaRefusedError,
    MassDeleteError,
)
from pipeline.procedures.incremental.load import load_delta
from pipeline.procedures.incremental.stage import DeltaJob
from pipeline.procedures.load.table import LoadJob, load
from pipeline.procedures.publish.loaded_files import LoadedFiles
from pipeline.procedures.publish.publication import Place, Publication
from pipeline.sql.markers.marker import Marker
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.tasks.base import WAREHOUSE
from pipeline.tasks.create import CreateTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.rows import FillingTask
from pipeline.tasks.run.summary import Outcome
from pipeline.tasks.upload import UploadDesign

logger = logging.getLogger(__name__)

ATTEMPTS = 3
"""Dumps of one load, if other runs load the table meanwhile, or all rows must be read."""


class CopyTable(FillingTask):
    """Load one table from its dump."""

    unfit = frozenset({"CTAS", "VIEW"})
    resources = WAREHOUSE

    def requires(self) -> dict[str, luigi.Task] | list[luigi.Task]:
        """Return the dump, the table, the upload of the design, and what its checks read.

        If only the checks of the design are left to run, only what these need.
        """
        if self.is_loaded:
            return self.before_checks()
        compared = {f"compared with {task.table}": task for task in self.compared()}
        return {
            "design": UploadDesign(table=self.table, date=self.date),
            "dump": self.dump(),
            "table": CreateTable(table=self.table, date=self.date),
            **compared,
        }

    def dump(self) -> DumpTable:
        """Return the dump that is loaded."""
        return DumpTable(table=self.table, date=self.date, limit=self.limit)

    def marker(self) -> Marker:
        """Return the marker's row, with the fingerprint of dump and DDL."""
        content = self.fingerprints.content(self.design.name)
        return self.runtime.markers.new("CopyTable", content, table=self.table, date=self.date)

    def fill(self) -> None:
        """Load, verify, publish; dump again if the dump does not fit what the warehouse holds."""
        since, dump = time.monotonic(), self.dump()
        if dump.source.decision is not None and not dump.output().exists():
            dump.repeat()
        for attempt in count(1):
            try:
                self._load(since)
            except (BaseReplacedError, DeltaRefusedError, OutdatedListError) as error:
                if isinstance(error, OutdatedListError):
                    withdraw(self.dump().proof())
                if attempt == ATTEMPTS:
                    raise
                if self.is_already_complete():
                    return
                logger.warning("%s: %s; it is dumped again", self.table, error)
                self.report_progress("dumping the table again")
                dump.repeat()
            else:
                dump.expire()
                return

    def _load(self, since: float) -> None:
        self.remarks = ""
        proof = self.dump().proof()
        manifest = prove(proof)
        known = "" if manifest.rows is None else f"{figures.count(manifest.rows, 'row')}, "
        self.report_progress(f"loading {known}{size(manifest.bytes)}")
        job = self.job(manifest, proof.url, self.place, self.runtime.authorization)
        if proof.files is not None:
            job = replace(job, confirm=partial(confirm, proof, manifest))
        publication = job.publication
        with self.kept_results([publication]):
            rows = self._load_rows(job, proof)
        self.remark_checks([publication])
        self.report_result(rows=rows, size=manifest.bytes, since=since)
        if self.remarks:
            self.report_progress(f"{self.result}; {self.remarks}", 1.0)

    def _load_rows(self, job: LoadJob, proof: ProofJob) -> int | None:
        """Load all rows or a delta; return the number of rows that were read."""
        manifest = job.manifest
        if manifest.increment is None or manifest.increment.base is None:
            rows = load(job)
            if manifest.increment is not None:
                text = describe(manifest.increment)
                self.remarks = "; ".join(filter(None, (text, self.remarks)))
            return rows
        keys = prove_keys(proof, manifest) if manifest.increment.keys_manifest else None
        try:
            changes = load_delta(DeltaJob(job, manifest.increment, keys))
        except MassDeleteError:
            withdraw(proof)  # The rows may be back upstream by the next run of this date.
            raise
        # The rows of another prefix were not replaced: the delta continues them.
        self.remarks = f"{describe(manifest.increment)}: {changes}"
        return changes.added if manifest.rows is None else manifest.rows

    def flow(self, done: Outcome | None) -> Flow:
        """Return what is read and written, for events; nothing if only checks were run."""
        if done is not None and done.checked:
            return Flow()
        places, moved = self.runtime.datasets, Moved(*((done.rows, done.bytes) if done else ()))
        source = self.runtime.settings.source(self.table.schema)
        if source is not None and source.s3_path is not None:
            return flows.load_files(self.design, places, moved, source.s3_path)
        return flows.load(self.design, places, moved)

    def publication(self, place: Place) -> Publication:
        """Return what is published, as far as it is known before the dump."""
        return Publication(
            *(place, self.design, self.marker(), self.runtime.project.referencing(self.table)),
            replace=self.replace,
            checking=self.checking(),
        )

    def job(
        self, manifest: Manifest, url: str, place: Place, authorization: IamRole | AccessKeys
    ) -> LoadJob:
        """Return what to load, and where to publish it."""
        return LoadJob(
            publication=replace(self.publication(place), files=LoadedFiles.of(manifest)),
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

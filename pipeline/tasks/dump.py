"""DumpTable: the rows of one upstream table in S3, proved by a manifest that is written last."""

from __future__ import annotations

import time

from pipeline.figures import size
from pipeline.procedures.dump import Progress
from pipeline.procedures.dump.job import DumpJob, dump
from pipeline.procedures.files import FilesJob, gather
from pipeline.stores.upstream.database import Upstream
from pipeline.tasks.base import RowsTask
from pipeline.tasks.snapshots import expect_dump
from pipeline.tasks.targets import ManifestTarget


class DumpTable(RowsTask):
    """Dump one upstream table to S3; of a source of files, write the manifest alone."""

    unfit = frozenset({"CTAS", "VIEW"})

    def process_resources(self) -> dict[str, int]:
        """One share of the upstream; ``[resources]`` in luigi.cfg says how many there are."""
        return {f"upstream_{self.table.schema}": 1}

    def output(self) -> ManifestTarget:
        """Return the manifest, whose key holds the date and the fingerprint of what is dumped."""
        runtime = self.runtime
        content = self.fingerprints.dump(self.design.name)
        key = runtime.layout.manifest(self.date, self.design.stem, content)
        return ManifestTarget(runtime.s3, key, runtime.objects(runtime.layout.day(self.date)))

    def execute(self) -> None:
        """Dump; the manifest comes last."""
        since = time.monotonic()
        files = self.files()
        manifest = gather(files) if files else dump(self.job(), self._progress)
        self.report_result(rows=manifest.rows, size=manifest.bytes, since=since)
        if shared := self.runtime.shared_snapshot(self.table.schema):
            shared.done()

    def on_discovered(self) -> None:
        """Share the snapshot of the source, where the configuration asks for one."""
        expect_dump(self)

    def files(self) -> FilesJob | None:
        """Return which files are to be found, None where rows are to be dumped."""
        return self.runtime.files_job(self.table, self.date, limit=self.limit)

    def job(self, upstream: Upstream | None = None) -> DumpJob:
        """Return what is to be dumped, and where to."""
        return self.runtime.dump_job(self.table, self.date, limit=self.limit, upstream=upstream)

    def _progress(self, progress: Progress) -> None:
        amount = size(progress.bytes)
        if progress.rows:
            self.report_progress(f"{progress.rows:,} rows, {amount}", progress.fraction)
        else:  # The server tells their number when a stream ends.
            self.report_progress(
                f"{amount} of about {progress.expected_rows:,} rows", progress.fraction
            )

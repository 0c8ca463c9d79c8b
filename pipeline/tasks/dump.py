"""DumpTable: the rows of one upstream table in S3, completed by a manifest written last."""

import time

from pipeline.errors import PipelineError
from pipeline.figures import size
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.dump.progress import Progress
from pipeline.procedures.dump.proof import ExpectedFiles, ProofJob
from pipeline.procedures.dump.table import dump_table
from pipeline.procedures.files import FilesJob, gather
from pipeline.settings import file_path
from pipeline.stores.upstream.database import Upstream
from pipeline.tasks.rows import RowsTask
from pipeline.tasks.run import report
from pipeline.tasks.targets import ManifestTarget


class DumpTable(RowsTask):
    """Dump one upstream table to S3; for a source of files, write only the manifest."""

    unfit = frozenset({"CTAS", "VIEW"})

    def process_resources(self) -> dict[str, int]:
        """Take one share of the upstream; ``[resources]`` in luigi.cfg sets their number."""
        return {f"upstream_{self.table.schema}": 1}

    def output(self) -> ManifestTarget:
        """Return the manifest, whose key holds the date and the fingerprint of what is dumped."""
        runtime = self.runtime
        content = self.fingerprints.dump(self.design.name)
        key = runtime.project.layout.manifest(self.date, self.design.stem, content)
        return ManifestTarget(
            runtime.s3, key, runtime.objects(runtime.project.layout.day(self.date))
        )

    def execute(self) -> None:
        """Dump the table; the manifest comes last."""
        since = time.monotonic()
        files = self.files()
        manifest = gather(files) if files else dump_table(self.job(), self._report_dump)
        self.report_result(rows=manifest.rows, size=manifest.bytes, since=since)
        if shared := self.runtime.shared_snapshot(self.table.schema):
            shared.done()

    def on_discovered(self) -> None:
        """Count this dump among those that share a snapshot, where the source asks for one."""
        try:
            shared = self.runtime.shared_snapshot(self.table.schema)
            if shared is None or self.output().exists():
                return
        except PipelineError:
            return  # Luigi asks the same question next and reports the answer
        if shared.expect(self.task_id):
            self._warn_of_earlier_dumps()

    def _warn_of_earlier_dumps(self) -> None:
        """Warn where a part of the source was dumped before, as after a failure."""
        source, project = self.table.schema, self.runtime.project
        earlier = [
            str(design.name)
            for design in project.catalog
            if design.kind == "TABLE" and design.name.schema == source
            and design.name not in project.left_out
            and DumpTable(table=design.name, date=self.date, limit=self.limit).output().exists()
        ]  # fmt: skip
        if earlier:
            report.add_note(
                f"{source} asks for one snapshot of all its tables, but these were dumped for"
                f" {self.date} before, and the rest will be of a later time: {', '.join(earlier)}."
                f" To have all of one snapshot: pipeline forget {source} --date {self.date}"
                " --downstream, then the same run again",
                warn=True,
            )

    def proof(self) -> ProofJob:
        """Return what proves that the dump is complete and unchanged."""
        runtime, stem = self.runtime, self.design.stem
        files = self.files()
        return ProofJob(
            relation=self.table,
            date=self.date,
            s3=runtime.s3,
            manifest_key=self.output().name,
            folder=runtime.project.layout.dump(
                self.date, stem, self.fingerprints.dump(self.design.name)
            ),
            files=ExpectedFiles(files.files, files.pattern.path, files.form) if files else None,
        )

    def files(self) -> FilesJob | None:
        """Return the job of finding the table's files; None if its source is a database."""
        runtime, design = self.runtime, self.design
        source = runtime.settings.source(self.table.schema)
        if source is None or source.s3_path is None or design.source is None:
            return None
        names = file_path.values(self.date, runtime.settings.storage.prefix, design.source)
        pattern = file_path.resolve(source.s3_path, names)
        content = runtime.project.fingerprints.dump(design.name)
        return FilesJob(
            design=design,
            pattern=pattern,
            form=source.s3_format,
            files=runtime.bucket(pattern.bucket),
            s3=runtime.s3,
            manifest_key=runtime.project.layout.manifest(self.date, design.stem, content),
            limit=self.limit,
        )

    def job(self, upstream: Upstream | None = None) -> DumpJob:
        """Return the job of the dump; ``upstream`` replaces the source's, without a snapshot."""
        runtime, design = self.runtime, self.design
        source = runtime.settings.source(self.table.schema)
        shared = None if upstream else runtime.shared_snapshot(self.table.schema)
        content = self.fingerprints.dump(design.name)
        return DumpJob(
            design=design,
            upstream=upstream or runtime.upstream(self.table.schema),
            s3=runtime.s3,
            settings=runtime.settings.dump,
            folder=runtime.project.layout.dump(self.date, design.stem, content),
            manifest_key=runtime.project.layout.manifest(self.date, design.stem, content),
            limit=self.limit,
            new_columns=source.new_columns if source else "fail",
            snapshot=shared.name if shared else None,
        )

    def _report_dump(self, progress: Progress) -> None:
        amount = size(progress.bytes)
        if progress.rows:
            self.report_progress(f"{progress.rows:,} rows, {amount}", progress.fraction)
        else:  # The server counts rows only at the end of a stream.
            self.report_progress(
                f"{amount} of about {progress.expected_rows:,} rows", progress.fraction
            )

"""DumpTable: the rows of one upstream table in S3, completed by a manifest written last."""

import datetime as dt
import logging
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from pipeline.errors import PipelineError
from pipeline.figures import size
from pipeline.manifest import Manifest
from pipeline.names import Fingerprint
from pipeline.openlineage import flows
from pipeline.openlineage.flows import Flow, Moved, Port
from pipeline.procedures.dump.attempts import MANIFEST
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.dump.proof import ProofJob
from pipeline.procedures.dump.table import dump_table
from pipeline.procedures.dump.workers.progress import Progress
from pipeline.procedures.files import FilesJob, gather
from pipeline.procedures.incremental.append import Append
from pipeline.procedures.incremental.base import Decision, decide, describe, digest
from pipeline.procedures.incremental.dump import write_increment
from pipeline.procedures.publish.loaded_files import read_record
from pipeline.settings import file_path
from pipeline.sql.markers.loaded_files import select_loaded_files
from pipeline.stores.upstream.database import Upstream
from pipeline.tasks.rows import RowsTask
from pipeline.tasks.run import report
from pipeline.tasks.run.summary import Outcome
from pipeline.tasks.targets import ManifestTarget

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """The key of a dump's manifest, and for an incremental table what the dump reads."""

    key: str
    decision: Decision | None = None
    process: int = field(default_factory=os.getpid)

    @property
    def folder(self) -> str:
        """The folder of the attempts at the dump."""
        return f"{self.key.removesuffix(MANIFEST)}/"


class DumpTable(RowsTask):
    """Dump one upstream table to S3; for a source of files, write only the manifest."""

    unfit = frozenset({"CTAS", "VIEW"})

    remarks = ""
    """What the summary tells beside the number of rows."""

    _source: Source | None = None

    def process_resources(self) -> dict[str, int]:
        """Take one share of the upstream; ``[resources]`` in luigi.cfg sets their number."""
        return {f"upstream_{self.table.schema}": 1}

    @property
    def source(self) -> Source:
        """What the dump reads, as it was decided when this process last asked for completion."""
        if self._source is None or self._source.process != os.getpid():
            self._source = self._decide()
        return self._source

    @property
    def is_incremental(self) -> bool:
        """Whether a dump may hold changes or new files instead of all rows."""
        source = self.runtime.settings.source(self.table.schema)
        appends = source is not None and source.appends
        return appends or self.design.extract.incremental is not None

    @property
    def reads_delta(self) -> bool:
        """Return whether the dump reads what changed since a load, instead of all rows."""
        decision = self.source.decision
        return decision is not None and decision.base is not None

    def _decide(self, *, again: bool = False) -> Source:
        """Decide what to read: for an incremental table, by the rows that the warehouse holds."""
        content = self.fingerprints.dump(self.design.name)
        key = self._key(content)
        runtime, name = self.runtime, self.table
        if not self.is_incremental or self.limit is not None:
            return Source(key)
        is_forked = multiprocessing.parent_process() is not None
        names = (name,) if is_forked else runtime.project.incremental
        found, inventory = runtime.markers.held(names, again=again)
        held, filled = found.get(str(name)), self.fingerprints.content(name)
        decision = decide(
            self.design.extract.incremental,
            filled,
            held,
            inventory.relations.get(name),
            dt.datetime.now(dt.UTC).replace(tzinfo=None),
        )
        if held is None:
            return Source(key, decision)
        is_there = held.is_there(inventory.relations.get(name))
        if is_there and held.update_id == self._loaded_by(filled) and held.manifest:
            return Source(held.manifest.removeprefix(runtime.s3.url("")), decision)
        key = self._key(replace(content, after=digest(held, decision)))
        return Source(key, decision)

    def assume_all(self) -> None:
        """Assume, for a preview without the warehouse, that all rows are read."""
        key = self._key(self.fingerprints.dump(self.design.name))
        self._source = Source(key, Decision(reason="the warehouse is not available"))

    def _key(self, content: Fingerprint) -> str:
        return self.runtime.project.layout.manifest(self.date, self.design.stem, content)

    def _loaded_by(self, content: Fingerprint) -> str:
        """Return the id of the marker that CopyTable writes for this date."""
        markers = self.runtime.markers
        return markers.new("CopyTable", content, table=self.table, date=self.date).update_id

    def complete(self) -> bool:
        """Return whether the manifest exists, or the run has dumped the incremental table.

        What the dump reads is decided again. If another run has loaded the table since this one
        dumped it, CopyTable dumps it again.
        """
        self._source = None
        if super().complete():
            return True
        return self.source.decision is not None and report.journal(self).was_done(self)

    def output(self) -> ManifestTarget:
        """Return the manifest, whose key holds the date and the fingerprint of what is dumped."""
        runtime = self.runtime
        objects = runtime.objects(runtime.project.layout.day(self.date))
        return ManifestTarget(runtime.s3, self.source.key, objects)

    def execute(self) -> None:
        """Dump the table; the manifest comes last."""
        since = time.monotonic()
        manifest = self._dump(self.job)
        self.report_result(rows=manifest.rows, size=manifest.bytes, since=since)
        if shared := self.runtime.shared_snapshot(self.table.schema):
            shared.done()

    def repeat(self) -> None:
        """Dump the table again, since what the warehouse holds is not what the dump is for."""
        source = self.runtime.settings.source(self.table.schema)
        if source is not None and source.consistent:
            logger.warning(
                "%s: dumped again under a later snapshot than the other tables of %s",
                self.table,
                self.table.schema,
            )
        self._source = self._decide(again=True)
        self._dump(lambda: self.job(self.runtime.upstream(self.table.schema)))
        self.output().mark_written()

    def expire(self) -> None:
        """Have this process read what the warehouse holds before the next dump: it has changed."""
        if self.source.decision is not None:
            self._decide(again=True)

    def _dump(self, job: Callable[[], DumpJob]) -> Manifest:
        decision = self.source.decision
        if files := self.files():
            manifest = gather(files)
        elif decision is None:
            manifest = dump_table(job(), self._report_dump)
        else:
            write = partial(write_increment, decision=decision)
            manifest = dump_table(job(), self._report_dump, write)
        if manifest.increment is not None:
            self.remarks = describe(manifest.increment)
        return manifest

    def flow(self, done: Outcome | None) -> Flow:
        """Return what is read and written, for events; a source of files is only listed."""
        places, moved = self.runtime.datasets, Moved(*((done.rows, done.bytes) if done else ()))
        source = self.runtime.settings.source(self.table.schema)
        if source is not None and source.s3_path is not None:
            return Flow((Port(places.files(source.s3_path, self.design)),))
        return flows.dump(self.design, places, moved, self.source.key if done else "")

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
        runtime = self.runtime
        files = self.files()
        return ProofJob(
            relation=self.table,
            date=self.date,
            s3=runtime.s3,
            manifest_key=self.source.key,
            folder=self.source.folder,
            files=files.expected if files else None,
        )

    def files(self) -> FilesJob | None:
        """Return the job of finding the table's files; None if its source is a database."""
        runtime, design = self.runtime, self.design
        source = runtime.settings.source(self.table.schema)
        if source is None or source.s3_path is None or design.source is None:
            return None
        names = file_path.values(self.date, runtime.settings.storage.prefix, design.source)
        pattern = file_path.resolve(source.s3_path, names)
        decision, schema = self.source.decision, runtime.settings.warehouse.marker_schema
        append = None
        if source.appends and decision is not None:
            query = partial(runtime.markers.query, select_loaded_files(schema, design.name))
            append = Append(design.name, pattern.path, decision, lambda: read_record(query()))
        return FilesJob(
            design=design,
            pattern=pattern,
            form=source.s3_format,
            files=runtime.bucket(pattern.bucket),
            s3=runtime.s3,
            manifest_key=self.source.key,
            limit=self.limit,
            append=append,
        )

    def job(self, upstream: Upstream | None = None) -> DumpJob:
        """Return the job of the dump; ``upstream`` replaces the source's, without a snapshot."""
        runtime, design = self.runtime, self.design
        source = runtime.settings.source(self.table.schema)
        shared = None if upstream else runtime.shared_snapshot(self.table.schema)
        chosen = upstream or (shared.upstream if shared else runtime.upstream(self.table.schema))
        engine = runtime.settings.engine(self.table.schema, design.extract.engine)
        return DumpJob(
            design=design,
            upstream=chosen,
            s3=runtime.s3,
            settings=replace(runtime.settings.dump, engine=engine),
            folder=self.source.folder,
            manifest_key=self.source.key,
            limit=self.limit,
            new_columns=source.new_columns if source else "fail",
            snapshot=shared.name if shared else None,
            observed=shared.observed if shared else None,
        )

    def _report_dump(self, progress: Progress) -> None:
        amount = size(progress.bytes)
        if progress.rows:
            self.report_progress(f"{progress.rows:,} rows, {amount}", progress.fraction)
        else:  # The server counts rows only at the end of a stream.
            self.report_progress(
                f"{amount} of about {progress.expected_rows:,} rows", progress.fraction
            )

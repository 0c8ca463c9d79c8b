"""A table to which new files are added, by the procedures that the tasks run, in this process."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from pipeline.designs.fingerprint import copy, create, files
from pipeline.designs.model.design import Column, Constraints, Design
from pipeline.local.stack import BUCKET, IAM_ROLE, Stack
from pipeline.manifest import FileFormat, Manifest
from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.procedures.content import Content, contents
from pipeline.procedures.dump.proof import ProofJob, confirm, prove
from pipeline.procedures.files import FilesJob, gather
from pipeline.procedures.incremental.append import Append
from pipeline.procedures.incremental.base import decide, digest
from pipeline.procedures.incremental.load import load_delta
from pipeline.procedures.incremental.stage import DeltaJob
from pipeline.procedures.inventory import object_id
from pipeline.procedures.load.table import LoadJob, load
from pipeline.procedures.publish.loaded_files import LoadedFiles, Record, read_record
from pipeline.procedures.publish.publication import Place, Publication
from pipeline.settings.file_path import resolve
from pipeline.sql.markers.content import select_contents
from pipeline.sql.markers.loaded_files import select_loaded_files
from pipeline.sql.markers.marker import Marker, marker_table
from pipeline.sql.statement import Statement
from pipeline.sql.tables.copy import IamRole
from pipeline.sql.tables.ddl import definition
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.warehouse import Row, Warehouse
from tests.support.projects.checks import with_checks
from tests.support.projects.replica import FIRST, corner

CSV = FileFormat()


@dataclass
class Appended:
    """The files of ``rates`` and the table in the warehouse; each load is that of another day."""

    place: Place
    design: Design
    store: S3Store
    prefix: str = "test"
    form: FileFormat = CSV
    day: dt.date = FIRST
    after_copy: Callable[[], object] = lambda: None

    @property
    def folder(self) -> str:
        """The folder of the files."""
        return f"appended/{self.place.marker_schema}/{self.design.name.table}/"

    def put(self, name: str, body: str | bytes) -> str:
        """Store a file; return its URL."""
        content = body.encode() if isinstance(body, str) else body
        self.store.write(f"{self.folder}{name}", content)
        return self.store.url(f"{self.folder}{name}")

    def remove(self, *names: str) -> None:
        self.store.delete([f"{self.folder}{name}" for name in names])

    @property
    def fingerprint(self) -> Fingerprint:
        return copy(files(self.design, ["append"]), create(definition(self.design)))

    @property
    def content(self) -> Content | None:
        statement = select_contents(self.place.marker_schema, [self.design.name])
        return contents(self.place.warehouse.query(statement)).get(str(self.design.name))

    def record(self) -> Record:
        """What is recorded of the loaded files, as another session sees it."""
        statement = select_loaded_files(self.place.marker_schema, self.design.name)
        with closing(Warehouse(self.place.warehouse.access)) as warehouse:
            return read_record(warehouse.query(statement))

    def job(self) -> FilesJob:
        """Return the job of the day, as DumpTable does."""
        with self.place.warehouse.transaction() as transaction:
            found = object_id(transaction.query, self.design.name)
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        content = self.content
        decision = decide(None, self.fingerprint, content, found, now)
        after = digest(content, decision) if content else "first"
        pattern = resolve(self.store.url(self.folder), {})
        return FilesJob(
            self.design,
            pattern,
            self.form,
            self.store,
            self.store,
            f"manifests/{self.prefix}/{self.day}/{self.design.name}-{after}.manifest",
            append=Append(self.design.name, pattern.path, decision, self.record),
        )

    def load(self) -> str:
        """Find files and load them under the next day's date; return what was loaded."""
        self.day += dt.timedelta(days=1)
        job = self.job()
        gather(job)
        return self.load_from(job)

    def proof(self, job: FilesJob) -> ProofJob:
        return ProofJob(
            self.design.name, RunDate.of(self.day), job.s3, job.manifest_key, "", job.expected
        )

    def load_from(self, job: FilesJob) -> str:
        """Load the files of a manifest, as CopyTable does."""
        proof = self.proof(job)
        manifest = prove(proof)
        assert manifest.increment is not None
        loading = LoadJob(
            *(self.publication(manifest), manifest, proof.url, IamRole(IAM_ROLE), None),
            confirm=lambda: self._confirm(proof, manifest),
        )
        if manifest.increment.base is None:
            return f"all: {load(loading):,}"
        return f"{manifest.increment.note}: {load_delta(DeltaJob(loading, manifest.increment))}"

    def _confirm(self, proof: ProofJob, manifest: Manifest) -> None:
        self.after_copy()
        confirm(proof, manifest)

    def publication(self, manifest: Manifest) -> Publication:
        now, name = dt.datetime.now(dt.UTC), str(self.design.name)
        update_id = f"{self.prefix}/CopyTable/{self.day}/{name}/{self.fingerprint}"
        written = Marker(
            *(update_id, "CopyTable", name, RunDate.of(self.day), self.prefix, self.fingerprint),
            *(None, None, None, now, now),
        )
        files = LoadedFiles.of(manifest)
        return with_checks(Publication(self.place, self.design, written, files=files))

    def run(self, sql: str) -> None:
        """Execute a statement in the warehouse; ``{t}`` is the table."""
        self.place.warehouse.execute(Statement(sql.format(t=self.design.name)))

    def rows(self) -> list[tuple]:
        """The rows in the warehouse, in order."""
        found = self.place.warehouse.query(Statement(f"SELECT * FROM {self.design.name}"))
        return sorted(tuple(row.values()) for row in found)

    @property
    def last(self) -> Row:
        """The newest marker."""
        table = marker_table(self.place.marker_schema)
        newest = "WHERE task <> 'Checks' ORDER BY inserted_at DESC LIMIT 1"
        statement = Statement(f"SELECT * FROM {table} {newest}")
        return self.place.warehouse.query(statement)[0]

    def without_key(self) -> None:
        self.design = replace(self.design, constraints=Constraints())


@contextmanager
def appended(stack: Stack) -> Iterator[Appended]:
    """Make a table without files in a corner of the warehouse."""
    with corner(stack) as place:
        design = Design(
            name=TableName(place.marker_schema, "rates"),
            kind="TABLE",
            stem="partner/in-rates",
            columns=(
                Column("id", "bigint", not_null=True),
                Column("code", "varchar(10)"),
            ),
            source=TableName("in", "rates"),
            constraints=Constraints(primary_key=("id",), unique=(("code",),)),
        )
        yield Appended(place, design, S3Store(BUCKET))

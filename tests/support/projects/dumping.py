"""Dump a test's own tables, and read back what is then in S3."""

import io
import secrets
from dataclasses import dataclass, field, replace

import zstandard
from isal import igzip

from pipeline.designs.model.design import Column, Design, ExtractSettings
from pipeline.manifest import Manifest
from pipeline.names import TableName
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.dump.table import write_parts
from pipeline.settings import Dump
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.catalog import read_columns
from pipeline.stores.upstream.database import Upstream
from tests.support.database import connect, query
from tests.support.processes import until

CUT = Dump(connections=2, slices=2, chunk_threshold=1, part_size=1 << 20)
"""Settings that split every table above a minimal size into ranges of pages."""

WHOLE = Dump(connections=1)


@dataclass
class Source:
    """An upstream database, and a bucket to dump it into."""

    dsn: str
    store: S3Store
    folder: str = field(default_factory=lambda: f"data/{secrets.token_hex(4)}/")

    @property
    def upstream(self) -> Upstream:
        return Upstream("www", self.dsn)

    def execute(self, sql: str, *values) -> list[tuple]:
        """Execute a script; return the rows of its last statement."""
        return query(self.dsn, sql, values or None)

    def design(self, table: str, *columns: str | Column, condition=None) -> Design:
        """Make a design; columns by name are dumped unchanged, all if none is named."""
        schema, _, name = table.partition(".")
        names = columns or tuple(column.name for column in self.columns(TableName(schema, name)))
        return Design(
            name=TableName("www", name.lower()),
            kind="TABLE",
            stem=f"www/{schema}-{name}",
            columns=tuple(c if isinstance(c, Column) else Column(c) for c in names),
            source=TableName(schema, name),
            extract=ExtractSettings(condition),
        )

    def gated_design(self) -> Design:
        """Make a design of the table of the fixture ``gated``, whose rows wait."""
        return self.design("public.big", "id", "a", Column("g", expression="gate()"))

    def has_waiting(self) -> bool:
        """Return whether a session waits for the lock of a table."""
        waiting = (
            "SELECT 1 FROM pg_locks WHERE locktype = 'relation' AND NOT granted AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return bool(self.execute(waiting))

    def columns(self, table: TableName):
        with self.upstream.snapshot() as session:
            return read_columns(session, table)

    def dump(self, design: Design, settings: Dump = WHOLE, **more) -> Manifest:
        """Write a dump's parts below this source's folder."""
        report = more.pop("report", lambda _: None)
        job = DumpJob(
            design=design,
            upstream=self.upstream,
            s3=self.store,
            settings=settings,
            folder=self.folder,
            manifest_key=f"{self.folder}.manifest",
            new_columns="ignore",
            **more,
        )
        return write_parts(job, report)

    def texts(self, manifest: Manifest) -> list[bytes]:
        """Return the CSV of each part."""
        open_ = (
            zstandard.ZstdDecompressor().decompressobj if manifest.compression == "zstd" else None
        )
        bodies = [self.store.read(part.url.split("/", 3)[3]) for part in manifest.parts]
        return [open_().decompress(b) if open_ else igzip.decompress(b) for b in bodies]

    def lines(self, manifest: Manifest) -> list[bytes]:
        """Return the lines of all parts, sorted."""
        return sorted(b"".join(self.texts(manifest)).splitlines())

    def load(self, manifest: Manifest, table: str, columns: str = "") -> None:
        """Load all parts into an empty table of the same form as the dump."""
        with connect(self.dsn) as connection, connection.cursor() as cursor:
            for text in self.texts(manifest):
                cursor.copy_expert(
                    f"COPY {table} {columns} FROM STDIN (FORMAT csv, NULL '{manifest.null_as}')",
                    io.BytesIO(text),
                )

    def assert_same(self, one: str, other: str) -> None:
        """Assert that both tables hold the same rows as text, equally often."""
        for left, right in ((one, other), (other, one)):
            rows = self.execute(
                f"SELECT t::text FROM {left} AS t EXCEPT ALL "
                f"SELECT t::text FROM {right} AS t LIMIT 3"
            )
            assert rows == []

    def left_in_folder(self) -> list[str]:
        """Return the objects and unfinished uploads in the folder."""
        client, bucket = self.store.client, self.store.bucket
        uploads = client.list_multipart_uploads(Bucket=bucket, Prefix=self.folder)
        return [stored.key for stored in self.store.list(self.folder)] + [
            upload["Key"] for upload in uploads.get("Uploads", ())
        ]

    def wait_until_no_session_is_left(self) -> None:
        """Wait until dumps hold no connection: the server ends a closed one a moment later."""
        count = (
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'redshift-pipeline'"
        )
        until(lambda: self.execute(count)[0][0] == 0)

    def as_user(self, name: str, password: str) -> "Source":
        """Create a user; return the same database with that user's connection."""
        self.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        place = self.dsn.split("@", 1)[1]
        return replace(self, dsn=f"postgresql://{name}:{password}@{place}")

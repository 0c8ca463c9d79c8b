"""A table that is loaded incrementally, by the procedures that the tasks run, in this process."""

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from pipeline.designs.fingerprint import copy, create, dump
from pipeline.designs.model.design import Column, Constraints, Design, ExtractSettings
from pipeline.designs.model.incremental import Incremental
from pipeline.local.stack import BUCKET, IAM_ROLE, Stack
from pipeline.manifest import Manifest
from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.procedures.content import Content, contents
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.dump.proof import ProofJob, prove, prove_keys
from pipeline.procedures.dump.table import dump_table
from pipeline.procedures.incremental.base import Decision, decide, digest
from pipeline.procedures.incremental.changes import Changes
from pipeline.procedures.incremental.compare import BaseReplacedError, DeltaRefusedError
from pipeline.procedures.incremental.dump import write_increment
from pipeline.procedures.incremental.load import load_delta
from pipeline.procedures.incremental.stage import DeltaJob
from pipeline.procedures.inventory import own_tables
from pipeline.procedures.load.table import LoadJob, load
from pipeline.procedures.publish.publication import Place, Publication
from pipeline.settings import Dump, Groups, connection
from pipeline.sql.access.users import create_group
from pipeline.sql.markers import marker
from pipeline.sql.markers.content import select_contents
from pipeline.sql.markers.marker import Marker
from pipeline.sql.markers.own_table import create_own_table
from pipeline.sql.statement import Statement
from pipeline.sql.tables.copy import IamRole
from pipeline.sql.tables.ddl import definition
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream
from pipeline.stores.warehouse import Row, Warehouse
from tests.support.database import query
from tests.support.projects.checks import with_checks

FIRST = dt.date(2024, 5, 1)

COLUMNS = (
    Column("id", "bigint", not_null=True),
    Column("name", "varchar(80)"),
    Column("updated_at", "timestamptz"),
)

CURSOR = Incremental("updated_at")


@dataclass
class Replica:
    """The table ``items`` upstream and in the warehouse; each load is that of another day."""

    dsn: str
    place: Place
    design: Design
    store: S3Store
    folder: str
    day: dt.date = FIRST
    manifests: list[Manifest] = field(default_factory=list, repr=False)
    published: Publication | None = None
    """The publication of the last load, with the results of its checks."""

    def upstream(self, sql: str, *values: object) -> list[tuple]:
        """Execute a script upstream; return the rows of its last statement."""
        return query(self.dsn, sql, values or None)

    def run(self, sql: str) -> int:
        """Execute a statement in the warehouse; ``{t}`` is the table."""
        return self.place.warehouse.execute(Statement(sql.format(t=self.design.name)))

    def ask(self, sql: str) -> list[Row]:
        """Query the warehouse; ``{t}`` is the table, ``{m}`` the marker table."""
        names = {"t": self.design.name, "m": marker.marker_table(self.place.marker_schema)}
        return self.place.warehouse.query(Statement(sql.format(**names)))

    def set(self, **settings: object) -> None:
        """Change settings of the incremental load."""
        incremental = self.design.extract.incremental
        assert incremental is not None
        extract = replace(self.design.extract, incremental=replace(incremental, **settings))
        self.design = replace(self.design, extract=extract)

    @property
    def content(self) -> Content | None:
        """What the newest marker says of the table."""
        statement = select_contents(self.place.marker_schema, [self.design.name])
        return contents(self.place.warehouse.query(statement)).get(str(self.design.name))

    def decision(self) -> Decision:
        incremental, content = self.design.extract.incremental, self.content
        assert incremental is not None
        rows = self.ask(
            "SELECT c.oid AS object_id FROM pg_catalog.pg_class AS c"
            " JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
            f" WHERE n.nspname = '{self.design.name.schema}' AND c.relname = 'items'"
        )
        object_id = rows[0]["object_id"] if rows else None
        now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
        return decide(incremental, self.fingerprint, content, object_id, now)

    @property
    def fingerprint(self) -> Fingerprint:
        return copy(dump(self.design), create(definition(self.design)))

    def job(self, decision: Decision) -> DumpJob:
        after = digest(self.content, decision) if self.content else "first"
        key = f"{self.folder}{self.day}/www/public-items.0123456789ab-after-{after}"
        return DumpJob(
            design=self.design,
            upstream=Upstream("www", self.dsn),
            s3=self.store,
            settings=Dump(connections=1),
            folder=f"{key}/",
            manifest_key=f"{key}.manifest",
            new_columns="ignore",
        )

    def proof(self, manifest: Manifest) -> ProofJob:
        folder = manifest.key.removesuffix(".manifest") + "/"
        return ProofJob(self.design.name, RunDate.of(self.day), self.store, manifest.key, folder)

    def dump(self) -> Manifest:
        """Dump all rows or the changes, as the marker in the warehouse says."""
        decision = self.decision()
        write = partial(write_increment, decision=decision)
        manifest = dump_table(self.job(decision), lambda _: None, write)
        self.manifests.append(manifest)
        return manifest

    def load(self, manifest: Manifest | None = None) -> None:
        """Dump and load under the next day's date, as CopyTable does; or load a dump."""
        self.day += dt.timedelta(days=1)
        for _ in range(3):
            try:
                self.load_once(manifest or self.dump())
            except (BaseReplacedError, DeltaRefusedError):
                manifest = None
            else:
                return
        raise AssertionError("three attempts were refused")

    def load_once(self, manifest: Manifest) -> Changes | None:
        """Load a dump into the table; return what a delta changed."""
        proof = self.proof(manifest)
        proved, increment = prove(proof), manifest.increment
        assert increment is not None
        job = LoadJob(self.publication(), proved, proof.url, IamRole(IAM_ROLE), None)
        if increment.base is None:
            load(job)
            return None
        keys = prove_keys(proof, proved) if increment.keys_manifest else None
        return load_delta(DeltaJob(job, increment, keys))

    def publication(self) -> Publication:
        now = dt.datetime.now(dt.UTC)
        name = str(self.design.name)
        self.published = with_checks(self._publication(now, name))
        return self.published

    def _publication(self, now: dt.datetime, name: str) -> Publication:
        return Publication(
            self.place,
            self.design,
            Marker(
                update_id=f"test/CopyTable/{self.day}/{name}/{self.fingerprint}",
                task="CopyTable",
                target_table=name,
                run_date=RunDate.of(self.day),
                prefix="test",
                fingerprint=self.fingerprint,
                row_count=None,
                byte_count=None,
                manifest=None,
                started_at=now,
                inserted_at=now,
            ),
        )

    @property
    def last(self) -> Row:
        """The newest marker of rows."""
        return self.ask(
            "SELECT * FROM {m} WHERE task <> 'Checks' ORDER BY inserted_at DESC LIMIT 1"
        )[0]

    def differences(self) -> list[str]:
        """Return the rows that only one side has, or has more often, as texts."""
        names = ", ".join(column.name for column in self.design.data_columns)
        ours = self.ask(f"SELECT {names} FROM {{t}}")
        here = Counter(repr(tuple(row.values())) for row in ours)
        there = Counter(map(repr, self.upstream(f"SELECT {names} FROM items")))
        return sorted([*(here - there), *(there - here)])


@contextmanager
def corner(stack: Stack) -> Iterator[Place]:
    """Make a schema of the warehouse for a test, with the pipeline's own tables, and groups."""
    token = secrets.token_hex(4)
    warehouse = Warehouse(connection("DATA_WAREHOUSE_ADMIN", stack.environment()))
    groups = Groups(etl=f"etl_{token}", users=f"users_{token}")
    schema = f"inc_{token}"
    execute = lambda text: warehouse.execute(Statement(text))  # noqa: E731
    execute(f"CREATE SCHEMA {schema}")
    for own in own_tables(schema):
        warehouse.execute(create_own_table(own))
    for group in (groups.etl, groups.users):
        warehouse.execute(create_group(group))
    try:
        yield Place(warehouse, groups, schema)
    finally:
        execute(f"DROP SCHEMA {schema} CASCADE")
        for group in (groups.etl, groups.users):
            execute(f"DROP GROUP {group}")
        warehouse.close()


@contextmanager
def replica(stack: Stack, dsn: str) -> Iterator[Replica]:
    """Make an empty table ``items`` upstream, and a corner of the warehouse."""
    query(dsn, "CREATE TABLE items (id bigint PRIMARY KEY, name text, updated_at timestamptz)")
    with corner(stack) as place:
        design = Design(
            name=TableName(place.marker_schema, "items"),
            kind="TABLE",
            stem="www/public-items",
            columns=COLUMNS,
            source=TableName("public", "items"),
            constraints=Constraints(primary_key=("id",)),
            extract=ExtractSettings(incremental=CURSOR),
        )
        yield Replica(dsn, place, design, S3Store(BUCKET), f"replica/{place.marker_schema}/")

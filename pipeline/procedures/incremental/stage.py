"""Load a delta and upstream's keys into staging tables, and compare them with their table."""

import dataclasses
from dataclasses import dataclass

from pipeline.manifest import Increment, Manifest
from pipeline.names import TableName
from pipeline.procedures.content import Content, Contents
from pipeline.procedures.incremental.checks import DeltaChecks
from pipeline.procedures.incremental.compare import (
    BaseReplacedError,
    compare,
    compare_files,
    find_touched,
)
from pipeline.procedures.inventory import object_id
from pipeline.procedures.load.leftovers import drop_leftovers
from pipeline.procedures.load.table import LoadJob, copy_rows, silent
from pipeline.procedures.load.verify import verify
from pipeline.procedures.publish.publication import Publication
from pipeline.sql.tables import ddl, incremental
from pipeline.sql.tables.incremental import KeyCounts
from pipeline.staging_names import key_table
from pipeline.stores.warehouse import Transaction


@dataclass(frozen=True, slots=True)
class DeltaJob:
    """The load of a delta, and the manifest of upstream's keys if they were read."""

    rows: LoadJob
    increment: Increment
    keys: Manifest | None = None

    @property
    def keys_url(self) -> str:
        """The address of the manifest of keys, in the bucket of the other one."""
        assert self.keys is not None
        bucket = self.rows.manifest_url.removesuffix(self.rows.manifest.key)
        return f"{bucket}{self.keys.key}"

    @property
    def publication(self) -> Publication:
        """Where the delta is published."""
        return self.rows.publication

    def check(self) -> Content:
        """Check what would prevent the publication; return what the table holds."""
        publication, query = self.publication, self.publication.place.warehouse.query
        return self.check_base(publication.check(query), object_id(query, publication.name))

    def check_base(self, held: Contents, current: int | None) -> Content:
        """Return what the table holds, if these are still the rows that the delta was made for.

        ``current`` is the object id of the table, None if it is gone.
        """
        found = held.get(str(self.publication.name))
        if (
            found is None
            or found.update_id != self.increment.base
            or found.loaded_at.isoformat() != self.increment.base_loaded_at
            or found.position is None
            or not found.is_there(current)
        ):
            raise BaseReplacedError("the table was loaded again since the delta was dumped")
        return found


@dataclass(frozen=True, slots=True)
class Staged:
    """The staging tables of a delta, and how its keys overlap with those of its table.

    Without keys, that is known when the delta is applied; before, ``counts`` has all as added.
    """

    delta: TableName
    keys: TableName | None
    counts: KeyCounts
    touched: str = ""
    """What somebody did to the table since the last load."""

    @property
    def tables(self) -> tuple[TableName, ...]:
        """Return the staging tables that there are."""
        return (self.delta,) if self.keys is None else (self.delta, self.keys)


def stage(job: DeltaJob, delta: TableName) -> Staged:
    """Load delta and keys into staging tables, verify and compare them, and commit."""
    publication, design = job.publication, job.publication.design
    drop_leftovers(publication)
    base = job.check()
    checks = DeltaChecks.read(publication, base, job.increment)
    with publication.place.warehouse.transaction() as transaction:
        transaction.add(ddl.create_table(design, name=delta, foreign_keys=False))
        load = dataclasses.replace(job.rows, statistics=True)
        rows = copy_rows(load, transaction, delta) if load.manifest.parts else 0
        verify(transaction, design, delta, rows, publication.remedy)
        if publication.files is not None:
            counts = compare_files(publication, base, transaction, delta)
            checks.run(transaction, delta)
            return Staged(delta, None, counts, find_touched(base, counts))
        keys = _stage_keys(job, transaction, key_table(delta)) if job.keys else None
        counts = compare(design, job.increment, transaction, delta, keys, current=base.rows)
        checks.run(transaction, delta, keys)
    return Staged(delta, keys, counts)


def _stage_keys(job: DeltaJob, transaction: Transaction, keys: TableName) -> TableName:
    assert job.keys is not None
    design = incremental.key_design(job.publication.design)
    load = dataclasses.replace(
        job.rows,
        publication=dataclasses.replace(job.publication, design=design),
        manifest=job.keys,
        manifest_url=job.keys_url,
        report_progress=silent,
        statistics=True,
    )
    transaction.add(ddl.create_table(design, name=keys, foreign_keys=False))
    rows = copy_rows(load, transaction, keys)
    remedy, are_unique = job.publication.remedy, job.increment.keys_unique
    verify(transaction, design, keys, rows, remedy, are_unique=are_unique)
    return keys

"""Remove completion markers, so that work is done again; rows and dumped parts are kept."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.designs.model.design import Design
from pipeline.errors import WarehouseError
from pipeline.names import Layout, RunDate, TableName
from pipeline.procedures.dump.attempts import find_manifests
from pipeline.procedures.own_tables import UNDEFINED_COLUMN
from pipeline.sql.markers import marker
from pipeline.sql.markers.content import disprove_contents, withdraw_positions
from pipeline.sql.markers.loaded_files import delete_loaded_files
from pipeline.sql.statement import Statement
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.warehouse import Warehouse

FORGOTTEN = "a load was forgotten (pipeline forget)"
"""Why the next load of an incremental table takes all rows."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The number of manifests and markers that were removed, or would be."""

    manifests: int
    markers: int


@dataclass(frozen=True, slots=True)
class ForgetJob:
    """Relations whose completion markers are removed; ``date`` None means all dates."""

    designs: Sequence[Design]
    date: RunDate | None
    s3: S3Store
    layout: Layout
    warehouse: Warehouse
    marker_schema: str
    incremental: Collection[TableName] = ()
    """The tables that are loaded incrementally."""


def forget(job: ForgetJob) -> Forgotten:
    """Remove the manifests and markers of the relations.

    If these are the rows that a relation holds, it holds those of no other date or prefix either.
    """
    keys = manifests(job)
    job.s3.delete(keys)

    def delete() -> int:
        with job.warehouse.transaction() as transaction:
            transaction.execute(marker.lock_markers(job.marker_schema))
            transaction.add(_statement(job, disprove_contents))
            removed = transaction.execute(_statement(job, marker.forget))
            names = {design.name for design in job.designs} & set(job.incremental)
            if names:
                transaction.execute(withdraw_positions(job.marker_schema, names, FORGOTTEN))
            return removed

    with _explained():
        return Forgotten(len(keys), job.warehouse.retry(delete))


def forget_files(job: ForgetJob, names: Collection[TableName]) -> int:
    """Remove the record of the files of tables, after ``forget``; return the number of files.

    The next loads of these tables take all files that are there, and need no others.
    """

    def delete() -> int:
        with job.warehouse.transaction() as transaction:
            transaction.execute(marker.lock_markers(job.marker_schema))
            return transaction.execute(delete_loaded_files(job.marker_schema, names))

    return job.warehouse.retry(delete)


def would_forget(job: ForgetJob) -> Forgotten:
    """Count what ``forget`` would remove."""
    with _explained():
        rows = job.warehouse.query(_statement(job, marker.select_forgotten))
    return Forgotten(len(manifests(job)), len(rows))


@contextmanager
def _explained() -> Iterator[None]:
    """Name the task that extends the marker table of an earlier release, which has no hours."""
    try:
        yield
    except WarehouseError as error:
        if error.sqlstate != UNDEFINED_COLUMN:
            raise
        raise WarehouseError(
            f"the marker table is of an earlier release: {error}. To extend it, run"
            " 'luigi --module pipeline BootstrapWarehouse --local-scheduler', and start again"
        ) from error


def _statement(job: ForgetJob, render: Callable[..., Statement]) -> Statement:
    names = [design.name for design in job.designs]
    return render(job.marker_schema, prefix=job.layout.prefix, tables=names, run_date=job.date)


def manifests(job: ForgetJob) -> list[str]:
    """Return the keys of all manifests of the relations, with any fingerprint.

    ``PREFIX/data/2026-11-21/www/public-orders.0123456789ab.manifest``
    """
    stems = {design.stem for design in job.designs}
    found = find_manifests(job.s3, job.layout, job.date)
    return [item.key for dump, item in found if dump.stem in stems]

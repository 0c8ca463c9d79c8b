"""Load a dump into a staging table, verify it, and publish it."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from pipeline.errors import WarehouseError
from pipeline.figures import count
from pipeline.manifest import Manifest
from pipeline.names import TableName
from pipeline.procedures.advice import forget
from pipeline.procedures.checks.scope import scope_of
from pipeline.procedures.content import Contents, InputsChangedError
from pipeline.procedures.inventory import RelationStates
from pipeline.procedures.load.copy_errors import FailedCopy
from pipeline.procedures.load.leftovers import drop_leftovers
from pipeline.procedures.load.monitor import ReportProgress, Session, monitor_copy
from pipeline.procedures.load.verify import verify
from pipeline.procedures.publish.privileges import privileges
from pipeline.procedures.publish.publication import Before, Publication
from pipeline.procedures.publish.surrogate_keys import SurrogateKeys, create_key_table
from pipeline.procedures.publish.table import KeysGivenError, StagingTableGoneError, publish
from pipeline.sql.tables import copy, ddl
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.sql.tables.data_checks import Rows, rows_of
from pipeline.stores.warehouse import Transaction

logger = logging.getLogger(__name__)

ATTEMPTS = 5

Fill = Callable[[Transaction, TableName], int]
"""Inserts rows into a staging table, within its transaction; returns the number expected."""


def silent(scanned: int, total: int) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True)
class LoadJob:
    """What to load, from where, and where to publish it."""

    publication: Publication
    manifest: Manifest
    manifest_url: str
    authorization: IamRole | AccessKeys = field(repr=False)
    region: str | None
    report_progress: ReportProgress = silent
    """Called while COPY runs."""
    confirm: Callable[[], None] = lambda: None
    """Called after COPY; raises an error if it may have read another manifest."""
    statistics: bool = False
    """Whether COPY collects statistics, since the rows are joined before they are published."""


def load(job: LoadJob) -> int:
    """Load a dump, all of it or nothing; return its number of rows.

    The table keeps its old rows until the new ones are verified. WarehouseError with file, line,
    column, value and reason if a value does not fit.
    """
    started = time.monotonic()
    publication = job.publication.with_marker(
        byte_count=job.manifest.bytes, manifest=job.manifest_url, read_at=job.manifest.read_at
    )
    if increment := job.manifest.increment:
        publication = publication.with_marker(
            load_kind="whole",
            reason=increment.reason,
            position=increment.position,
            source=increment.source,
            whole_at=job.manifest.read_at,
            proved="values",
        )
    rows = fill_and_publish(publication, partial(copy_rows, job))
    publication.place.update_statistics(publication.name)
    logger.info(
        "%s: loaded %s in %.1f s", publication.name, count(rows, "row"), time.monotonic() - started
    )
    return rows


def fill_and_publish(publication: Publication, fill: Fill) -> int:
    """Fill a staging table, verify it, publish it; return its number of rows.

    Load again if another run dropped the staging table as a leftover, published the table while
    this one gave surrogate keys, or replaced what the query read.
    """
    warehouse, name = publication.place.warehouse, publication.name
    for _ in range(ATTEMPTS):
        seen = warehouse.retry(partial(publication.check, warehouse.query))
        prepared, before = _prepare(publication, fill, seen)
        with suppress(StagingTableGoneError, KeysGivenError, InputsChangedError):
            publish(prepared.publication, prepared.staging, before)
            return prepared.rows
        logger.info("%s: another run loads the same tables; loading again", name)
    raise WarehouseError(f"{name}: other runs of this task interfered {ATTEMPTS} times")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A verified staging table, its number of rows, and how to publish it."""

    publication: Publication
    staging: TableName
    rows: int


def _prepare(publication: Publication, fill: Fill, seen: Contents) -> tuple[Prepared, Before]:
    """Create, fill, verify and commit a staging table.

    Staging tables of killed attempts are dropped first. Also return what is there before it is
    published, of which the markers are as ``seen``.
    """
    place, design = publication.place, publication.design

    def work() -> tuple[Prepared, Before]:
        drop_leftovers(publication)
        keys = None
        if design.identity is not None:
            create_key_table(place.warehouse, place.marker_schema)
            keys = SurrogateKeys.read(place.warehouse.query, place.marker_schema, design)
        with place.warehouse.transaction() as transaction:
            prepared = prepare_within(publication.with_keys(keys), transaction, fill, seen)
            states = _commit(transaction, publication, prepared.staging)
        return prepared, Before(seen, states)

    return place.warehouse.retry(work)


def _commit(
    transaction: Transaction, publication: Publication, staging: TableName
) -> RelationStates:
    """Commit, and return what is in the catalog then.

    If the staging table, whose name is unique, is there after an error, COMMIT had succeeded.
    """
    try:
        return publication.states(transaction.commit_then, staging)
    except WarehouseError as error:
        if not error.retryable:
            raise
        transaction.roll_back()
        states = publication.states(publication.place.warehouse.query, staging)
        if staging not in states:
            raise
        return states


def prepare_within(
    publication: Publication, transaction: Transaction, fill: Fill, seen: Contents
) -> Prepared:
    """Create, fill, verify and check a staging table; ``seen`` is what the relation held before.

    ChecksFailedError if its rows do not pass the checks of the design.
    """
    design, keys, staging = publication.design, publication.keys, publication.staging_table()
    granted = privileges(design, publication.place.groups, staging)
    if keys is None:
        transaction.add(ddl.create_table(design, name=staging, foreign_keys=False), *granted)
        rows = fill(transaction, staging)
    else:
        rows, keys = keys.fill(transaction, staging, fill)
        transaction.add(*granted)
    verify(transaction, design, staging, rows, publication.remedy)
    check_rows(publication, transaction, rows_of(design, staging), seen)
    ready = publication.with_marker(row_count=rows).with_keys(keys)
    return Prepared(ready, staging, rows)


def check_rows(
    publication: Publication,
    transaction: Transaction,
    rows: Rows,
    seen: Contents,
    delta: Rows | None = None,
) -> None:
    """Run the checks of the design on what would be published; ``seen`` is what it replaces.

    ChecksFailedError if the rows do not pass.
    """
    if publication.checking is not None:
        scope = scope_of(publication.design, publication.marker, rows, seen, delta)
        dry_run = publication.place.is_dry_run
        publication.checking.run(transaction, publication.design, scope, dry_run=dry_run)


def copy_rows(job: LoadJob, transaction: Transaction, staging: TableName) -> int:
    """Run COPY and compare its number of rows with the dump's; explain a failure."""
    session = Session(transaction.session_id)
    name, warehouse = job.publication.name, job.publication.place.warehouse
    run_date = job.publication.marker.run_date
    statement = copy.copy_from_s3(
        job.publication.design,
        staging,
        job.manifest,
        manifest_url=job.manifest_url,
        authorization=job.authorization,
        region=job.region,
    )
    if job.statistics:
        statement = copy.with_statistics(statement)
    try:
        with monitor_copy(warehouse, session, job.report_progress):
            transaction.add(statement)
            copied: int = transaction.query(copy.copied_rows())[0]["row_count"]
    except WarehouseError as error:
        transaction.roll_back()
        if error.retryable:
            raise
        text = FailedCopy(name, run_date, job.manifest).explain(error, warehouse, session)
        if not text:
            raise
        raise WarehouseError(text, sqlstate=error.sqlstate) from error
    job.confirm()
    if job.manifest.rows not in {None, copied}:
        raise WarehouseError(
            f"{name}: COPY loaded {copied:,} rows, the dump has {job.manifest.rows:,}; nothing was"
            f" published. Run '{forget(name, run_date)}', and start again"
        )
    return copied

"""Apply a delta to its table, all of it or nothing, if it then equals upstream's snapshot.

The delta is loaded into a staging table and compared in a transaction of its own. The publishing
transaction is short, and begins with the lock of the marker table. It goes on only if the table
still holds the rows that the delta was made for, so what was compared before holds.
"""

import dataclasses
import logging
import time
from contextlib import suppress
from functools import partial

from pipeline.errors import PipelineError, WarehouseError
from pipeline.procedures.content import Content
from pipeline.procedures.incremental.changes import Changes
from pipeline.procedures.incremental.compare import (
    BaseReplacedError,
    DeltaRefusedError,
    MassDeleteError,
    check_unique,
    count_replaced,
    is_window,
    number,
)
from pipeline.procedures.incremental.stage import DeltaJob, Staged, stage
from pipeline.procedures.inventory import find_altered
from pipeline.procedures.load.table import ATTEMPTS
from pipeline.procedures.publish.publication import Publication
from pipeline.procedures.publish.readers import Readers
from pipeline.procedures.publish.table import StagingTableGoneError, locked
from pipeline.sql.markers.content import withdraw_positions
from pipeline.sql.markers.marker import select_marker
from pipeline.sql.tables import ddl, incremental, publish
from pipeline.staging_names import key_table
from pipeline.stores.warehouse import Transaction

logger = logging.getLogger(__name__)


def load_delta(job: DeltaJob) -> Changes:
    """Apply a delta to its table.

    BaseReplacedError if the table holds other rows than the delta was made for, DeltaRefusedError
    if it would not equal upstream afterwards, MassDeleteError if too many rows would be deleted.
    In all cases the table keeps its rows.
    """
    name = job.publication.name
    started = time.monotonic()
    for _ in range(ATTEMPTS):
        with suppress(StagingTableGoneError):
            changes = _attempt(job)
            if changes.any:
                job.publication.place.update_statistics(name)
            logger.info("%s: loaded %s in %.1f s", name, changes, time.monotonic() - started)
            return changes
        logger.info("%s: another run loads the same table; loading again", name)
    raise WarehouseError(f"{name}: other runs of this task interfered {ATTEMPTS} times")


def _attempt(job: DeltaJob) -> Changes:
    """Stage and publish; after an error, drop the staging tables."""
    warehouse, delta = job.publication.place.warehouse, job.publication.staging_table()
    readers = Readers(warehouse)
    try:
        staged = warehouse.retry(partial(stage, job, delta))
        return readers.retry(partial(_publish, job, staged, readers))
    except PipelineError as error:
        for each in (delta, key_table(delta)):
            with suppress(WarehouseError):  # The next load drops what cannot be dropped now.
                warehouse.execute(ddl.drop_table(each, if_exists=True))
        if isinstance(error, DeltaRefusedError | MassDeleteError):
            warehouse.retry(job.check)  # Perhaps another run has loaded the table.
        if isinstance(error, DeltaRefusedError):
            _withdraw(job, str(error))
        elif altered := _find_altered(job, error):
            _withdraw(job, altered)
            raise DeltaRefusedError(altered) from error
        raise


def _find_altered(job: DeltaJob, error: PipelineError) -> str:
    """Return how somebody altered the table, if a statement may have failed for it."""
    query, design = job.publication.place.warehouse.query, job.publication.design
    if isinstance(error, WarehouseError) and error.sqlstate and not error.retryable:
        with suppress(WarehouseError):  # The first error is the one to report.
            return find_altered(query, design, sizes=True)
    return ""


def _publish(job: DeltaJob, staged: Staged, readers: Readers) -> Changes:
    """Apply a verified delta, and write its marker in the same transaction."""
    publication, query = job.publication, job.publication.place.warehouse.query
    before = publication.read(query, *staged.tables)
    dropped = [ddl.drop_table(each, if_exists=True) for each in staged.tables]
    if publication.is_published(query, before):
        marker = publication.marker.update_id
        rows = query(select_marker(publication.place.marker_schema, marker))
        if not rows:
            text = f"the marker of {publication.name} was deleted meanwhile; run the task again"
            raise WarehouseError(text, retryable=True)
        for each in dropped:
            publication.place.warehouse.execute(each)
        return Changes.of_marker(rows[0])
    state = before.states.get(publication.name)
    current = state.object_id if state else None
    base = job.check_base(before.contents, current)
    for table in staged.tables:
        if table not in before.states:
            raise StagingTableGoneError(f"{table} was dropped by another run of this task")
    with locked(publication, before, readers, *staged.tables) as transaction:
        changes = _changes(job, _apply(job, transaction, staged))
        transaction.add(*dropped)
        if state is not None:
            publication.restore(transaction, state)
        _with_changes(job, changes, base).replace_marker(transaction, before, current)
    return changes


def _apply(job: DeltaJob, transaction: Transaction, staged: Staged) -> Staged:
    """Delete and insert rows, and check the result; return the numbers with what was replaced."""
    design = job.publication.design
    staged = _delete_replaced(job, transaction, staged)
    counts = staged.counts
    if counts.added or counts.changed or job.publication.files is not None:
        transaction.add(publish.insert_from_staging_table(design, staged.delta))
    if staged.keys is not None and counts.gone:
        transaction.add(incremental.delete_gone(design, staged.keys))
    rows = number(transaction.query(incremental.count_rows(design.name)))
    if rows != counts.after and job.publication.files is not None:
        raise BaseReplacedError(f"{design.name}: somebody changed the table during its load")
    if rows != counts.after:
        raise DeltaRefusedError(
            f"the count did not match: {rows:,} rows after the changes, not {counts.after:,}"
        )
    if job.publication.files is None and (counts.added or counts.changed):
        check_unique(design, transaction, staged.delta)
    return staged


def _delete_replaced(job: DeltaJob, transaction: Transaction, staged: Staged) -> Staged:
    """Delete the rows of the window, or those of which the delta has another version."""
    design, counts = job.publication.design, staged.counts
    if job.publication.files is not None:
        return staged
    if is_window(design):
        transaction.add(incremental.delete_window(design, job.increment.since or ""))
        return staged
    delete = incremental.delete_replaced(design, staged.delta)
    if staged.keys is not None:
        transaction.add(*((delete,) if counts.changed else ()))
        return staged
    if not counts.added:
        return staged
    replaced = transaction.execute(delete)
    counts = count_replaced(design, job.increment, counts, replaced)
    return dataclasses.replace(staged, counts=counts)


def _changes(job: DeltaJob, staged: Staged) -> Changes:
    counts = staged.counts
    if job.publication.files is not None:
        return Changes(counts.after, counts.added, None, None, "files", staged.touched)
    proved = "keys" if job.keys else "count"
    return Changes(counts.after, counts.added, counts.changed, counts.gone, proved)


def _with_changes(job: DeltaJob, changes: Changes, base: Content) -> Publication:
    return job.publication.with_marker(
        row_count=changes.rows,
        byte_count=job.rows.manifest.bytes,
        manifest=job.rows.manifest_url,
        load_kind="delta",
        position=job.increment.position,
        source=job.increment.source,
        whole_at=base.whole_at,
        proved=changes.proved,
        rows_added=changes.added,
        rows_changed=changes.changed,
        rows_deleted=changes.deleted,
        read_at=job.rows.manifest.read_at,
    )


def _withdraw(job: DeltaJob, reason: str) -> None:
    """Have the next load take all rows, unless another run has loaded the table meanwhile."""
    place, name = job.publication.place, job.publication.name
    place.warehouse.execute(
        withdraw_positions(place.marker_schema, [name], reason, job.increment.base)
    )

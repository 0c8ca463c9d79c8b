"""Dump one table: clear dead attempts, stream the parts, verify them, write the manifest last."""

import datetime as dt
import logging
import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from pipeline.errors import StorageError, UpstreamError
from pipeline.figures import count, size
from pipeline.manifest import Manifest, Part, timestamp
from pipeline.procedures.drift import check_before_dump
from pipeline.procedures.dump import attempts
from pipeline.procedures.dump.diagnose import explain_copy_error, explain_plan_error
from pipeline.procedures.dump.job import DumpJob, PartResult, Split
from pipeline.procedures.dump.proof import read_manifest
from pipeline.procedures.dump.replaced import check_replaced, unless_blocked, with_new_snapshot
from pipeline.procedures.dump.split import plan_splits
from pipeline.procedures.dump.stream import SentinelFound
from pipeline.procedures.dump.workers import engines, worker
from pipeline.procedures.dump.workers.progress import Progress
from pipeline.procedures.dump.writer import PartError
from pipeline.sql.upstream.exact import Types
from pipeline.sql.upstream.extract import count_too_long, select, select_types
from pipeline.stores.s3.unfinished import abort, unfinished
from pipeline.stores.upstream.catalog import read_columns
from pipeline.stores.upstream.database import Session
from pipeline.stores.upstream.errors import QueryError
from pipeline.stores.upstream.facts import Plan, SessionFacts

logger = logging.getLogger(__name__)

SENTINELS = 3
"""Texts to try as NULL before giving up."""

Report = Callable[[Progress], None]
Renew = Callable[[], None]


class Write(Protocol):
    """Writes the parts of a dump and returns its manifest, as ``write_parts`` does."""

    def __call__(self, job: DumpJob, *, report_progress: Report, renew_lease: Renew) -> Manifest:
        """Write the parts into the attempt's folder, and leave it empty after an error."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Session facts, row estimate and work split, known before the first row is read.

    ``job`` is the dump with the types of its values.
    """

    job: DumpJob
    facts: SessionFacts
    plan: Plan
    splits: tuple[Split, ...]


def write_parts(
    job: DumpJob, report_progress: Report = lambda _: None, renew_lease: Renew = lambda: None
) -> Manifest:
    """Write a table's parts into the attempt's folder; return the manifest without storing it.

    Both functions are called about twice a second, in this thread; while texts that are too long
    are counted, only ``renew_lease``. After an error the folder is empty.
    """
    _request_batch_scheduling()
    name = job.design.name
    started = time.monotonic()
    logger.info("%s: dumping %s of %s", name, job.extract.table, job.upstream.name)
    for _ in range(SENTINELS):
        try:
            write = partial(_write_parts, job, report_progress, renew_lease)
            manifest = with_new_snapshot(job, write)
        except SentinelFound:
            logger.warning(
                "%s: a value equals %s, which represents NULL in its files; the dump starts again"
                " with another text",
                name,
                job.null_as,
            )
            job = replace(job, null_as=f"~NULL-{secrets.token_hex(8)}~")
            continue
        logger.info("%s: dumped %s in %.1f s", name, _amount(manifest), time.monotonic() - started)
        return manifest
    raise UpstreamError(
        f"{job.upstream.name}: {job.extract.table}: found no text to represent NULL"
    )


def dump_table(job: DumpJob, report_progress: Report, write: Write = write_parts) -> Manifest:
    """Dump one table and return its manifest, which is then stored in S3.

    ``write`` writes the parts. If another run stored its manifest first, return that one and
    delete this attempt's parts.
    """
    others = attempts.find_others(job.s3, job.folder)
    # Look for the manifest after the other attempts: one that completed has stored it before.
    if job.s3.exists(job.manifest_key):
        return _stored(job)
    attempts.clear(job.s3, job.folder, others)
    with attempts.Lease(job.s3, job.attempt_folder) as lease:
        manifest = write(job, report_progress=report_progress, renew_lease=lease.renew)
        if job.s3.write(job.manifest_key, manifest.to_json().encode(), if_absent=True):
            return manifest
    job.s3.delete(item.key for item in job.s3.list(job.attempt_folder))
    return _stored(job)


def _stored(job: DumpJob) -> Manifest:
    logger.info("%s: another run dumped it", job.design.name)
    return read_manifest(job.s3, job.manifest_key)


def _request_batch_scheduling() -> None:
    """Run this thread, and the processes it starts, under SCHED_BATCH.

    Otherwise every network packet preempts PostgreSQL when both share a CPU.
    https://man7.org/linux/man-pages/man7/sched.7.html
    """
    if sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_OTHER:
        with suppress(OSError):  # Without permission the dump only takes longer.
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _amount(manifest: Manifest) -> str:
    parts = count(len(manifest.parts), "part")
    return f"{count(manifest.rows or 0, 'row')}, {size(manifest.bytes)}, {parts}"


def _write_parts(job: DumpJob, report_progress: Report, renew_lease: Renew) -> Manifest:
    started = timestamp()
    try:
        with job.upstream.snapshot(job.snapshot) as session:
            prepared = prepare(job, session)
            job = prepared.job
            results = _work(session, prepared, report_progress, renew_lease)
            _report_too_long(job, session, renew_lease)
        _verify(job, results)
    except BaseException:
        discard(job)
        raise
    return Manifest(
        relation=str(job.design.name),
        parts=tuple(_part(job, result) for result in results),
        columns=tuple(column.name for column in job.extract.columns),
        query=select(job.extract).text,
        null_as=job.null_as,
        compression=job.settings.compression,
        database=job.upstream.place,
        snapshot=prepared.facts.snapshot,
        started=started,
        finished=timestamp(),
        partial=job.limit is not None,
        key=job.manifest_key,
    )


def prepare(job: DumpJob, session: Session) -> Prepared:
    """Check the columns, plan the query and split the table.

    The plan's locks prevent that a table is replaced, so this is checked afterwards.
    """
    check_before_dump(job.design, read_columns(session, job.extract.table), job.new_columns)
    try:
        job = replace(job, types=_types(job, session))
        extract = job.extract
        plan = session.plan(select(extract), extract.table)
    except QueryError as error:
        raise explain_plan_error(job, error) from error
    check_replaced(session, extract, plan)
    table, facts = session.table(extract.table), session.facts()
    if table.has_children:
        # The plan may have waited for a table that no longer inherits once its lock is there.
        check_replaced(session, extract, session.plan(select(extract), extract.table))
    return Prepared(job, facts, plan, plan_splits(extract, table, plan, facts, job.settings))


def _types(job: DumpJob, session: Session) -> Types:
    """Read the types of the values, which decide what COPY might change."""
    found = session.types(select_types(job.extract), job.extract.table)
    names = [column.name for column in job.extract.columns]
    return dict(zip(names, found, strict=True))


def _work(
    session: Session,
    prepared: Prepared,
    report_progress: Report,
    renew_lease: Renew,
) -> list[PartResult]:
    """Write all parts, with the workers of the engine."""
    job, splits = prepared.job, prepared.splits
    with unless_blocked(job):
        try:
            started = engines.start(job, session, splits, renew_lease)
            results = worker.run(started, splits, prepared.plan, report_progress, renew_lease)
        except PartError as error:
            raise explain_copy_error(job, error.cause, error.split.ranges) from error.cause
    if engines.uses_spark(job, splits):
        # Executors that were lost have left uploads, of parts that others have written since.
        abort(job.s3, unfinished(job.s3, job.attempt_folder, older_than=dt.timedelta(0)))
    return results


def _report_too_long(job: DumpJob, session: Session, renew_lease: Renew) -> None:
    """Warn how many values ``too_long`` has changed; a limited dump does not count them."""
    statement = count_too_long(job.extract)
    if statement is None or job.limit is not None:
        return
    query = partial(session.query, statement, job.extract.table)
    [counts] = worker.run_query(session, query, renew_lease)
    for column in job.extract.columns:
        if counts.get(column.name):
            what = "truncated" if column.too_long == "truncate" else "set to NULL"
            logger.warning(
                "%s: %s: %s longer than %s, %s",
                *(job.design.name, column.name, count(counts[column.name], "value")),
                *(column.sql_type, what),
            )


def _verify(job: DumpJob, results: Sequence[PartResult]) -> None:
    """Verify that the folder holds exactly the objects that were sent, with their sizes."""
    sent = {result.key: result.bytes for result in results}
    found = {stored.key: stored.size for stored in job.s3.list(job.attempt_folder)}
    found.pop(job.attempt_folder + attempts.LEASE, None)
    wrong = sorted(key for key in sent.keys() | found.keys() if sent.get(key) != found.get(key))
    if wrong:
        raise StorageError(
            "; ".join(
                f"{job.s3.url(key)}: sent {sent.get(key)} bytes, found {found.get(key)}"
                for key in wrong[:10]
            )
        )


def discard(job: DumpJob) -> None:
    """Empty the attempt's folder, including unfinished uploads; no manifest names the rest."""
    folder = job.attempt_folder
    try:
        abort(job.s3, unfinished(job.s3, folder, older_than=dt.timedelta(0)))
        job.s3.delete([stored.key for stored in job.s3.list(folder)])
    except StorageError as error:
        logger.warning("%s not emptied: %s", job.s3.url(folder), error)


def _part(job: DumpJob, result: PartResult) -> Part:
    return Part(
        url=job.s3.url(result.key),
        rows=result.rows,
        bytes=result.bytes,
        raw_bytes=result.raw_bytes,
        sha256=result.sha256,
        etag=result.etag,
    )

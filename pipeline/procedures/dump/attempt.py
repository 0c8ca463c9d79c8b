"""The dump of one table: plan, let the crew work, prove what lies in S3, clear up after errors."""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pipeline.errors import StorageError, UpstreamError
from pipeline.figures import count, size
from pipeline.manifest import Manifest, Part
from pipeline.procedures.dump import workers as crew
from pipeline.procedures.dump.diagnose import explain_copy_error, explain_plan_error
from pipeline.procedures.dump.parts import Job, PartOrder, PartResult
from pipeline.procedures.dump.process import Remote
from pipeline.procedures.dump.progress import Board
from pipeline.procedures.dump.request import DumpRequest, Progress
from pipeline.procedures.dump.split import plan_parts
from pipeline.procedures.dump.stream import SentinelFound
from pipeline.sql.upstream.extract import NULL_AS, select
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Plan, Session, SessionFacts, Upstream
from pipeline.stores.upstream.errors import QueryError

logger = logging.getLogger(__name__)

SENTINELS = 3

Report = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is known before the first row: whence it comes, what to expect, how to divide it."""

    facts: SessionFacts
    plan: Plan
    orders: tuple[PartOrder, ...]

    def progress(self, board: Board) -> Progress:
        """Estimate how far the work is: by the size of finished parts, at first by the plan."""
        moved = board.moved
        if board.weight_done:
            total = sum(order.weight for order in self.orders)
            expected = board.raw_done * total / board.weight_done
        else:
            expected = self.plan.rows * self.plan.width
        return Progress(
            rows=moved.rows,
            raw_bytes=moved.raw_bytes,
            bytes=moved.bytes,
            parts=len(board.results),
            expected_rows=self.plan.rows,
            fraction=min(0.99, moved.raw_bytes / expected) if expected else None,
        )


def _compute_in_turns() -> None:
    """Let the kernel treat this thread, and the processes it starts, as ones that compute.

    Otherwise each packet that wakes it takes the processor away from whoever has it, PostgreSQL
    where both share a machine. https://man7.org/linux/man-pages/man7/sched.7.html
    """
    if sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_OTHER:
        with suppress(OSError):  # where it is not allowed, the dump only takes longer
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def dump_table(
    request: DumpRequest,
    upstream: Upstream,
    store: S3Store,
    report: Report = lambda _: None,
) -> Manifest:
    """Dump a table into the request's folder; return the manifest, which the caller stores last.

    ``report`` is called about twice a second, in this thread. After an error the folder is empty.
    """
    _compute_in_turns()
    name = request.design.name
    started = time.monotonic()
    logger.info("%s: dumping %s of %s", name, request.extract.table, upstream.name)
    null_as = NULL_AS
    for _ in range(SENTINELS):
        compression = request.settings.compression
        job = Job(upstream, store, request.extract, request.folder, compression, null_as)
        try:
            manifest = _attempt(job, request, report)
        except SentinelFound:
            logger.warning(
                "%s: a value looks like %s, the text that marks NULL in its files;"
                " the dump begins again with another mark",
                name,
                null_as,
            )
            null_as = f"~NULL-{secrets.token_hex(8)}~"
            continue
        logger.info("%s: dumped %s in %.1f s", name, _amount(manifest), time.monotonic() - started)
        return manifest
    raise UpstreamError(f"{upstream.name}: {request.extract.table}: no text is free to mean NULL")


def _amount(manifest: Manifest) -> str:
    parts = count(len(manifest.parts), "part")
    return f"{count(manifest.rows or 0, 'row')}, {size(manifest.bytes)}, {parts}"


def _attempt(job: Job, request: DumpRequest, report: Report) -> Manifest:
    started = _now()
    try:
        with job.upstream.snapshot(request.snapshot) as session:
            prepared = prepare(job, session, request)
            results = _work(job, session, request, prepared, report)
        _verify(job, results)
    except BaseException:
        _discard(job)
        raise
    return Manifest(
        relation=str(request.design.name),
        parts=tuple(_part(job, result) for result in results),
        columns=tuple(column.name for column in job.extract.columns),
        query=select(job.extract).text,
        null_as=job.null_as,
        compression=job.compression,
        database=job.upstream.place,
        snapshot=prepared.facts.snapshot,
        started=started,
        finished=_now(),
        partial=request.limit is not None,
    )


def prepare(job: Job, session: Session, request: DumpRequest) -> Prepared:
    """Check the columns; plan, which keeps the table from being rewritten; then measure it."""
    request.check(session.columns(job.extract.table))
    try:
        plan = session.plan(select(job.extract), job.extract.table)
    except QueryError as error:
        raise explain_plan_error(job.upstream, job.extract, error) from error
    table, facts = session.table(job.extract.table), session.facts()
    orders = plan_parts(job.extract, table, plan, facts, request.settings)
    return Prepared(facts, plan, orders)


def _work(
    job: Job, session: Session, request: DumpRequest, prepared: Prepared, report: Report
) -> list[PartResult]:
    orders = prepared.orders
    others = min(request.settings.connections, len(orders)) - 1
    members: list[crew.Member] = [crew.Local(job, session)]
    try:
        if others > 0:
            snapshot = request.snapshot or session.export()
            members += [Remote(job, snapshot) for _ in range(others)]
        return crew.run(members, orders, lambda board: report(prepared.progress(board)))
    except QueryError as error:
        if error.part is None:
            raise
        pieces = orders[error.part].pieces
        raise explain_copy_error(job.upstream, job.extract, error, pieces) from error


def _verify(job: Job, results: Sequence[PartResult]) -> None:
    """Prove that the folder holds what was sent: these objects, of these sizes, and no other."""
    sent = {result.key: result.bytes for result in results}
    found = {stored.key: stored.size for stored in job.store.list(job.folder)}
    wrong = sorted(key for key in sent.keys() | found.keys() if sent.get(key) != found.get(key))
    if wrong:
        raise StorageError(
            "; ".join(
                f"{job.store.url(key)}: sent {sent.get(key)} bytes, found {found.get(key)}"
                for key in wrong[:10]
            )
        )


def _discard(job: Job) -> None:
    """Empty the folder, also of unfinished uploads; no manifest names what may remain."""
    try:
        job.store.abort_abandoned_uploads(job.folder, older_than=dt.timedelta(0))
        job.store.delete([stored.key for stored in job.store.list(job.folder)])
    except StorageError as error:
        logger.warning("%s not emptied: %s", job.store.url(job.folder), error)


def _part(job: Job, result: PartResult) -> Part:
    return Part(
        url=job.store.url(result.key),
        rows=result.rows,
        bytes=result.bytes,
        raw_bytes=result.raw_bytes,
        sha256=result.sha256,
    )


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")

"""Dump a table that is loaded incrementally: its rows, the next position, all keys, one snapshot.

Before the snapshot, the running transactions are read; they bound the next position. Everything
else is read under the snapshot, which one session holds for those that read rows and keys.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pipeline.errors import DesignError
from pipeline.figures import count
from pipeline.manifest import VERSION, Increment, Manifest, timestamp
from pipeline.procedures.dump.job import DumpJob, Split
from pipeline.procedures.dump.proof import KEYS, KEYS_MANIFEST
from pipeline.procedures.dump.replaced import unless_blocked, with_new_snapshot
from pipeline.procedures.dump.statements import WHOLE, statements
from pipeline.procedures.dump.table import Renew, Report, discard, prepare, write_parts
from pipeline.procedures.dump.workers.worker import run_query
from pipeline.procedures.incremental.base import Base, Decision
from pipeline.procedures.incremental.position import (
    Bound,
    Position,
    find_bound,
    find_position,
    is_ahead,
    largest_value,
    went_back,
)
from pipeline.procedures.incremental.source import (
    Source,
    find_change,
    is_known,
    is_older,
    read_source,
    unique_columns,
)
from pipeline.sql.statement import Statement
from pipeline.sql.upstream import increment
from pipeline.sql.upstream.extract import begin, export_snapshot, select
from pipeline.sql.upstream.prerequisites import has_unique_index
from pipeline.sql.upstream.since import Since
from pipeline.sql.upstream.source import select_source
from pipeline.stores.upstream.database import Session, Upstream
from pipeline.stores.upstream.facts import Plan

logger = logging.getLogger(__name__)

CLOCK_WENT_BACK = "the clock upstream went back"

OLDER = "upstream is older than what the table holds"

UNASKED = Source("", "", nullable=True, indexed=True, replicated=False, version=180000)
"""What is assumed for a preview without an upstream."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which rows a dump reads: those since ``base``, or all for a ``reason``."""

    source: Source
    bound: Bound
    base: Base | None
    reason: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Queries of the session that holds the snapshot; they renew the lease."""

    job: DumpJob
    session: Session
    renew_lease: Renew

    def row(self, statement: Statement) -> Mapping[str, Any]:
        """Return the one row of a query."""
        query = partial(self.session.query, statement, self.job.extract.table)
        return run_query(self.session, query, self.renew_lease)[0]


def write_increment(
    job: DumpJob,
    decision: Decision,
    report_progress: Report = lambda _: None,
    renew_lease: Renew = lambda: None,
) -> Manifest:
    """Write the parts of a delta or of all rows, and the keys; return the manifest.

    The manifest is not stored, but that of the keys is. After an error the attempt's folder is
    empty.
    """
    return with_new_snapshot(
        job, partial(_write_increment, job, decision, report_progress, renew_lease)
    )


def _write_increment(
    job: DumpJob, decision: Decision, report_progress: Report, renew_lease: Renew
) -> Manifest:
    try:
        with job.upstream.snapshot(job.snapshot, observes=job.snapshot is None) as session:
            reader = Reader(job, session, renew_lease)
            span = _choose(reader, decision)
            shared = job.sharing(session)
            with unless_blocked(job):
                manifest = write_parts(_rows_job(shared, span), report_progress, renew_lease)
                keys = (
                    _write_keys(shared, report_progress, renew_lease)
                    if _reads_keys(job, span)
                    else None
                )
            found = _describe(reader, span, manifest, keys)
    except BaseException:
        discard(job)
        raise
    return replace(manifest, version=VERSION, increment=found, finished=timestamp())


def _choose(reader: Reader, decision: Decision) -> Span:
    """Read the source, and keep to the decision unless its position does not hold there."""
    job, session = reader.job, reader.session
    observed = job.observed if job.snapshot else session.observed
    if observed is None:
        raise ValueError(f"{job.design.name}: nothing was observed before {job.snapshot}")
    source = read_source(job, session, observed)
    bound, base = find_bound(job, observed, source), decision.base
    if base is None:
        return Span(source, bound, None, decision.reason)
    reason = _unfit(reader, base, source, bound)
    return Span(source, bound, None if reason else base, reason)


def _unfit(reader: Reader, base: Base, source: Source, bound: Bound) -> str:
    """Return why a base's position does not hold for a source; empty if it does."""
    if change := find_change(base.source, source.identity):
        return change
    if is_older(source.identity, base.source):
        return OLDER
    if is_ahead(reader.session, base.position, bound, source):
        return CLOCK_WENT_BACK
    if went_back(reader.job, reader.row, base.position, source):
        return f"the values of {reader.job.design.incremental.column} went back"
    return ""


def _rows_job(job: DumpJob, span: Span) -> DumpJob:
    """Return the dump of a delta's rows, or of all rows."""
    if span.base is None:
        return job
    incremental, source = job.design.incremental, span.source
    nulls = incremental.window is None and source.nullable
    position = span.base.position, increment.position_type(source.type)
    return replace(job, since=Since(incremental.column, *position, nulls))


def _reads_keys(job: DumpJob, span: Span) -> bool:
    return span.base is not None and job.design.incremental.compares_keys


def _keys_job(job: DumpJob) -> DumpJob:
    """Return the dump of all keys, in a folder of the attempt."""
    by_name = {column.name: column for column in job.design.data_columns}
    columns = tuple(by_name[name] for name in job.design.row_key if name in by_name)
    if not columns:
        raise DesignError(
            f"{job.design.name} has no key whose rows can be compared: declare a primary_key or"
            " unique key, or choose 'deletes: ignore'"
        )
    return replace(
        job,
        design=replace(job.design, columns=columns),
        attempt=f"{job.attempt}/{KEYS}",
        manifest_key=f"{job.attempt_folder}{KEYS_MANIFEST}",
        new_columns="ignore",
        since=None,
    )


def _write_keys(job: DumpJob, report_progress: Report, renew_lease: Renew) -> Manifest:
    """Dump all keys, and store their manifest."""
    logger.info("%s: reading all keys", job.design.name)
    keys = _keys_job(job)
    manifest = write_parts(keys, report_progress, renew_lease)
    job.s3.write(keys.manifest_key, manifest.to_json().encode())
    return manifest


def _describe(reader: Reader, span: Span, manifest: Manifest, keys: Manifest | None) -> Increment:
    job, base = reader.job, span.base
    if span.base is None:
        rows = manifest.rows
    elif keys is not None:
        rows = keys.rows
    else:
        rows = int(reader.row(increment.count_rows(replace(job.extract, since=None)))["rows"])
    old = base.position if base else None
    position = find_position(job, reader.row, span.bound, span.source, old)
    return Increment(
        source=span.source.identity,
        position=position.value,
        source_rows=rows or 0,
        reason=span.reason,
        base=base.update_id if base else None,
        base_loaded_at=base.loaded_at if base else None,
        since=old,
        keys_manifest=keys.key if keys else None,
        keys_unique=keys is not None and _is_unique(reader),
        note="; ".join(_notes(reader, span.source, position)),
    )


def _is_unique(reader: Reader) -> bool:
    """Return whether upstream guarantees that the key is unique; the load then relies on it."""
    columns = unique_columns(reader.job.design)
    statement = has_unique_index(reader.job.extract.table, columns)
    return bool(columns) and bool(reader.row(statement)["has_unique_index"])


def _notes(reader: Reader, source: Source, position: Position) -> Iterator[str]:
    """Yield what the run reports: what the position rests on, and what reading costs."""
    job, column = reader.job, reader.job.design.incremental.column
    if position.note:
        yield position.note
    if source.nullable and (nulls := reader.row(_nulls(job))["nulls"]):
        again = "read each time" if job.design.incremental.window is None else "in no window"
        yield f"{count(nulls, 'row')} without {column}, {again}"
    if not source.indexed and _is_large(reader):
        advice = f"no index of {job.extract.table} begins with {column}: each dump reads the table"
        logger.warning("%s: %s", job.design.name, advice)
        yield advice
    if not is_known(source.identity):
        yield "the user may not call pg_control_system(): another cluster would not be noticed"


def _nulls(job: DumpJob) -> Statement:
    return increment.count_nulls(replace(job.extract, since=None), job.design.incremental.column)


def _is_large(reader: Reader) -> bool:
    table = reader.session.table(reader.job.extract.table)
    return sum(each.bytes for each in table.partitions) >= reader.job.settings.chunk_threshold


def estimate(job: DumpJob, session: Session, decision: Decision) -> Plan:
    """Return the planner's estimate of what a dump reads beside the keys."""
    base = decision.base
    since = Since(job.design.incremental.column, base.position) if base else None
    return session.plan(select(replace(job.extract, since=since)), job.extract.table)


def increment_statements(
    job: DumpJob, upstream: Upstream | None, decision: Decision
) -> tuple[Statement, ...]:
    """Return the statements of an incremental dump, without running them.

    Without an upstream to ask, they keep to the decision, and each dump has one part.
    """
    if upstream is None:
        return tuple(_statements(job, Span(UNASKED, Bound(""), decision.base, ""), WHOLE, WHOLE))
    job = replace(job, upstream=upstream, snapshot=None)
    with upstream.snapshot(observes=True) as session:
        span = _choose(Reader(job, session, lambda: None), decision)
        prepared = prepare(_rows_job(job, span), session)
        keys = prepare(_keys_job(job), session).splits if _reads_keys(job, span) else ()
    job = replace(job, types=prepared.job.types)
    return tuple(_statements(job, span, prepared.splits, keys))


def _statements(
    job: DumpJob, span: Span, rows: Sequence[Split], keys: Sequence[Split]
) -> Iterator[Statement]:
    source = span.source
    yield from (increment.running(source.version), increment.prepared())
    yield begin(lock_timeout=job.upstream.timeouts.lock_timeout)
    yield select_source(job.extract.table, source.version)
    yield export_snapshot()
    shared = job.under("the exported one")
    yield from statements(_rows_job(shared, span), rows)
    if _reads_keys(job, span):
        yield from statements(_keys_job(shared), keys)
    elif span.base is not None:
        yield increment.count_rows(job.extract)
    if span.bound.takes_largest:
        yield largest_value(job, source)
    if source.nullable:
        yield _nulls(job)

"""The statements of a dump, for a preview."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.procedures.dump.job import DumpJob, Split
from pipeline.procedures.dump.table import prepare
from pipeline.procedures.dump.workers import engines
from pipeline.sql.statement import Statement
from pipeline.sql.upstream.extract import begin, count_too_long, explain, export_snapshot, select
from pipeline.stores.upstream.database import Upstream

WHOLE = (Split(0, (None,)),)


def dump_statements(job: DumpJob, upstream: Upstream | None) -> tuple[Statement, ...]:
    """Return the statements of a dump, planned as for a real one, without reading a row.

    Without an upstream to plan them, those of one part.
    """
    if upstream is None:
        return tuple(statements(job, WHOLE))
    with upstream.snapshot() as session:
        prepared = prepare(replace(job, upstream=upstream), session)
    return tuple(statements(prepared.job, prepared.splits))


def statements(job: DumpJob, splits: Sequence[Split] = WHOLE) -> Iterator[Statement]:
    """Yield the statements of a dump that is divided into ``splits``."""
    importing = engines.importing(job, splits)
    yield begin(job.snapshot, lock_timeout=job.upstream.timeouts.lock_timeout)
    yield explain(select(job.extract))
    if importing:
        if job.snapshot is None:
            yield export_snapshot()
        shared = job.under("the exported one")
        again = begin(shared.snapshot, lock_timeout=shared.upstream.timeouts.lock_timeout)
        yield from [again] * importing
    for split in splits:
        yield from (job.copy_statement(pages) for pages in split.ranges)
    counting = count_too_long(job.extract)
    if counting is not None and job.limit is None:
        yield counting

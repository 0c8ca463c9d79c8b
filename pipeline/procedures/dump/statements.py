"""The statements of a dump: planned as for a real one, without reading a row."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.procedures.dump.job import DumpJob, Split
from pipeline.procedures.dump.table import prepare
from pipeline.sql.statement import Statement
from pipeline.sql.upstream.extract import begin, explain, export_snapshot, select
from pipeline.stores.upstream.database import Upstream

WHOLE = (Split(0, (None,)),)


def dump_statements(job: DumpJob, upstream: Upstream | None) -> tuple[Statement, ...]:
    """Return the statements of a dump; without an upstream to plan them, those of one part."""
    if upstream is None:
        return tuple(_statements(job, WHOLE))
    with upstream.snapshot() as session:
        splits = prepare(replace(job, upstream=upstream), session).splits
    return tuple(_statements(job, splits))


def _statements(job: DumpJob, splits: Sequence[Split]) -> Iterator[Statement]:
    connections = min(job.settings.connections, len(splits))
    yield begin()
    yield explain(select(job.extract))
    if connections > 1:
        yield export_snapshot()
        yield from [begin("the exported one")] * (connections - 1)
    for split in splits:
        yield from (job.copy_statement(pages) for pages in split.ranges)

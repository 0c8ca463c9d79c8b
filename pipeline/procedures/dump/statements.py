"""What a dump would say upstream: planned as for a real one, without reading a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.procedures.dump.attempt import prepare
from pipeline.procedures.dump.parts import Job, PartOrder
from pipeline.procedures.dump.request import DumpRequest
from pipeline.sql.statement import Statement
from pipeline.sql.upstream.extract import NULL_AS, begin, explain, export_snapshot, select
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream

WHOLE = (PartOrder(0, (None,)),)


def dump_statements(
    request: DumpRequest, upstream: Upstream | None, store: S3Store
) -> tuple[Statement, ...]:
    """Return the statements of a dump; with no upstream to plan them, those of a single part."""
    nowhere = Upstream(request.design.name.schema, "")
    settings = request.settings
    job = Job(
        upstream or nowhere, store, request.extract, request.folder, settings.compression, NULL_AS
    )
    if upstream is None:
        return tuple(_statements(job, WHOLE, connections=1))
    with upstream.snapshot() as session:
        orders = prepare(job, session, request).orders
    return tuple(_statements(job, orders, connections=min(settings.connections, len(orders))))


def _statements(job: Job, orders: Sequence[PartOrder], *, connections: int) -> Iterator[Statement]:
    yield begin()
    yield explain(select(job.extract))
    if connections > 1:
        yield export_snapshot()
        yield from [begin("the exported one")] * (connections - 1)
    for order in orders:
        yield from (job.statement(piece) for piece in order.pieces)

"""One connection at work: orders for parts come in, finished parts go out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from pipeline.errors import UpstreamError
from pipeline.procedures.dump.parts import Job, Moved, PartOrder, PartResult
from pipeline.procedures.dump.stream import CuttingSink, Finished, Part, SentinelGuard
from pipeline.sql.upstream.extract import Piece
from pipeline.stores.s3.uploads import Uploads
from pipeline.stores.upstream.database import Session, Sink
from pipeline.stores.upstream.errors import QueryError


@dataclass(frozen=True, slots=True)
class Worker:
    """Writes parts with one session; ``tell`` hears of every block and may raise to stop it."""

    job: Job
    session: Session
    uploads: Uploads
    tell: Callable[[Moved], None]

    def work(self, orders: Iterable[PartOrder]) -> Iterator[PartResult]:
        """Write parts, and return each when S3 has it.

        The end of one upload overlaps the rows of the next part.
        """
        pending: deque[tuple[int, Finished]] = deque()
        for order in orders:
            pending.extend((order.number, part) for part in self._write(order))
            while len(pending) > 1:
                yield self._settle(*pending.popleft())
        while pending:
            yield self._settle(*pending.popleft())

    def _write(self, order: PartOrder) -> list[Finished]:
        try:
            if order.cut is None:
                return [self._write_one(order)]
            return self._write_several(order, order.cut)
        except QueryError as error:
            error.part = order.number
            raise

    def _write_one(self, order: PartOrder) -> Finished:
        part = self._begin(order.number)
        try:
            for piece in order.pieces:
                part.rows += self._copy(piece, part.sink)
            return part.finish()
        except BaseException:
            part.give_up()
            raise

    def _write_several(self, order: PartOrder, cut: int) -> list[Finished]:
        numbers = count(order.number)
        sink = CuttingSink(lambda: self._begin(next(numbers)), cut)
        try:
            counted = sum(self._copy(piece, sink) for piece in order.pieces)
            parts = sink.finish()
        except BaseException:
            sink.give_up()
            raise
        arrived = sum(part.rows for part in parts)
        if arrived != counted:
            raise UpstreamError(
                f"{self.session.where}: {self.job.extract.table}: "
                f"the server sent {counted} rows, {arrived} arrived"
            )
        return parts

    def _copy(self, piece: Piece | None, sink: Sink) -> int:
        return self.session.copy(self.job.statement(piece), sink, self.job.extract.table)

    def _begin(self, number: int) -> Part:
        writer = self.uploads.open(self.job.key(number))
        guard = SentinelGuard(self.job.null_as)
        return Part(number, writer, self.job.compression, guard, self.tell)

    def _settle(self, order: int, part: Finished) -> PartResult:
        sent = part.sent.result()
        return PartResult(
            order=order,
            number=part.number,
            key=sent.key,
            rows=part.rows,
            bytes=sent.size,
            raw_bytes=part.raw_bytes,
            sha256=sent.sha256,
        )

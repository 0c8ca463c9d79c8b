"""One connection at work: splits come in, parts that are complete in S3 go out."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from pipeline.errors import UpstreamError
from pipeline.procedures.dump.job import Delta, DumpJob, PartResult, Split
from pipeline.procedures.dump.stream import FinishedPart, PartStream, RollingSink, SentinelGuard
from pipeline.sql.upstream.extract import PageRange
from pipeline.stores.s3.uploads import Uploads
from pipeline.stores.upstream.database import Session, Sink
from pipeline.stores.upstream.errors import QueryError


class PartError(Exception):
    """The server refused or ended the COPY of a split."""

    def __init__(self, split: Split, cause: QueryError) -> None:
        super().__init__(split, cause)
        self.split = split
        self.cause = cause


@dataclass(frozen=True, slots=True)
class PartWriter:
    """Writes parts with one session.

    ``report_progress`` is called for every block; an error that it raises ends the work.
    """

    job: DumpJob
    session: Session
    uploads: Uploads
    report_progress: Callable[[Delta], None]

    def write(self, splits: Iterable[Split]) -> Iterator[PartResult]:
        """Write splits, and yield each part when it is complete in S3.

        The end of one upload overlaps the rows of the next part.
        """
        pending: deque[FinishedPart] = deque()
        for split in splits:
            pending.extend(self._write_split(split))
            while len(pending) > 1:
                yield self._complete(pending.popleft())
        while pending:
            yield self._complete(pending.popleft())

    def _write_split(self, split: Split) -> list[FinishedPart]:
        try:
            if split.roll_bytes is None:
                return [self._write_one(split)]
            return self._write_several(split, split.roll_bytes)
        except QueryError as error:
            raise PartError(split, error) from error

    def _write_one(self, split: Split) -> FinishedPart:
        part = self._open(split.number)
        try:
            for pages in split.ranges:
                part.rows += self._copy(pages, part.sink, part.progressed)
            return part.finish()
        except BaseException:
            part.discard()
            raise

    def _write_several(self, split: Split, roll_bytes: int) -> list[FinishedPart]:
        numbers = count(split.number)
        sink = RollingSink(lambda: self._open(next(numbers)), roll_bytes)
        try:
            counted = sum(self._copy(pages, sink, sink.progressed) for pages in split.ranges)
            parts = sink.finish()
        except BaseException:
            sink.discard()
            raise
        received = sum(part.rows for part in parts)
        if received != counted:
            raise UpstreamError(
                f"{self.session.where}: {self.job.extract.table}: "
                f"the server sent {counted} rows, but {received} were received"
            )
        return parts

    def _copy(self, pages: PageRange | None, sink: Sink, progressed: Callable[[], bool]) -> int:
        statement, about = self.job.copy_statement(pages), self.job.extract.table
        return self.session.copy(statement, sink, about, progressed)

    def _open(self, number: int) -> PartStream:
        upload = self.uploads.open(self.job.key(number))
        guard = SentinelGuard(self.job.null_as)
        compression = self.job.settings.compression
        return PartStream(number, upload, compression, guard, self.report_progress)

    def _complete(self, part: FinishedPart) -> PartResult:
        """Wait until S3 has the part."""
        sent = part.sent.result()
        return PartResult(
            number=part.number,
            key=sent.key,
            rows=part.rows,
            bytes=sent.size,
            raw_bytes=part.raw_bytes,
            sha256=sent.sha256,
            etag=sent.etag,
        )

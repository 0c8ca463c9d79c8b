"""The bytes from COPY to S3: blocks of 256 KiB are searched, compressed and uploaded.

psycopg2 calls ``write`` for each row; ``io.BufferedWriter`` collects the rows in C.
"""

import io
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

import zstandard
from isal import isal_zlib

from pipeline.manifest import Compression
from pipeline.procedures.dump.job import Delta
from pipeline.stores.s3.uploads import ObjectWriter, Sent

BLOCK = 256 * 1024
"""Small enough for the processor's cache and for short waits of the server."""

LEVEL = 1
GZIP_FORMAT = 31
"""zlib's ``wbits``: a window of 32 KiB with gzip's header and trailer."""


class SentinelFound(Exception):  # noqa: N818  # no fault: the dump starts again with another sentinel
    """A value upstream equals the text that represents NULL."""


class Compressor(Protocol):
    """A stream of compressed bytes."""

    def compress(self, data: Any, /) -> bytes:
        """Compress bytes; return what is ready."""

    def flush(self) -> bytes:
        """Return the rest."""


def compressor(compression: Compression) -> Compressor:
    """Start a compressed stream of one frame or member."""
    if compression == "zstd":
        checked = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        return checked.compressobj()
    return isal_zlib.compressobj(LEVEL, wbits=GZIP_FORMAT)


class SentinelGuard:
    """Finds the quoted sentinel in a stream: PostgreSQL quotes a value that equals it.

    Redshift does not document whether NULL AS observes quotes, so such a dump must not be loaded.
    A match inside a longer value costs time but never a row.

    Example: with ``~NULL~``, the row ``1,~NULL~`` has a NULL, ``1,"~NULL~"`` a text.
    """

    def __init__(self, null_as: str) -> None:
        self._quoted = f'"{null_as}"'.encode("ascii")
        self._rare = self._quoted[1:2]
        self._tail = b""

    def check(self, block: memoryview | bytes) -> None:
        """Search the next block and its seam with the previous one; SentinelFound on a match."""
        reach = len(self._quoted) - 1
        text = bytes(block)
        seam = self._tail + text[:reach]
        # A search for one rare byte first is several times faster than one for the whole.
        if (self._rare in text and self._quoted in text) or self._quoted in seam:
            raise SentinelFound(self._quoted.decode("ascii").strip('"'))
        self._tail = text[-reach:] if len(text) >= reach else seam[-reach:]


class _Blocks(io.RawIOBase):
    """The unbuffered end of a part's stream."""

    def __init__(self, part: "PartStream") -> None:
        super().__init__()
        self.part = part

    def writable(self) -> bool:
        return True

    def write(self, block: Any, /) -> int:
        self.part.write_block(block)
        return len(block)


@dataclass(frozen=True, slots=True)
class FinishedPart:
    """A part whose bytes are all written; ``sent`` is done when S3 has them."""

    number: int
    rows: int
    raw_bytes: int
    sent: Future[Sent]


class PartStream:
    """A part being written: rows go into ``sink``."""

    def __init__(
        self,
        number: int,
        writer: ObjectWriter,
        compression: Compression,
        guard: SentinelGuard,
        report_progress: Callable[[Delta], None],
    ) -> None:
        self.number = number
        self.rows = 0
        self.raw_bytes = 0
        self.writer = writer
        self.sink = io.BufferedWriter(_Blocks(self), BLOCK)
        self._compressor = compressor(compression)
        self._guard = guard
        self._report_progress = report_progress
        self._reported_rows = 0
        self._discarded = False
        self._blocks = 0
        self._is_writing = False

    def write_block(self, block: memoryview) -> None:
        """Write a block from the sink; once discarded, ignore what the sink flushes at its end."""
        if self._discarded:
            return
        self._is_writing = True
        self._blocks += 1
        try:
            self._guard.check(block)
            self._send(self._compressor.compress(block), len(block))
        except BaseException:
            self._discarded = True
            raise
        finally:
            self._is_writing = False

    def progressed(self) -> bool:
        """Return whether a block was written since the last call, or is being written."""
        blocks, self._blocks = self._blocks, 0
        return self._is_writing or bool(blocks)

    def finish(self) -> FinishedPart:
        """End the part."""
        self.sink.flush()
        self._send(self._compressor.flush(), 0)
        return FinishedPart(self.number, self.rows, self.raw_bytes, self.writer.finish())

    def discard(self) -> None:
        """Discard what is not written."""
        self._discarded = True

    def _send(self, compressed: bytes, raw: int) -> None:
        if compressed:
            self.writer.write(compressed)
        self.raw_bytes += raw
        self._report_progress(Delta(self.rows - self._reported_rows, raw, len(compressed)))
        self._reported_rows = self.rows


class RollingSink:
    """Takes rows one by one and starts another part, between two rows, at a compressed size.

    Each message of COPY holds exactly one row: https://www.postgresql.org/docs/current/protocol-message-formats.html
    """

    def __init__(self, open_part: Callable[[], PartStream], roll_bytes: int) -> None:
        self.finished: list[FinishedPart] = []
        self._open_part = open_part
        self._roll_bytes = roll_bytes
        self._use(open_part())

    def write(self, row: bytes) -> int:
        """Write a row."""
        if self._writer.size >= self._roll_bytes:
            self.finished.append(self._part.finish())
            self._use(self._open_part())
        self._part.rows += 1
        return self._write(row)

    def finish(self) -> list[FinishedPart]:
        """End the last part; return all."""
        self.finished.append(self._part.finish())
        return self.finished

    def progressed(self) -> bool:
        """Return whether a block was written since the last call, or is being written."""
        return self._part.progressed()

    def discard(self) -> None:
        """Discard what is not written."""
        self._part.discard()

    def _use(self, part: PartStream) -> None:
        self._part = part
        self._writer = part.writer
        self._write = part.sink.write

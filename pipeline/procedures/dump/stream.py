"""Bytes on their way from COPY to S3: blocks of 256 KiB are searched, compressed and uploaded.

psycopg2 calls ``write`` once for each row, so the collecting of rows is left to
``io.BufferedWriter``, in C.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

import zstandard
from isal import isal_zlib

from pipeline.manifest import Compression
from pipeline.procedures.dump.parts import Moved
from pipeline.stores.s3.uploads import ObjectWriter, Sent

BLOCK = 256 * 1024
"""Small enough to stay in the processor's cache, and that the server need not wait for long."""

LEVEL = 1
GZIP_FORMAT = 31
"""zlib's wbits: a window of 32 KiB with gzip's header and trailer."""


class SentinelFound(Exception):  # noqa: N818  # no fault: the dump begins again with another sentinel
    """A value upstream equals the text that stands for NULL."""


class Compressor(Protocol):
    """A stream of compressed bytes."""

    def compress(self, data: Any, /) -> bytes:
        """Take bytes; return what is ready."""

    def flush(self) -> bytes:
        """Return the rest."""


def compressor(compression: Compression) -> Compressor:
    """Begin a compressed stream, of one frame or member."""
    if compression == "zstd":
        checked = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
        return checked.compressobj()
    return isal_zlib.compressobj(LEVEL, wbits=GZIP_FORMAT)


class SentinelGuard:
    """Finds the quoted sentinel in a stream: PostgreSQL quotes a value that is equal to it.

    Redshift does not document whether NULL AS heeds quotes, so such a dump must not be loaded.
    The search may hit inside a longer value, too, which costs time but never a row.
    """

    def __init__(self, null_as: str) -> None:
        self._quoted = f'"{null_as}"'.encode("ascii")
        self._rare = self._quoted[1:2]
        self._tail = b""

    def check(self, block: memoryview | bytes) -> None:
        """Search the next block, and the seam to the one before; SentinelFound if it is there."""
        reach = len(self._quoted) - 1
        text = bytes(block)
        seam = self._tail + text[:reach]
        # Looking for one rare byte first is several times faster than for the whole.
        if (self._rare in text and self._quoted in text) or self._quoted in seam:
            raise SentinelFound(self._quoted.decode("ascii").strip('"'))
        self._tail = text[-reach:] if len(text) >= reach else seam[-reach:]


class _Blocks(io.RawIOBase):
    """The unbuffered end of a part's stream."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self.part = part

    def writable(self) -> bool:
        return True

    def write(self, block: Any, /) -> int:
        self.part.take(block)
        return len(block)


@dataclass(frozen=True, slots=True)
class Finished:
    """A part of which every byte is on its way; ``sent`` tells when S3 has it."""

    number: int
    rows: int
    raw_bytes: int
    sent: Future[Sent]


class Part:
    """One part being written: rows go into ``sink``."""

    def __init__(
        self,
        number: int,
        writer: ObjectWriter,
        compression: Compression,
        guard: SentinelGuard,
        tell: Callable[[Moved], None],
    ) -> None:
        self.number = number
        self.rows = 0
        self.raw_bytes = 0
        self.writer = writer
        self.sink = io.BufferedWriter(_Blocks(self), BLOCK)
        self._compressor = compressor(compression)
        self._guard = guard
        self._tell = tell
        self._told_rows = 0
        self._given_up = False

    def take(self, block: memoryview) -> None:
        """Take a block from the sink; once given up, drop what it still writes when freed."""
        if self._given_up:
            return
        try:
            self._guard.check(block)
            self._pass_on(self._compressor.compress(block), len(block))
        except BaseException:
            self._given_up = True
            raise

    def finish(self) -> Finished:
        """End the part."""
        self.sink.flush()
        self._pass_on(self._compressor.flush(), 0)
        return Finished(self.number, self.rows, self.raw_bytes, self.writer.finish())

    def give_up(self) -> None:
        """Let go of what is not written."""
        self._given_up = True

    def _pass_on(self, compressed: bytes, raw: int) -> None:
        if compressed:
            self.writer.write(compressed)
        self.raw_bytes += raw
        self._tell(Moved(self.rows - self._told_rows, raw, len(compressed)))
        self._told_rows = self.rows


class CuttingSink:
    """Takes rows one by one and begins another part, between two rows, when one is large enough.

    Each message of COPY holds exactly one row: https://www.postgresql.org/docs/current/protocol-message-formats.html
    """

    def __init__(self, begin: Callable[[], Part], cut: int) -> None:
        self.finished: list[Finished] = []
        self._begin = begin
        self._cut = cut
        self._use(begin())

    def write(self, row: bytes) -> int:
        """Take a row."""
        if self._writer.size >= self._cut:
            self.finished.append(self._part.finish())
            self._use(self._begin())
        self._part.rows += 1
        return self._write(row)

    def finish(self) -> list[Finished]:
        """End the last part; return all."""
        self.finished.append(self._part.finish())
        return self.finished

    def give_up(self) -> None:
        """Let go of what is not written."""
        self._part.give_up()

    def _use(self, part: Part) -> None:
        self._part = part
        self._writer = part.writer
        self._write = part.sink.write

"""Streaming decompression in bounded blocks, by the statement's option."""

import bz2
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, cast

import zstandard
from isal import igzip_lib

from redshift_emulator.copy.statement import Compression

BLOCK = 512 * 1024
_ERRORS: tuple[type[Exception], ...] = (
    cast("type[Exception]", igzip_lib.error), zstandard.ZstdError, OSError, ValueError, EOFError,
)  # fmt: skip


class DamagedFileError(Exception):
    """The file is truncated, or not compressed as the statement's option states."""


class _Member(Protocol):
    """One compressed member; a file may hold several."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def feed(self, data: bytes) -> Iterator[bytes]: ...


class _Bounded:
    """A member of gzip or bzip2, whose decompressors limit the size of their output."""

    def __init__(self, decompressor: igzip_lib.IgzipDecompressor | bz2.BZ2Decompressor) -> None:
        self._decompressor = decompressor

    @property
    def eof(self) -> bool:
        return bool(self._decompressor.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._decompressor.unused_data)

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self._decompressor.decompress(data, BLOCK)
        while not self._decompressor.eof and not self._decompressor.needs_input:
            yield self._decompressor.decompress(b"", BLOCK)


class _Zstandard:
    """A frame of zstd; small inputs bound the size of a block (16 MB, if all are zeros)."""

    _STEP = 512

    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor().decompressobj()
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return bool(self._decompressor.eof)

    def feed(self, data: bytes) -> Iterator[bytes]:
        blocks: list[bytes] = []
        size = position = 0
        while position < len(data) and not self.eof:
            blocks.append(self._decompressor.decompress(data[position : position + self._STEP]))
            position += self._STEP
            size += len(blocks[-1])
            if size >= BLOCK:
                yield b"".join(blocks)
                blocks, size = [], 0
        if self.eof:
            self.unused_data = self._decompressor.unused_data + data[position:]
        yield b"".join(blocks)


def _gzip_member() -> _Member:
    return _Bounded(igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP))


def _bzip2_member() -> _Member:
    return _Bounded(bz2.BZ2Decompressor())


_MEMBERS: dict[Compression, Callable[[], _Member]] = {
    "gzip": _gzip_member,
    "bzip2": _bzip2_member,
    "zstd": _Zstandard,
}


def decompressed(chunks: Iterable[bytes], compression: Compression | None) -> Iterator[bytes]:
    """Yield the decompressed content; an empty file is valid under any compression."""
    if compression is None:
        yield from chunks
        return
    try:
        yield from _members(chunks, _MEMBERS[compression])
    except _ERRORS as error:
        raise DamagedFileError(f"{compression.upper()}: {error}") from error


def _members(chunks: Iterable[bytes], new_member: Callable[[], _Member]) -> Iterator[bytes]:
    member: _Member | None = None
    for chunk in chunks:
        data = chunk
        while data:
            member = member or new_member()
            yield from filter(None, member.feed(data))
            data = member.unused_data if member.eof else b""
            member = None if member.eof else member
    if member is not None:
        raise EOFError("the file is truncated")

"""Streaming decompression by the statement's option, never by a guess, in bounded pieces."""

from __future__ import annotations

import bz2
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, cast

import zstandard
from isal import igzip_lib

from redshift_emulator.copy.statement import Compression

PIECE = 512 * 1024
_ERRORS: tuple[type[Exception], ...] = (
    cast("type[Exception]", igzip_lib.error), zstandard.ZstdError, OSError, ValueError, EOFError,
)  # fmt: skip


class DamagedFileError(Exception):
    """The file is not compressed in the way that the statement says, or breaks off."""


class _Member(Protocol):
    """One compressed member; a file may hold several."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def feed(self, data: bytes) -> Iterator[bytes]: ...


class _Bounded:
    """A member of gzip or bzip2, whose decompressors give out no more than they are asked for."""

    def __init__(self, decompressor: igzip_lib.IgzipDecompressor | bz2.BZ2Decompressor) -> None:
        self._decompressor = decompressor

    @property
    def eof(self) -> bool:
        return bool(self._decompressor.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._decompressor.unused_data)

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self._decompressor.decompress(data, PIECE)
        while not self._decompressor.eof and not self._decompressor.needs_input:
            yield self._decompressor.decompress(b"", PIECE)


class _Zstandard:
    """A frame of zstd, fed by so little at a time that a piece stays small (zeros: 16 MB)."""

    _STEP = 512

    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor().decompressobj()
        self.unused_data = b""

    @property
    def eof(self) -> bool:
        return bool(self._decompressor.eof)

    def feed(self, data: bytes) -> Iterator[bytes]:
        pieces: list[bytes] = []
        size = position = 0
        while position < len(data) and not self.eof:
            pieces.append(self._decompressor.decompress(data[position : position + self._STEP]))
            position += self._STEP
            size += len(pieces[-1])
            if size >= PIECE:
                yield b"".join(pieces)
                pieces, size = [], 0
        if self.eof:
            self.unused_data = self._decompressor.unused_data + data[position:]
        yield b"".join(pieces)


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
    """Yield the content of a file; an empty file has none, whatever its compression."""
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
        raise EOFError("the file breaks off")

"""Compressed text files whose size is known while they are written."""

import bz2
import zlib
from collections.abc import Callable
from typing import IO, Protocol

import zstandard

from redshift_emulator.copy.statement import Compression


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


_COMPRESSORS: dict[Compression | None, Callable[[], _Compressor]] = {
    None: _Plain,
    "gzip": lambda: zlib.compressobj(6, wbits=31),
    "bzip2": bz2.BZ2Compressor,
    "zstd": lambda: zstandard.ZstdCompressor().compressobj(),
}


class CompressedFile:
    """A file of lines. ``size`` is at least the size that the file would have now, in bytes."""

    def __init__(self, file: IO[bytes], compression: Compression | None) -> None:
        self._file = file
        self._compressor = _COMPRESSORS[compression]()
        self._written = 0
        self._held = 0

    @property
    def size(self) -> int:
        """Bytes written, and those that the compressor still holds, uncompressed."""
        return self._written + self._held

    def add(self, data: bytes) -> None:
        """Add a line."""
        self._held += len(data)
        self._write(self._compressor.compress(data))

    def close(self) -> None:
        """Write the rest."""
        self._write(self._compressor.flush())

    def _write(self, data: bytes) -> None:
        if data:
            self._file.write(data)
            self._written += len(data)
            self._held = 0

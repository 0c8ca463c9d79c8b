"""Divides rows into files: by partition, by slice, and by size.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Protocol

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.unload.compression import CompressedFile
from redshift_emulator.unload.statement import Layout, ResultColumn, UnloadStatement
from redshift_emulator.unload.text import Row, header, renderer, spelled

DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"
# https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html#unload-partitionby-usage
_PARTITION_TYPES = frozenset(
    ("smallint", "integer", "bigint", "decimal", "real", "boolean", "char", "varchar", "date",
     "timestamp")
)  # fmt: skip
# The characters that Hive escapes in the names of partitions.
_ESCAPED = re.compile(r"[\x00-\x1f\x7f\"#%'*/:=?\\{\[\]^]")


@dataclass(frozen=True, slots=True)
class UnloadedFile:
    """A complete file, spooled locally."""

    key: str
    slice: int
    rows: int
    size: int
    content: IO[bytes]


class Writer(Protocol):
    """Writes one file; ``add`` returns false if the row does not fit into ``limit`` bytes."""

    def add(self, row: Row, limit: int) -> bool:
        """Add a row; return whether it fits."""

    def close(self) -> None:
        """Complete the file."""


OpenWriter = Callable[[IO[bytes]], Writer]
Spool = Callable[[], IO[bytes]]


class TextWriter:
    """Writes a file of text; the first row fits into every file."""

    def __init__(
        self, file: IO[bytes], columns: Sequence[ResultColumn], statement: UnloadStatement
    ) -> None:
        self._render = renderer(columns, statement.form, statement.text)
        self._file = CompressedFile(file, statement.compression)
        self._empty = True
        line = header(columns, statement.form, statement.text)
        if line:
            self._file.add(line.encode("utf-8"))

    def add(self, row: Row, limit: int) -> bool:
        """Add a row if it fits; return whether it does."""
        data = self._render(row).encode("utf-8")
        if not self._empty and self._file.size + len(data) > limit:
            return False
        self._file.add(data)
        self._empty = False
        return True

    def close(self) -> None:
        """Complete the file."""
        self._file.close()


class _Parts:
    """The files of one slice in one partition, one after the other."""

    def __init__(
        self, head: str, place: int, layout: Layout, opener: OpenWriter, spool: Spool
    ) -> None:
        self._head = head
        self._layout = layout
        self._spool = spool
        self._slice = place
        self._opener = opener
        self._closed: list[UnloadedFile] = []
        self._open()

    def _open(self) -> None:
        self._content = self._spool()
        self._writer = self._opener(self._content)
        self._rows = 0

    def add(self, row: Row) -> None:
        """Add a row; begin the next file if this one is full."""
        if not self._writer.add(row, self._layout.max_size):
            self._close()
            self._open()
            self._writer.add(row, self._layout.max_size)
        self._rows += 1

    def complete(self) -> list[UnloadedFile]:
        """Complete the last file; return all."""
        self._close()
        return self._closed

    def _close(self) -> None:
        self._writer.close()
        size = self._content.seek(0, 2)
        self._content.seek(0)
        number = len(self._closed)
        part = f"{self._slice:04}_part_{number:02}" if self._layout.parallel else f"{number:03}"
        key = f"{self._head}{part}{self._layout.extension}"
        self._closed.append(UnloadedFile(key, self._slice, self._rows, size, self._content))


class Files:
    """All files of an UNLOAD. Row n belongs to slice n modulo the number of slices.

    ``spool`` opens a local file, which must stay open until the files are uploaded.
    """

    def __init__(
        self,
        statement: UnloadStatement,
        columns: Sequence[ResultColumn],
        slices: int,
        spool: Spool,
    ) -> None:
        self._spool = spool
        self._statement = statement
        self._slices = slices if statement.layout.parallel else 1
        self._keys = _partition_columns(statement.layout, columns)
        self._kept = [
            place
            for place in range(len(columns))
            if statement.layout.include or place not in self._keys
        ]
        if not self._kept:
            message = "UNLOAD needs at least one column that is not in PARTITION BY"
            raise RedshiftError(message, sqlstate="42601")
        self._columns = columns
        self._opener = _opener(statement, [columns[place] for place in self._kept])
        self._parts: dict[tuple[str, int], _Parts] = {}
        self.rows = 0

    def add(self, row: Row) -> None:
        """Add a row to the file of its partition and slice."""
        folder = "".join(self._folder(row, place) for place in self._keys)
        self._part(folder, self.rows % self._slices).add([row[place] for place in self._kept])
        self.rows += 1

    def complete(self) -> list[UnloadedFile]:
        """Complete all files. A slice without rows has an empty file, if that is of text."""
        if self._statement.form in {"text", "csv"} and not self._keys:
            for place in range(self._slices):
                self._part("", place)
        files = [file for parts in self._parts.values() for file in parts.complete()]
        return sorted(files, key=lambda file: file.key)

    def _part(self, folder: str, place: int) -> _Parts:
        if (folder, place) not in self._parts:
            head, layout = f"{self._statement.prefix}{folder}", self._statement.layout
            self._parts[folder, place] = _Parts(head, place, layout, self._opener, self._spool)
        return self._parts[folder, place]

    def _folder(self, row: Row, place: int) -> str:
        """Return a partition's folder by Hive's rules: ``month=September/``."""
        column = self._columns[place]
        value = spelled(row[place], column.type.name)
        return f"{_escaped(column.name)}={_escaped(value) if value else DEFAULT_PARTITION}/"


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: f"%{ord(found.group()):02X}", text)


def _partition_columns(layout: Layout, columns: Sequence[ResultColumn]) -> list[int]:
    names = [column.name for column in columns]
    for name in layout.partition_by:
        if name not in names:
            message = f'column "{name}" of PARTITION BY is not in the query'
            raise RedshiftError(message, sqlstate="42703")
        kind = columns[names.index(name)].type.name
        if kind not in _PARTITION_TYPES:
            raise NotSupportedError(f'PARTITION BY "{name}" of type {kind} is not supported')
    return [names.index(name) for name in layout.partition_by]


def _opener(statement: UnloadStatement, columns: Sequence[ResultColumn]) -> OpenWriter:
    if statement.form != "parquet":
        return lambda file: TextWriter(file, columns, statement)
    try:
        from redshift_emulator.unload.parquet import ParquetWriter  # noqa: PLC0415
    except ImportError as error:
        raise RedshiftError(
            "the emulator writes Parquet files with pyarrow, which is not installed; "
            "install it: pip install 'redshift-pipeline[parquet]'"
        ) from error
    return lambda file: ParquetWriter(file, columns, statement.row_group)

"""Converts columnar files into rows for PostgreSQL, by the same rules as text files.

A file is spooled to disk, because its index is at its end, and read in small batches. This module
needs pyarrow, so it is imported with the first COPY from such a file.
Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
"""

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

import pyarrow as pa

from redshift_emulator.copy.conversion import faults
from redshift_emulator.copy.conversion.canonical import DEFAULT_NULL
from redshift_emulator.copy.conversion.faults import FieldFaultError
from redshift_emulator.copy.reading.parquet_schema import scan_error, web_address
from redshift_emulator.copy.reading.records import Record
from redshift_emulator.copy.reading.serialized import serialized
from redshift_emulator.copy.reading.stream import MAX_ROW, FaultLog, FileProgress, Rows
from redshift_emulator.copy.statement import CopyStatement
from redshift_emulator.language.types import RedshiftType, TableColumn

BATCH_ROWS = 512
_VALUE = b"="
"""The marker of every value: no text in such a file means NULL."""

_PLAIN: dict[str, Callable[[], pa.DataType]] = {
    "smallint": pa.int16, "integer": pa.int32, "bigint": pa.int64, "real": pa.float32,
    "double precision": pa.float64, "boolean": pa.bool_, "date": pa.date32,
    "char": pa.large_binary, "varchar": pa.large_binary, "varbyte": pa.large_binary,
}  # fmt: skip
_SPELLINGS: dict[str, Callable[[Any], bytes]] = {
    **dict.fromkeys(("smallint", "integer", "bigint"), lambda value: b"%d" % value),
    **dict.fromkeys(("real", "double precision"), lambda value: repr(value).encode()),
    **dict.fromkeys(("char", "varchar"), bytes),
    "boolean": lambda value: b"t" if value else b"f",
    "date": lambda value: value.isoformat().encode(),
    "decimal": lambda value: format(value, "f").encode(),
    **dict.fromkeys(("timestamp", "timestamptz"), lambda value: value.isoformat(sep=" ").encode()),
    "varbyte": lambda value: value.hex().encode(),
}


class ArrowStream(ABC):
    """Converts files that pyarrow reads into CSV for PostgreSQL."""

    def __init__(
        self, statement: CopyStatement, columns: Sequence[TableColumn], log: FaultLog
    ) -> None:
        self.form = statement.file_format
        self.columns = columns
        self._rows = Rows(statement, columns, log)

    def rows(self, progress: FileProgress, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the file's rows, a batch at a time."""
        with tempfile.TemporaryFile() as spool:
            for chunk in chunks:
                spool.write(chunk)
            if spool.tell() == 0:
                return  # an object without content holds no rows, in any format
            spool.seek(0)
            try:
                yield from self._written(spool, progress)
            except (pa.ArrowException, OSError, OverflowError, ValueError) as error:
                reason = str(error).strip().partition("\n")[0]
                address = web_address(progress.filename)
                raise scan_error(f"File '{address}' cannot be read: {reason}") from error

    @abstractmethod
    def batches(self, spool: IO[bytes], url: str) -> Iterator[pa.RecordBatch]:
        """Check the schema of a file, and yield its rows in small batches."""

    @abstractmethod
    def count(self, spool: IO[bytes]) -> int:
        """Return the number of rows of a file."""

    def _written(self, spool: IO[bytes], progress: FileProgress) -> Iterator[bytes]:
        for batch in self.batches(spool, progress.filename):
            yield b"".join(self._row(fields, progress) for fields in self._fields(batch))
        if progress.lines != self.count(spool):
            raise ValueError(f"{progress.lines} rows instead of {self.count(spool)}")

    def _fields(self, batch: pa.RecordBatch) -> Iterator[tuple[bytes | None, ...]]:
        """Yield each row's values as text; a column that the file lacks is NULL."""
        columns = [
            _spelled(values, column.type)
            for values, column in zip(batch.columns, self.columns, strict=False)
        ]
        missing: list[bytes | None] = [None] * batch.num_rows
        columns += [missing] * (len(self.columns) - len(columns))
        yield from zip(*columns, strict=True)

    def _row(self, fields: tuple[bytes | None, ...], progress: FileProgress) -> bytes:
        values = tuple(field or b"" for field in fields)
        markers = tuple(DEFAULT_NULL if field is None else _VALUE for field in fields)
        row = self._rows.row(Record(0, 0, values, markers, fault=_size_fault(values)), progress)
        progress.lines += 1  # such a file has no lines, so rows have numbers
        return row


def _size_fault(values: Iterable[bytes]) -> FieldFaultError | None:
    if sum(map(len, values)) <= MAX_ROW:
        return None
    return FieldFaultError(faults.BAD_LINE, "Row size exceeds 4 MB")


def _spelled(values: pa.Array, kind: RedshiftType) -> list[bytes | None]:
    """Return a column's values as text, cast from the type that the writer chose in Arrow."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if kind.name == "super":
        return serialized(values)
    spell = _SPELLINGS[kind.name]
    found = values.cast(_arrow_type(kind)).to_pylist()
    return [None if value is None else spell(value) for value in found]


def _arrow_type(kind: RedshiftType) -> pa.DataType:
    if kind.name == "decimal":
        return pa.decimal128(kind.precision, kind.scale)
    if kind.name == "timestamp":
        return pa.timestamp("us")
    if kind.name == "timestamptz":
        return pa.timestamp("us", "UTC")
    return _PLAIN[kind.name]()

"""Rows as Parquet files. Needs pyarrow, so it is imported with the first UNLOAD to Parquet.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html#unload-parquet-usage
"""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import IO, Any

import pyarrow as pa
from pyarrow import parquet as pq

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.unload.statement import ResultColumn
from redshift_emulator.unload.text import Row

BATCH_ROWS = 4096


def _utc(value: str) -> dt.datetime:
    """Return a TIMESTAMPTZ in UTC: the zone is not unloaded."""
    return dt.datetime.fromisoformat(value).astimezone(dt.UTC).replace(tzinfo=None)


_TYPES: dict[str, tuple[Callable[[], pa.DataType], Callable[[str], Any]]] = {
    "smallint": (pa.int16, int),
    "integer": (pa.int32, int),
    "bigint": (pa.int64, int),
    "real": (pa.float32, float),
    "double precision": (pa.float64, float),
    "boolean": (pa.bool_, lambda value: value == "t"),
    "char": (pa.string, lambda value: value.rstrip(" ")),
    "varchar": (pa.string, str),
    "date": (pa.date32, dt.date.fromisoformat),
    "timestamp": (lambda: pa.timestamp("us"), dt.datetime.fromisoformat),
    "timestamptz": (lambda: pa.timestamp("us"), _utc),
}


class ParquetWriter:
    """Writes one Parquet file, compressed with Snappy."""

    def __init__(self, file: IO[bytes], columns: Sequence[ResultColumn], row_group: int) -> None:
        self._columns = columns
        self._schema = pa.schema([pa.field(c.name, _arrow_type(c)) for c in columns])
        self._writer = pq.ParquetWriter(file, self._schema, compression="snappy")
        self._file = file
        self._row_group = row_group
        self._rows: list[Row] = []
        self._pending: list[pa.RecordBatch] = []

    @property
    def size(self) -> int:
        """The approximate size of the file in bytes."""
        pending: int = sum(batch.nbytes for batch in self._pending)
        return self._file.tell() + pending

    def add(self, row: Row, limit: int) -> bool:
        """Add a row, unless the file has about ``limit`` bytes; return whether it was added."""
        if self.size >= limit:
            return False
        self._rows.append(row)
        if len(self._rows) == BATCH_ROWS:
            self._convert()
            if sum(batch.nbytes for batch in self._pending) >= self._row_group:
                self._write_group()
        return True

    def close(self) -> None:
        """Write what is left, and the index."""
        self._convert()
        self._write_group()
        self._writer.close()

    def _convert(self) -> None:
        if self._rows:
            values = zip(*self._rows, strict=True)
            arrays = [
                _array(column, found) for column, found in zip(self._columns, values, strict=True)
            ]
            self._pending.append(pa.record_batch(arrays, schema=self._schema))
            self._rows = []

    def _write_group(self) -> None:
        if self._pending:
            table = pa.Table.from_batches(self._pending)
            self._writer.write_table(table, row_group_size=table.num_rows)
            self._pending = []


def _arrow_type(column: ResultColumn) -> pa.DataType:
    kind = column.type
    if kind.name == "decimal":
        return _decimal(column.name, kind)
    if kind.name not in _TYPES:
        message = f'UNLOAD of column "{column.name}" of type {kind.name} as PARQUET'
        raise NotSupportedError(f"{message}: not supported by the emulator")
    return _TYPES[kind.name][0]()


def _decimal(name: str, kind: RedshiftType) -> pa.DataType:
    if kind.precision is None:
        raise NotSupportedError(
            f'the precision of computed column "{name}" is not known to the emulator: cast it to'
            " NUMERIC(precision, scale) to unload it as PARQUET"
        )
    return pa.decimal128(kind.precision, kind.scale)


def _array(column: ResultColumn, values: Sequence[str | None]) -> pa.Array:
    read = Decimal if column.type.name == "decimal" else _TYPES[column.type.name][1]
    try:
        found = [None if value is None else read(value) for value in values]
        return pa.array(found, _arrow_type(column))
    except (ValueError, ArithmeticError, pa.ArrowException) as error:
        message = f'a value of column "{column.name}" cannot be written as PARQUET'
        raise RedshiftError(message, code=8001, context=str(error)) from error

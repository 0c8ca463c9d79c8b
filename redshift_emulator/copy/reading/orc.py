"""Reads ORC files for COPY, and checks their schemas as those of Parquet files.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
"""

from collections.abc import Callable, Iterator
from typing import IO

import pyarrow as pa
from pyarrow import orc

from redshift_emulator.copy.reading.arrow import BATCH_ROWS, ArrowStream
from redshift_emulator.copy.reading.parquet_schema import (
    check_number,
    scan_error,
    shown_type,
    web_address,
)
from redshift_emulator.copy.reading.serialized import check_serializable, is_serialized
from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.types import RedshiftType, TableColumn

# The type that pyarrow gives to a column of ORC; of other types there is no column in Redshift.
_TYPES: dict[str, Callable[[], pa.DataType]] = {
    "smallint": pa.int16, "integer": pa.int32, "bigint": pa.int64, "real": pa.float32,
    "double precision": pa.float64, "boolean": pa.bool_, "date": pa.date32, "char": pa.string,
    "varchar": pa.string, "varbyte": pa.binary, "timestamp": lambda: pa.timestamp("ns"),
}  # fmt: skip


class OrcStream(ArrowStream):
    """Converts ORC files into CSV for PostgreSQL."""

    def batches(self, spool: IO[bytes], url: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a file, of which one stripe is in memory."""
        file = orc.ORCFile(spool)
        check_number(len(file.schema), self.columns, self.form, url)
        for field, column in zip(file.schema, self.columns, strict=False):
            if is_serialized(column, self.form):
                check_serializable(field.type, column, url)
            else:
                _check_column(field, column, url)
        for number in range(file.nstripes):
            stripe = file.read_stripe(number)
            for start in range(0, stripe.num_rows, BATCH_ROWS):
                yield _in_microseconds(stripe.slice(start, BATCH_ROWS))

    def count(self, spool: IO[bytes]) -> int:
        """Return the number of rows that the file states."""
        return int(orc.ORCFile(spool).nrows)


def _check_column(field: pa.Field, column: TableColumn, url: str) -> None:
    if pa.types.is_nested(field.type):
        raise NotSupportedError(
            f"nested ORC column {column.name} in {url}: not supported by the emulator"
        )
    if field.type != _expected(column.type):
        raise scan_error(
            f"File '{web_address(url)}' has an incompatible ORC schema for column"
            f" '{url}.{field.name}'. Column type: {shown_type(column.type)}, ORC schema:"
            f" {field.type}"
        )


def _expected(kind: RedshiftType) -> pa.DataType | None:
    if kind.name == "decimal":
        return pa.decimal128(kind.precision, kind.scale)
    make = _TYPES.get(kind.name)
    return make() if make is not None else None


def _in_microseconds(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Truncate timestamps, which have nanoseconds."""
    arrays = [
        values.cast(pa.timestamp("us"), safe=False)
        if pa.types.is_timestamp(values.type)
        else values
        for values in batch.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)

"""Reads Parquet files for COPY.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
"""

from collections.abc import Iterator
from typing import IO

import pyarrow as pa
from pyarrow import parquet as pq

from redshift_emulator.copy.reading.arrow import BATCH_ROWS, ArrowStream
from redshift_emulator.copy.reading.parquet_schema import check_schema

BUFFER_BYTES = 1024 * 1024


class ParquetStream(ArrowStream):
    """Converts Parquet files into CSV for PostgreSQL."""

    def batches(self, spool: IO[bytes], url: str) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a file."""
        with pq.ParquetFile(
            spool,
            buffer_size=BUFFER_BYTES,
            pre_buffer=False,
            coerce_int96_timestamp_unit="us",
            page_checksum_verification=True,
        ) as file:
            check_schema(file, self.columns, self.form, url)
            yield from file.iter_batches(BATCH_ROWS, use_threads=False)

    def count(self, spool: IO[bytes]) -> int:
        """Return the number of rows that the file states."""
        return int(pq.read_metadata(spool).num_rows)

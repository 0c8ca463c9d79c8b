"""Restrictions of COPY from Parquet: few options, and all columns of the table.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
"""

from collections.abc import Iterable, Sequence

from redshift_emulator.copy.reading.stream import FaultLog, Stream
from redshift_emulator.copy.statement import CopyStatement
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.types import TableColumn

_ALLOWED = frozenset(
    ("parquet", "manifest", "acceptinvchars", "fillrecord", "statupdate", "explicit_ids")
)
_COMPRESSED = (".gz", ".snappy", ".bz2")


def check_columnar(options: Iterable[str]) -> None:
    """Refuse options that COPY does not accept for Parquet."""
    for name in options:
        if name not in _ALLOWED:
            raise NotSupportedError(
                f"{name.upper()} argument is not supported for PARQUET based COPY"
            )


def check_columns(
    statement: CopyStatement, loaded: Sequence[TableColumn], known: Sequence[TableColumn]
) -> None:
    """Refuse a shorter column list: file and table must have the same number of columns."""
    left_out = [column.name for column in known if column not in loaded]
    if left_out:
        raise NotSupportedError(
            f"COPY from Parquet into {statement.table} without {', '.join(left_out)}: not"
            " supported by the emulator; table and file must have the same number of columns"
        )


def check_names(urls: Iterable[str]) -> None:
    """Refuse files that are compressed as a whole, which Redshift recognizes by name."""
    for url in urls:
        if url.endswith(_COMPRESSED):
            raise NotSupportedError(
                f"Parquet file compressed as a whole: not supported by the emulator: {url}"
            )


def parquet_stream(
    statement: CopyStatement, columns: Sequence[TableColumn], log: FaultLog
) -> Stream:
    """Return the reader of Parquet files; import pyarrow on demand."""
    try:
        from redshift_emulator.copy.reading.parquet import ParquetStream  # noqa: PLC0415
    except ImportError as error:
        raise RedshiftError(
            "the emulator reads Parquet files with pyarrow, which is not installed; "
            "install it: pip install 'redshift-pipeline[parquet]'"
        ) from error
    return ParquetStream(statement, columns, log)

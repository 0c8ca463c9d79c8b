"""What COPY allows beside PARQUET: few options, a role, and all columns of the table.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from redshift_emulator.copy.reading.stream import FaultLog, Stream
from redshift_emulator.copy.statement import Authorization, CopyStatement, RoleAuthorization
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.types import TableColumn

_ALLOWED = frozenset(
    ("parquet", "manifest", "acceptinvchars", "fillrecord", "statupdate", "explicit_ids")
)
_COMPRESSED = (".gz", ".snappy", ".bz2")


def check_columnar(options: Iterable[str], authorization: Authorization) -> None:
    """Refuse what COPY does not take for Parquet.

    Keys are refused as users met it: whether they work today is not documented.
    https://github.com/awsdocs/amazon-redshift-developer-guide/pull/34
    """
    for name in options:
        if name not in _ALLOWED:
            raise NotSupportedError(
                f"{name.upper()} argument is not supported for PARQUET based COPY"
            )
    if not isinstance(authorization, RoleAuthorization):
        raise RedshiftError(
            "COPY from this file format only accepts IAM_ROLE credentials.", code=8001
        )


def check_columns(
    statement: CopyStatement, loaded: Sequence[TableColumn], known: Sequence[TableColumn]
) -> None:
    """Refuse to leave out a column: the file and the table must have as many."""
    left_out = [column.name for column in known if column not in loaded]
    if left_out:
        raise NotSupportedError(
            f"COPY from Parquet into {statement.table} without {', '.join(left_out)}: the numbers"
            " of columns of table and file must match, and this stand-in knows no exception"
        )


def check_names(urls: Iterable[str]) -> None:
    """Refuse files that are compressed as a whole, which Redshift tells by their names."""
    for url in urls:
        if url.endswith(_COMPRESSED):
            raise NotSupportedError(
                f"this stand-in does not know Parquet files compressed as a whole: {url}"
            )


def parquet_stream(
    statement: CopyStatement, columns: Sequence[TableColumn], log: FaultLog
) -> Stream:
    """Return the reader of Parquet files; only now is pyarrow imported."""
    try:
        from redshift_emulator.copy.reading.parquet import ParquetStream  # noqa: PLC0415
    except ImportError as error:
        raise RedshiftError(
            "this stand-in reads Parquet files by pyarrow, which is not installed; "
            "install redshift-pipeline[local] again"
        ) from error
    return ParquetStream(statement, columns, log)

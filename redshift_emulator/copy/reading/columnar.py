"""Restrictions of COPY from Parquet and ORC: few options, and all columns of the table.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
"""

from collections.abc import Iterable, Mapping, Sequence

from redshift_emulator.copy.reading.objects import Objects
from redshift_emulator.copy.reading.stream import FaultLog, Stream
from redshift_emulator.copy.statement import CopyStatement
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.types import TableColumn

_ALLOWED = frozenset(
    ("manifest", "acceptinvchars", "fillrecord", "statupdate", "explicit_ids", "serializetojson")
)
_TITLES = {"parquet": "Parquet", "orc": "ORC", "": "text"}
_COMPRESSED = (".gz", ".snappy", ".bz2")


def check_columnar(form: str, options: Mapping[str, object]) -> None:
    """Refuse options that COPY does not accept for a columnar format.

    dlt loads Parquet files with MAXERROR 0, its default:
    https://github.com/dlt-hub/dlt/blob/devel/dlt/destinations/impl/redshift/redshift.py
    """
    for name, value in options.items():
        is_default = name == "maxerror" and value == 0
        if name != form and name not in _ALLOWED and not is_default:
            raise NotSupportedError(
                f"{name.upper()} argument is not supported for {form.upper()} based COPY"
            )


def check_columns(
    statement: CopyStatement, loaded: Sequence[TableColumn], known: Sequence[TableColumn]
) -> None:
    """Refuse a shorter column list: file and table must have the same number of columns."""
    form = statement.file_format.columnar or ""
    left_out = [column.name for column in known if column not in loaded]
    if left_out:
        raise NotSupportedError(
            f"COPY from {_TITLES[form]} into {statement.table} without {', '.join(left_out)}: not"
            " supported by the emulator; table and file must have the same number of columns"
        )


def check_names(form: str, urls: Iterable[str]) -> None:
    """Refuse files that are compressed as a whole, which Redshift recognizes by name."""
    for url in urls:
        if url.endswith(_COMPRESSED):
            raise NotSupportedError(
                f"{_TITLES[form]} file compressed as a whole: not supported by the emulator: {url}"
            )


def columnar_stream(
    statement: CopyStatement, columns: Sequence[TableColumn], log: FaultLog
) -> Stream:
    """Return the reader of Parquet or ORC files; import pyarrow on demand."""
    form = statement.file_format.columnar or ""
    try:
        from redshift_emulator.copy.reading.orc import OrcStream  # noqa: PLC0415
        from redshift_emulator.copy.reading.parquet import ParquetStream  # noqa: PLC0415
    except ImportError as error:
        raise RedshiftError(
            f"the emulator reads {_TITLES[form]} files with pyarrow, which is not installed; "
            "install it: pip install 'redshift-pipeline[parquet]'"
        ) from error
    return (OrcStream if form == "orc" else ParquetStream)(statement, columns, log)


def avro_stream(objects: Objects) -> Stream:
    """Return the reader of Avro files; import fastavro on demand."""
    try:
        from redshift_emulator.copy.reading.avro import AvroStream  # noqa: PLC0415
    except ImportError as error:
        raise RedshiftError(
            "the emulator reads Avro files with fastavro, which is not installed; "
            "install it: pip install 'redshift-pipeline[avro]'"
        ) from error
    return AvroStream(objects)

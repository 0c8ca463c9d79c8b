"""Checks a Parquet file's schema against the table: the number and the types of columns.

Columns are matched by position, and types must be equal, including the precision and scale of
DECIMAL. How Redshift converts other pairs (a narrower integer, a TIMESTAMP from one in UTC) is not
documented, so they are refused with the error messages that users have published. Integers of
one byte, which Redshift has no type for, are SMALLINT, as Amazon's awswrangler loads them;
timestamps in UTC are TIMESTAMPTZ, as dlt loads them.
Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html,
https://repost.aws/knowledge-center/redshift-spectrum-data-errors,
https://github.com/dlt-hub/dlt/blob/devel/tests/load/pipeline/test_stage_loading.py
"""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pyarrow import parquet as pq

from redshift_emulator.copy.reading.serialized import check_serializable, is_serialized, leaves
from redshift_emulator.copy.statement import FileFormat
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.types import RedshiftType, TableColumn

SCAN_ERROR = 15007
_PHYSICAL = {
    "smallint": "INT32", "integer": "INT32", "bigint": "INT64", "real": "FLOAT",
    "double precision": "DOUBLE", "boolean": "BOOLEAN", "char": "BYTE_ARRAY",
    "varchar": "BYTE_ARRAY", "varbyte": "BYTE_ARRAY", "date": "INT32",
}  # fmt: skip
_LOGICAL = {"char": "String", "varchar": "String", "date": "Date", "smallint": "Int"}
_BITS = {"smallint": (8, 16), "integer": (32,), "bigint": (64,)}


def check_schema(
    file: pq.ParquetFile, columns: Sequence[TableColumn], form: FileFormat, url: str
) -> None:
    """Raise the error of the first difference; FILLRECORD permits missing columns at the end."""
    fields = file.schema_arrow
    check_number(len(fields), columns, form, url)
    leaf = 0
    for position, column in enumerate(columns[: len(fields)]):
        kind = fields.field(position).type
        if is_serialized(column, form):
            check_serializable(kind, column, url)
        elif pa.types.is_nested(kind):
            raise NotSupportedError(
                f"nested Parquet column {column.name} in {url}: not supported by the emulator"
            )
        else:
            _check_column(file.schema.column(leaf), position, column, url)
        leaf += leaves(kind)


def check_number(found: int, columns: Sequence[TableColumn], form: FileFormat, url: str) -> None:
    """Refuse another number of columns; FILLRECORD permits missing ones."""
    if found > len(columns) or (found < len(columns) and not form.fill_record):
        raise scan_error(
            "Unmatched number of columns between table and file. "
            f"Table columns: {len(columns)}, Data columns: {found}, "
            f"File name: {web_address(url)}"
        )


def scan_error(context: str) -> RedshiftError:
    """Return an error of Redshift Spectrum, which reads columnar files."""
    return RedshiftError("Spectrum Scan Error", code=SCAN_ERROR, context=context)


def web_address(url: str) -> str:
    """Return an object's address as these errors show it: ``https://s3.amazonaws.com/b/k``."""
    return f"https://s3.amazonaws.com/{url.removeprefix('s3://')}"


def _check_column(leaf: Any, position: int, column: TableColumn, url: str) -> None:
    if _fits(leaf, column.type):
        return
    levels = leaf.max_definition_level, leaf.max_repetition_level
    repetition = "optional" if levels[0] else "required"
    logical = leaf.logical_type.type
    note = "" if logical == "NONE" else f" ({leaf.logical_type})"
    raise scan_error(
        f"File '{web_address(url)}' has an incompatible Parquet schema for column "
        f"'{url}.{leaf.name}'. Column type: {shown_type(column.type)}, Parquet schema:\n"
        f"{repetition} {leaf.physical_type.lower()} {leaf.name} "
        f"[i:{position} d:{levels[0]} r:{levels[1]}]{note}"
    )


def shown_type(kind: RedshiftType) -> str:
    """Return a type as these errors show it: ``INT``, ``DECIMAL(8, 2)``."""
    name = "INT" if kind.name == "integer" else kind.name.upper()
    return name if kind.precision is None else f"{name}({kind.precision}, {kind.scale})"


def _fits(leaf: Any, kind: RedshiftType) -> bool:
    physical, logical = leaf.physical_type, json.loads(leaf.logical_type.to_json())
    if kind.name == "decimal":
        found = (logical.get("precision"), logical.get("scale"))
        return logical["Type"] == "Decimal" and found == (kind.precision, kind.scale)
    if kind.name == "timestamp":
        return physical == "INT96" or _is_timestamp(logical, in_utc=False)
    if kind.name == "timestamptz":
        return _is_timestamp(logical, in_utc=True)
    if physical != _PHYSICAL.get(kind.name):
        return False
    if logical["Type"] == "Int":
        return bool(logical["bitWidth"] in _BITS.get(kind.name, ()) and logical["isSigned"])
    return bool(logical["Type"] == _LOGICAL.get(kind.name, "None"))


def _is_timestamp(logical: dict[str, Any], *, in_utc: bool) -> bool:
    """Return whether it is a timestamp in microseconds or coarser."""
    if logical["Type"] != "Timestamp" or logical["isAdjustedToUTC"] != in_utc:
        return False
    return logical["timeUnit"] in {"milliseconds", "microseconds"}

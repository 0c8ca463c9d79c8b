"""SERIALIZETOJSON: columns of Parquet and ORC files, nested ones too, as values of SUPER columns.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy_json.html
"""

from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import types

from redshift_emulator.copy.reading.objects import Number, as_json
from redshift_emulator.copy.statement import FileFormat
from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.types import TableColumn

_SCALAR = (
    *(types.is_null, types.is_boolean, types.is_integer, types.is_floating, types.is_decimal),
    *(types.is_string, types.is_large_string),
)
_NESTED = (types.is_struct, types.is_list, types.is_large_list)


def is_serialized(column: TableColumn, form: FileFormat) -> bool:
    """Return whether a column takes values of any type, as JSON."""
    return form.serialize_to_json and column.type.name == "super"


def check_serializable(kind: pa.DataType, column: TableColumn, url: str) -> None:
    """Refuse types for which it is not documented how they become JSON, such as dates."""
    if not _is_serializable(kind):
        raise NotSupportedError(
            f"SERIALIZETOJSON of column {column.name}, type {kind}, in {url}: not supported by"
            " the emulator"
        )


def serialized(values: pa.Array) -> list[bytes | None]:
    """Return the values of a column as JSON; a string is a string of JSON, whatever it holds."""
    found = values.to_pylist()
    return [None if value is None else as_json(_plain(value)).encode() for value in found]


def leaves(kind: pa.DataType) -> int:
    """Return the number of Parquet's columns that hold a value of the type."""
    return sum(leaves(kind.field(place).type) for place in range(kind.num_fields)) or 1


def _is_serializable(kind: pa.DataType) -> bool:
    if types.is_dictionary(kind):
        return _is_serializable(kind.value_type)
    if any(is_nested(kind) for is_nested in _NESTED):
        return all(_is_serializable(kind.field(n).type) for n in range(kind.num_fields))
    return any(is_scalar(kind) for is_scalar in _SCALAR)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return Number(format(value, "f")) if isinstance(value, Decimal) else value

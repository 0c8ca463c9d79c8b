"""The types of result columns, and the values of VARBYTE, SUPER and intervals, in Redshift's form.

Amazon's drivers know SUPER by the number 4000 and VARBYTE by 6551.
https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/utils/oids.py
"""

import re
import struct
from collections.abc import Callable, Mapping

from redshift_emulator.protocol import intervals

Show = Callable[[bytes], bytes]

_JSON, _JSONB, _BYTEA = 114, 3802, 17
_NUMBERS = {_JSON: 4000, _JSONB: 4000, _BYTEA: 6551}
_NAME, _SIZE_OF_NAME = 19, 64
MODIFIER_OF_NAME = 10_485_764
"""Of texts that stand for names, in 5_views_with_long_names.sql."""
_COLUMN = struct.Struct("!ihihih")
_LENGTH = struct.Struct("!i")


# Types of PostgreSQL 8.0, by their numbers, and arrays of them, which the leader node has.
_KNOWN = frozenset(
    {
        *(16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 30, 114, 194, 700, 701, 705, 1033),
        *(1042, 1043, 1082, 1083, 1114, 1184, 1186, 1188, 1190, 1266, 1700, 1790, 3802),
        *(2202, 2203, 2204, 2205, 2206, 2275, 2277, 2278),
        *(1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 1014, 1015, 1016, 1021, 1022, 1028),
        *(1034, 1115, 1182, 1183, 1185, 1187, 1231, 1270, 2210, 2211),
    }
)
_RECORD, _FIRST_CREATED = 2249, 16384


_STRING_OR_SPACE = re.compile(rb'("(?:[^"\\]|\\.)*")|\s+', re.DOTALL)


def _without_prefix(value: bytes) -> bytes:
    r"""Remove the ``\x`` before hexadecimal digits."""
    return value.removeprefix(rb"\x")


def _compact(value: bytes) -> bytes:
    """Remove the white space between the parts of a JSON text."""
    return _STRING_OR_SPACE.sub(rb"\1", value)


_SHOWN: Mapping[int, Show] = {_BYTEA: _without_prefix, _JSON: _compact, _JSONB: _compact}


def refusal(payload: bytes) -> str:
    """Return why a result cannot be one of Redshift, by its RowDescription, or ""."""
    position = 2
    for _ in range(struct.unpack_from("!h", payload)[0]):
        end = payload.index(b"\0", position)
        number = _COLUMN.unpack_from(payload, end + 1)[2]
        if number == _RECORD or number >= _FIRST_CREATED:
            return "rows as values are not supported"
        if number not in _KNOWN:
            return f'the type of the column "{payload[position:end].decode()}" is not supported'
        position = end + 1 + _COLUMN.size
    return ""


def description(payload: bytes) -> tuple[bytes, dict[int, Show]]:
    """Rewrite a RowDescription; return how to show columns in text form, by their positions."""
    data = bytearray(payload)
    shown: dict[int, Show] = {}
    position = 2
    for column in range(struct.unpack_from("!h", payload)[0]):
        position = payload.index(b"\0", position) + 1
        table, number, type_number, size, modifier, form = _COLUMN.unpack_from(payload, position)
        if type_number in _SHOWN and form == 0:
            shown[column] = _SHOWN[type_number]
        elif type_number in intervals.TYPES and form == 1:
            shown[column] = intervals.narrowed(type_number)
        new = _NUMBERS.get(type_number, type_number)
        if modifier == MODIFIER_OF_NAME:
            new, size, modifier = _NAME, _SIZE_OF_NAME, -1
        _COLUMN.pack_into(data, position, table, number, new, size, modifier, form)
        position += _COLUMN.size
    return bytes(data), shown


def row(payload: bytes, shown: Mapping[int, Show]) -> bytes:
    """Rewrite a DataRow."""
    parts = [payload[:2]]
    position = 2
    for column in range(struct.unpack_from("!h", payload)[0]):
        (length,) = _LENGTH.unpack_from(payload, position)
        position += _LENGTH.size
        value = payload[position : position + max(length, 0)]
        position += len(value)
        if column in shown and length >= 0:
            value = shown[column](value)
            length = len(value)
        parts += (_LENGTH.pack(length), value)
    return b"".join(parts)

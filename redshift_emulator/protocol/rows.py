"""The types of result columns, and the text of VARBYTE and SUPER, in Redshift's form.

Amazon's drivers know SUPER by the number 4000 and VARBYTE by 6551.
https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/utils/oids.py
"""

import re
import struct
from collections.abc import Callable, Mapping

Show = Callable[[bytes], bytes]

_JSON, _JSONB, _BYTEA = 114, 3802, 17
_NUMBERS = {_JSON: 4000, _JSONB: 4000, _BYTEA: 6551}
_COLUMN = struct.Struct("!ihihih")
_LENGTH = struct.Struct("!i")


_STRING_OR_SPACE = re.compile(rb'("(?:[^"\\]|\\.)*")|\s+', re.DOTALL)


def _without_prefix(value: bytes) -> bytes:
    r"""Remove the ``\x`` before hexadecimal digits."""
    return value.removeprefix(rb"\x")


def _compact(value: bytes) -> bytes:
    """Remove the white space between the parts of a JSON text."""
    return _STRING_OR_SPACE.sub(rb"\1", value)


_SHOWN: Mapping[int, Show] = {_BYTEA: _without_prefix, _JSON: _compact, _JSONB: _compact}


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
        new = _NUMBERS.get(type_number, type_number)
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

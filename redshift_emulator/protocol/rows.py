"""The types of result columns, and the text of VARBYTE, in Redshift's form.

Amazon's drivers know SUPER by the number 4000 and VARBYTE by 6551.
https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/utils/oids.py
"""

import struct

_JSONB, _BYTEA = 3802, 17
_NUMBERS = {_JSONB: 4000, _BYTEA: 6551}
_COLUMN = struct.Struct("!ihihih")
_LENGTH = struct.Struct("!i")


def description(payload: bytes) -> tuple[bytes, frozenset[int]]:
    """Rewrite a RowDescription; also return the positions of VARBYTE columns in text form."""
    data = bytearray(payload)
    hexadecimal: set[int] = set()
    position = 2
    for column in range(struct.unpack_from("!h", payload)[0]):
        position = payload.index(b"\0", position) + 1
        table, number, type_number, size, modifier, form = _COLUMN.unpack_from(payload, position)
        if type_number == _BYTEA and form == 0:
            hexadecimal.add(column)
        new = _NUMBERS.get(type_number, type_number)
        _COLUMN.pack_into(data, position, table, number, new, size, modifier, form)
        position += _COLUMN.size
    return bytes(data), frozenset(hexadecimal)


def row(payload: bytes, hexadecimal: frozenset[int]) -> bytes:
    r"""Rewrite a DataRow: VARBYTE is hexadecimal digits, without the ``\x`` in front."""
    parts = [payload[:2]]
    position = 2
    for column in range(struct.unpack_from("!h", payload)[0]):
        (length,) = _LENGTH.unpack_from(payload, position)
        position += _LENGTH.size
        value = payload[position : position + max(length, 0)]
        position += len(value)
        if column in hexadecimal and length >= 0:
            value = value.removeprefix(rb"\x")
            length = len(value)
        parts += (_LENGTH.pack(length), value)
    return b"".join(parts)

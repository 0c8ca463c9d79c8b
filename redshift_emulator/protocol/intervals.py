"""Intervals in binary form: Redshift's are shorter than PostgreSQL's, which count days apart.

PostgreSQL's are microseconds, days and months. INTERVAL has microseconds and months, as in
PostgreSQL 8.0, INTERVAL YEAR TO MONTH months, and INTERVAL DAY TO SECOND microseconds.
https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/utils/type_utils.py
"""

import struct
from collections.abc import Callable, Sequence

_OF_BACKEND = struct.Struct("!qii")
_DAY = 86_400_000_000
TYPES = {1186: struct.Struct("!qi"), 1188: struct.Struct("!i"), 1190: struct.Struct("!q")}
_MONTHS_ONLY, _TIME_ONLY = 1188, 1190
_INT16, _INT32 = struct.Struct("!h"), struct.Struct("!i")


def narrowed(number: int) -> Callable[[bytes], bytes]:
    """Return the function that converts PostgreSQL's binary value of a type to Redshift's."""

    def convert(value: bytes) -> bytes:
        time, days, months = _OF_BACKEND.unpack(value)
        parts = {_MONTHS_ONLY: (months,), _TIME_ONLY: (time + days * _DAY,)}
        return TYPES[number].pack(*parts.get(number, (time + days * _DAY, months)))

    return convert


def spelled(value: bytes) -> str:
    """Return PostgreSQL's binary value as a text."""
    time, days, months = _OF_BACKEND.unpack(value)
    return f"{months} mons {days} days {time} microseconds"


def widened(types: bytes, binding: bytes) -> bytes:
    """Return the rest of a Bind message with PostgreSQL's binary values of intervals.

    ``types`` is the rest of the Parse message: the numbers of the parameters' types.
    """
    numbers = struct.unpack_from(f"!{_INT16.unpack_from(types)[0]}I", types, 2)
    if not TYPES.keys() & set(numbers):
        return binding
    forms = struct.unpack_from(f"!{_INT16.unpack_from(binding)[0]}h", binding, 2)
    position = 2 + 2 * len(forms)
    (count,) = _INT16.unpack_from(binding, position)
    parts = [binding[: position + 2]]
    position += 2
    for index in range(count):
        size = max(_INT32.unpack_from(binding, position)[0], -1)
        position += 4
        value = binding[position : position + max(size, 0)]
        position += len(value)
        if size >= 0 and index < len(numbers) and _form(forms, index) == 1:
            value = _wide(numbers[index], value)
            size = len(value)
        parts += (_INT32.pack(size), value)
    return b"".join([*parts, binding[position:]])


def _form(forms: Sequence[int], index: int) -> int:
    """Return the form of a parameter: none given means text, one is that of all."""
    if len(forms) > 1:
        return forms[index]
    return forms[0] if forms else 0


def _wide(number: int, value: bytes) -> bytes:
    if number not in TYPES:
        return value
    parts = TYPES[number].unpack(value)
    time, months = {_MONTHS_ONLY: (0, parts[0]), _TIME_ONLY: (parts[0], 0)}.get(number, parts)
    return _OF_BACKEND.pack(time, 0, months)

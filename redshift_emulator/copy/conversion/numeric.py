"""Conversion of numbers and booleans; PostgreSQL would accept blanks, hex and NaN as well.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_types201.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_Boolean_type.html
Undocumented forms (blanks around a number, a plus sign, inf, nan) are refused.
"""

import re
from collections.abc import Callable

from redshift_emulator.copy.conversion import faults
from redshift_emulator.copy.conversion.faults import FieldFaultError
from redshift_emulator.language.types import RedshiftType

Converter = Callable[[bytes], bytes]

INTEGER_BITS = {"smallint": 16, "integer": 32, "bigint": 64}
_SHOWN = {"smallint": "Short", "integer": "Integer", "bigint": "Long"}
_INTEGER = re.compile(rb"-?[0-9]+")
_DECIMAL = re.compile(rb"(-?)([0-9]*)(?:\.([0-9]*))?")
_FLOAT = re.compile(rb"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# The smallest normal number, and the first that rounds to infinity.
_RANGE = {
    "real": (1.1754943508222875e-38, 3.4028235677973366e38),
    "double precision": (2.2250738585072014e-308, float("inf")),
}
_TRUE = frozenset((b"t", b"true", b"y", b"yes", b"1"))
_FALSE = frozenset((b"f", b"false", b"n", b"no", b"0"))
_EIGHT_BYTES = 2**63 - 1


def integer(column: RedshiftType) -> Converter:
    """Return the converter to SMALLINT, INTEGER or BIGINT."""
    limit = 2 ** (INTEGER_BITS[column.name] - 1)

    def convert(field: bytes) -> bytes:
        if not _INTEGER.fullmatch(field):
            raise _bad_digit(field, _SHOWN[column.name])
        if len(field) > 100 or not -limit <= int(field) < limit:
            raise FieldFaultError(
                faults.INTEGER_OVERFLOW, f"Overflow, Type: {_SHOWN[column.name]}"
            )
        return field

    return convert


def decimal(column: RedshiftType, *, round_decimals: bool) -> Converter:
    """Return the converter to DECIMAL: it truncates excess digits, or rounds with ROUNDEC."""
    bounded = column.precision is not None
    precision, scale = column.precision or 0, column.scale or 0

    def convert(field: bytes) -> bytes:
        match = _DECIMAL.fullmatch(field)
        if match is None or not (match[2] or match[3]):
            raise _bad_digit(field, "Decimal")
        if not bounded:  # the type of a computed column
            return field
        fraction = (match[3] or b"")[:scale].ljust(scale, b"0")
        digits = int((match[2] + fraction)[-200:] or b"0")
        if len(match[2].lstrip(b"0")) > precision:
            raise _decimal_overflow(precision, scale)
        if round_decimals and (match[3] or b"")[scale : scale + 1] >= b"5":
            digits += 1
        if digits >= 10**precision or (precision <= 19 and digits > _EIGHT_BYTES):
            raise _decimal_overflow(precision, scale)
        return match[1] + _with_point(digits, scale)

    return convert


def _with_point(digits: int, scale: int) -> bytes:
    text = b"%d" % digits
    if not scale:
        return text
    text = text.rjust(scale + 1, b"0")
    return text[:-scale] + b"." + text[-scale:]


def floating(column: RedshiftType) -> Converter:
    """Return the converter to REAL or DOUBLE PRECISION; subnormal numbers are out of range."""
    smallest, beyond = _RANGE[column.name]

    def convert(field: bytes) -> bytes:
        if not _FLOAT.fullmatch(field):
            raise FieldFaultError(faults.BAD_FLOAT, f"Invalid float value, Type: {column.name}")
        value = abs(float(field))
        zero = not field.lower().partition(b"e")[0].strip(b"-0.")
        if not zero and (value < smallest or value >= beyond):
            raise FieldFaultError(faults.OUT_OF_RANGE, f"Value out of range, Type: {column.name}")
        return field

    return convert


def boolean(field: bytes) -> bytes:
    """Convert to BOOLEAN."""
    word = field.lower()
    if word in _TRUE:
        return b"t"
    if word in _FALSE:
        return b"f"
    raise FieldFaultError(faults.BAD_BOOLEAN, "Unknown boolean format")


def _bad_digit(field: bytes, shown: str) -> FieldFaultError:
    wrong = re.search(rb"[^0-9]", field[1:] if field[:1] == b"-" else field)
    offset = (wrong.start() if wrong else 0) + (field[:1] == b"-")
    character = field[offset : offset + 1].decode("ascii", "replace")
    reason = f"Invalid digit, Value '{character}', Pos {offset}, Type: {shown}"
    return FieldFaultError(faults.BAD_DIGIT, reason, offset)


def _decimal_overflow(precision: int, scale: int) -> FieldFaultError:
    return FieldFaultError(faults.OUT_OF_RANGE, f"Overflow for NUMERIC({precision},{scale})")

"""Conversion of character data: lengths in bytes, CHAR in ASCII, VARCHAR in valid UTF-8.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html,
https://docs.aws.amazon.com/redshift/latest/dg/multi-byte-character-load-errors.html
"""

import json
import re
from typing import NoReturn

from redshift_emulator.copy.conversion import faults
from redshift_emulator.copy.conversion.faults import FieldFaultError
from redshift_emulator.copy.conversion.numeric import Converter
from redshift_emulator.copy.statement import Conversion
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.language.utf8 import expected_length, invalid_utf8

_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2})*")


def char(column: RedshiftType, conversion: Conversion) -> Converter:
    """Return the converter to CHAR."""
    length = column.length or 1

    def convert(field: bytes) -> bytes:
        if not field.isascii():
            wrong = re.search(rb"[\x80-\xff]+", field)
            assert wrong is not None, "a field that is not ASCII holds such a byte"
            raise FieldFaultError(
                faults.BAD_TEXT,
                "Multibyte character not supported for CHAR (Hint: Try using VARCHAR). "
                f"Invalid char: {wrong.group()[:4].hex(' ')}",
                wrong.start(),
            )
        if conversion.trim_blanks:
            field = field.rstrip(b" \t")
        return _cut(field, length, conversion, "Char length exceeds DDL length")

    return convert


def varchar(column: RedshiftType, conversion: Conversion) -> Converter:
    """Return the converter to VARCHAR."""
    length = column.length or 256

    def convert(field: bytes) -> bytes:
        if not field.isascii():
            field = _valid(field, conversion.invalid_chars)
        if conversion.trim_blanks:
            field = field.rstrip(b" \t")
        return _cut(field, length, conversion, "String length exceeds DDL length")

    return convert


def _cut(field: bytes, length: int, conversion: Conversion, reason: str) -> bytes:
    """Return the field if it fits; blanks beyond the length are removed."""
    if len(field) <= length:
        return field
    if conversion.truncate_columns:
        return field[:length].decode("utf-8", "ignore").encode("utf-8")
    if not field[length:].strip(b" "):
        return field[:length]
    raise FieldFaultError(faults.OUT_OF_RANGE, reason, length)


def needs_replacement(field: bytes) -> bool:
    """Return whether ACCEPTINVCHARS would change the field."""
    return not field.isascii() and _valid(field, b"?") != field


def _valid(field: bytes, replacement: bytes | None) -> bytes:
    """Return the field in valid UTF-8, with invalid bytes replaced if a replacement is given."""
    try:
        text = field.decode("utf-8")
    except UnicodeDecodeError as error:
        if replacement is None:
            _refuse(field, error)
        text = _replace_invalid(field, replacement.decode("ascii"))
    if replacement is None:
        return field
    shown = replacement.decode("ascii")
    text = "".join(shown * len(c.encode()) if _noncharacter(c) else c for c in text)
    return text.encode("utf-8")


def _noncharacter(character: str) -> bool:
    point = ord(character)
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE


def _replace_invalid(field: bytes, replacement: str) -> str:
    """Replace each byte that is not part of a character."""
    text = field.decode("utf-8", "surrogateescape")
    return "".join(replacement if "\udc80" <= c <= "\udcff" else c for c in text)


def _refuse(field: bytes, error: UnicodeDecodeError) -> NoReturn:
    sequence = field[error.start : error.start + expected_length(field[error.start])]
    raise FieldFaultError(faults.BAD_TEXT, invalid_utf8(sequence), error.start)


def json_document(field: bytes) -> bytes:
    """Check that the field is valid JSON, for SUPER."""
    try:
        document = json.loads(field.decode("utf-8"), parse_constant=_no_constant)
        if b"\\u" in field:
            _check_escapes(field, document)
    except (ValueError, RecursionError) as error:
        raise FieldFaultError(faults.BAD_JSON, "Invalid JSON for SUPER") from error
    return field


def _check_escapes(field: bytes, document: object) -> None:
    """Refuse characters that UTF-8 text cannot hold: unpaired surrogates and NUL."""
    json.dumps(document, ensure_ascii=False).encode("utf-8")
    if _ESCAPED_NUL.search(field):
        raise ValueError("NUL")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def hexadecimal(column: RedshiftType) -> Converter:
    r"""Return the converter to VARBYTE, from hexadecimal digits without the prefix ``\x``."""
    length = column.length or 64_000

    def convert(field: bytes) -> bytes:
        if not _HEX.fullmatch(field):
            raise FieldFaultError(faults.BAD_HEX, "Invalid hexadecimal digit for VARBYTE")
        if len(field) > 2 * length:
            raise FieldFaultError(faults.OUT_OF_RANGE, "Varbyte length exceeds DDL length")
        return b"\\x" + field

    return convert

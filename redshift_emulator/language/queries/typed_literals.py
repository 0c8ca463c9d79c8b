"""Literals of a type that Redshift does not have, or beyond the range of dates and numbers.

https://docs.aws.amazon.com/redshift/latest/dg/r_Datetime_types.html
"""

import re
from collections.abc import Sequence

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.tokens import Kind, Token
from redshift_emulator.language.type_names import UNSUPPORTED

LAST_YEAR = 294276
MOST_DIGITS = 38
_DATES = frozenset({"date", "timestamp", "timestamptz", "datetime"})
_YEAR = re.compile(r"\s*(\d{6,})-\d")
_INFINITY = re.compile(r"\s*[+-]?inf(inity)?\s*", re.IGNORECASE)


def check_literal(tokens: Sequence[Token], index: int) -> None:
    """Raise the error about the literal at ``index``, with a type beside it."""
    before = tokens[index - 1].value if index and tokens[index - 1].kind is Kind.WORD else ""
    if before in UNSUPPORTED and not (index > 1 and tokens[index - 2].is_operator(".")):
        raise NotSupportedError(f'Column "" has unsupported type "{before}".')
    if before in _DATES or _is_cast(tokens[index + 1 : index + 3]):
        _check_date(tokens[index].value)


def _is_cast(following: Sequence[Token]) -> bool:
    """Return whether two tokens are those behind the operand of a cast to a date."""
    casts = len(following) == 2 and following[0].value in {"::", "as"}
    return casts and following[1].is_word(*_DATES)


def check_number(text: str) -> None:
    """Refuse a number with more than 38 digits."""
    if "e" not in text.lower() and len(text.replace(".", "").lstrip("0")) > MOST_DIGITS:
        message = "Numeric data overflow (result precision)"
        raise RedshiftError(message, code=8001, context="128 bit overflow")


def _check_date(text: str) -> None:
    year = _YEAR.match(text)
    if _INFINITY.fullmatch(text) or (year and int(year[1]) > LAST_YEAR):
        raise RedshiftError(f'date/time field value out of range: "{text}"', sqlstate="22008")

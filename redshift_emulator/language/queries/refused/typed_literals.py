"""Literals of a type that Redshift does not have, or beyond the range of dates and numbers.

https://docs.aws.amazon.com/redshift/latest/dg/r_Datetime_types.html
"""

import re
from collections.abc import Sequence

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.tokens import Kind, Token
from redshift_emulator.language.type_names import UNSUPPORTED
from redshift_emulator.language.words import words

LAST_YEAR = 294276
MOST_DIGITS = 38
# Types that PostgreSQL has added, or that Redshift does not have for a literal.
_NEWER = words(
    """
    aclitem cid cstring datemultirange int2vector int4multirange int8multirange jsonpath
    nummultirange oidvector pg_lsn pg_node_tree pg_snapshot record refcursor regcollation
    regconfig regdictionary regnamespace regrole tid tsmultirange tstzmultirange xid xid8
    """
)
_INTEGERS = words("smallint int2 integer int int4 bigint int8")
_DECIMALS = words("decimal numeric dec")
_NEWER_NUMBER = re.compile(r"\s*[+-]?(?:0[xob]|\d+_)", re.IGNORECASE)
_DATES = frozenset({"date", "timestamp", "timestamptz", "datetime"})
_INTERVAL = re.compile(r"\s*[+-]?(?:p|inf)", re.IGNORECASE)
_YEAR = re.compile(r"\s*(\d{6,})-\d")
_INFINITY = re.compile(r"\s*[+-]?inf(inity)?\s*", re.IGNORECASE)


def check_literal(tokens: Sequence[Token], index: int) -> None:
    """Raise the error about the literal at ``index``, with a type beside it."""
    before = tokens[index - 1].value if index and tokens[index - 1].kind is Kind.WORD else ""
    if before in UNSUPPORTED and not (index > 1 and tokens[index - 2].is_operator(".")):
        raise NotSupportedError(f'Column "" has unsupported type "{before}".')
    if before in _NEWER:
        raise RedshiftError(f'type "{before}" does not exist', sqlstate="42704")
    if before in _DATES or _is_cast(tokens, index, _DATES):
        _check_date(tokens[index].value)
    if before == "interval" or _is_cast(tokens, index, frozenset({"interval"})):
        _check_interval(tokens[index].value)
    for types, kind in ((_INTEGERS, "integer"), (_DECIMALS, "type numeric")):
        if before in types or _is_cast(tokens, index, types):
            _check_number(tokens[index].value, kind)


def _is_cast(tokens: Sequence[Token], index: int, types: frozenset[str]) -> bool:
    """Return whether the token at ``index`` is the operand of a cast to one of the types."""
    if len(tokens) < index + 3 or not tokens[index + 2].is_word(*types):
        return False
    if tokens[index + 1].is_operator("::"):
        return True
    call = tokens[max(index - 2, 0) : index + 2]
    return (
        len(call) == 4
        and call[0].is_word("cast")
        and call[1].is_operator("(")
        and call[3].is_word("as")
    )


def check_number(text: str) -> None:
    """Refuse a number with more than 38 digits."""
    if "e" not in text.lower() and len(text.replace(".", "").lstrip("0")) > MOST_DIGITS:
        message = "Numeric data overflow (result precision)"
        raise RedshiftError(message, code=8001, context="128 bit overflow")


def _check_number(text: str, kind: str) -> None:
    """Refuse ``0x1F`` and ``1_000``, which PostgreSQL 16 reads as numbers."""
    if _NEWER_NUMBER.match(text):
        message = f'invalid input syntax for {kind}: "{text}"'
        raise RedshiftError(message, sqlstate="22P02")


def _check_interval(text: str) -> None:
    """Refuse ISO 8601, which PostgreSQL 8.0 did not have."""
    if _INTERVAL.match(text):
        message = f'invalid input syntax for type interval: "{text}"'
        raise RedshiftError(message, sqlstate="22007")


def _check_date(text: str) -> None:
    year = _YEAR.match(text)
    if _INFINITY.fullmatch(text) or (year and int(year[1]) > LAST_YEAR):
        raise RedshiftError(f'date/time field value out of range: "{text}"', sqlstate="22008")

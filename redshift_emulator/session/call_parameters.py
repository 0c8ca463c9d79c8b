"""CALL and SHOW with parameters of a driver: their values are written into the statement.

The values of a procedure's arguments are expressions, and Amazon's drivers give the names and
patterns of SHOW as parameters, so PostgreSQL cannot bind them.
https://www.postgresql.org/docs/current/protocol-message-formats.html
https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/metadataAPIHelper.py
"""

import datetime as dt
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from redshift_emulator.language.errors import NotSupportedError, RedshiftError, decoded
from redshift_emulator.language.queries.text.splice import Splice
from redshift_emulator.language.tokens import Kind, Statement, Token, literal, quoted, split
from redshift_emulator.protocol import intervals

# Types by their numbers, to which texts are cast; the others are written as they are.
_CASTS = {
    16: "boolean", 1082: "date", 1083: "time", 1114: "timestamp", 1184: "timestamptz",
    1266: "timetz", 700: "real", 701: "double precision", 1186: "interval",
    1188: "interval year to month", 1190: "interval day to second",
}  # fmt: skip
_NUMBERS = frozenset({20, 21, 23, 1700})
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_TYPE_NAME = re.compile(r'[\w "\[\]]+')
_TEXT = 25
_UNKNOWN = frozenset({0, 705})
_TEXTS = _UNKNOWN | {_TEXT, 1042, 1043}
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_INFINITE = {
    size: {2 ** (8 * size - 1) - 1: "infinity", -(2 ** (8 * size - 1)): "-infinity"}
    for size in (4, 8)
}
_MOST_PARAMETERS = 32767


def _integer(data: bytes) -> str:
    return str(int.from_bytes(data, "big", signed=True))


def _moment(data: bytes, zone: str = "") -> str:
    (number,) = struct.unpack("!q", data)
    if number in _INFINITE[8]:
        return _INFINITE[8][number]
    moment = _later(microseconds=number)
    return moment.replace(tzinfo=None).isoformat(" ") + zone


def _day(data: bytes) -> str:
    (number,) = struct.unpack("!i", data)
    return _INFINITE[4].get(number) or _later(days=number).date().isoformat()


def _later(**span: int) -> dt.datetime:
    """Return the moment after a time since the epoch; those of the years 1 to 9999 only."""
    try:
        return _EPOCH + dt.timedelta(**span)
    except OverflowError:
        raise RedshiftError("datetime field overflow", sqlstate="22008") from None


_FROM_BINARY: dict[int, Callable[[bytes], str]] = {
    16: lambda data: "true" if data == b"\1" else "false",
    20: _integer,
    21: _integer,
    23: _integer,
    700: lambda data: repr(struct.unpack("!f", data)[0]),
    701: lambda data: repr(struct.unpack("!d", data)[0]),
    1082: _day,
    1114: _moment,
    1184: lambda data: _moment(data, "+00"),
    **dict.fromkeys(intervals.TYPES, intervals.spelled),
    **dict.fromkeys(_TEXTS, decoded),
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement without parameters, and the rests of its Parse and Bind messages."""

    statement: Statement
    types: bytes
    binding: bytes


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a parameter as text, None for NULL, and the number of its type."""

    text: str | None
    type: int

    @property
    def sql(self) -> str:
        """The value in SQL, of its type."""
        if self.text is None:
            return "NULL"
        if self.type in _NUMBERS and _NUMBER.fullmatch(self.text):
            return f"({self.text})"
        written = literal(self.text).replace("\\", "\\\\")
        return f"{written}::{_CASTS[self.type]}" if self.type in _CASTS else written


def hides_parameters(statement: Statement) -> bool:
    """Return whether a statement is a CALL or SHOW, whose parameters PostgreSQL does not see."""
    return statement.tokens[0].is_word("call", "show")


def described(bind: Bound) -> Bound:
    """Give the parameters of a CALL or SHOW types: those of its Parse message, or TEXT."""
    places = [_place(token) for token in bind.statement.parameters]
    given, _ = _numbers(bind.types, 0, "i")
    count = max(places, default=0)
    every = [*given, *([0] * count)][: max(count, len(given))]
    types = [_TEXT if kind in _UNKNOWN else kind for kind in every]
    return replace(bind, types=struct.pack(f"!h{len(types)}i", len(types), *types))


def bound(bind: Bound, *, case_sensitive: bool) -> Bound:
    """Replace the parameters of a CALL or SHOW by the values of its Bind message."""
    values, formats = _values(bind)
    statement = bind.statement
    shows = statement.tokens[0].is_word("show")
    splice = Splice(statement.text)
    for before, token in pairwise(statement.tokens):
        if token.kind is Kind.PARAMETER:
            place = _place(token)
            if not 1 <= place <= len(values):
                raise _missing(token)
            value = values[place - 1]
            written = _shown(before, value) if shows else value.sql
            splice.replace(token.start, token.end, written)
    text = splice.apply(statement.tokens[0].start, statement.tokens[-1].end).text
    case_sensitive = case_sensitive or shows  # names are those of the objects, in any case
    return Bound(split(text, case_sensitive=case_sensitive)[0], b"\0\0", b"\0\0\0\0" + formats)


def _shown(before: Token, value: Value) -> str:
    """Return a value of SHOW as what it stands for: a pattern, a type, a number or a name."""
    text = value.text or ""
    if before.is_word("like"):
        return value.sql
    if before.is_word("limit") and _NUMBER.fullmatch(text):
        return text
    if before.is_operator("(", ","):
        if not _TYPE_NAME.fullmatch(text):
            raise RedshiftError(f'type "{text}" does not exist', sqlstate="42704")
        return text
    return quoted(text)


def _place(token: Token) -> int:
    """Return the number of a parameter, which a Bind message can have."""
    digits = token.value[1:].lstrip("0")
    if len(digits) > len(str(_MOST_PARAMETERS)) or int(digits or "0") > _MOST_PARAMETERS:
        raise _missing(token)
    return int(digits or "0")


def _missing(token: Token) -> RedshiftError:
    return RedshiftError(f"there is no parameter {token.value[:20]}", sqlstate="42P02")


def _values(bind: Bound) -> tuple[list[Value], bytes]:
    """Return the values, and the formats of the result's columns."""
    data = bind.binding
    given, place = _numbers(data, 0, "h")
    count = int.from_bytes(data[place : place + 2], "big")
    place += 2
    types = [*_numbers(bind.types, 0, "i")[0], *([0] * count)]
    formats = given * count if len(given) == 1 else [*given, *([0] * count)]
    values: list[Value] = []
    for number in range(count):
        size = int.from_bytes(data[place : place + 4], "big", signed=True)
        place += 4
        value = None if size < 0 else data[place : place + size]
        place += max(size, 0)
        values.append(_read(value, types[number], binary=formats[number] == 1))
    return values, data[place:]


def _numbers(data: bytes, place: int, kind: str) -> tuple[list[int], int]:
    """Read a count of two bytes and as many numbers; return them and the place behind them."""
    count = int.from_bytes(data[place : place + 2], "big")
    form = f"!{count}{kind}"
    end = place + 2 + struct.calcsize(form)
    return list(struct.unpack(form, data[place + 2 : end])), end


def _read(value: bytes | None, number: int, *, binary: bool) -> Value:
    if value is None:
        return Value(None, number)
    if not binary:
        return Value(decoded(value), number)
    if number in _FROM_BINARY:
        return Value(_FROM_BINARY[number](value), number)
    message = (
        f"CALL or SHOW with a binary parameter of type {number}: not supported by the emulator"
    )
    raise NotSupportedError(message)

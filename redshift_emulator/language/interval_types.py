"""The qualifiers of the types INTERVAL YEAR TO MONTH and INTERVAL DAY TO SECOND.

https://docs.aws.amazon.com/redshift/latest/dg/r_interval_data_types.html
"""

import re

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.types import RedshiftType

YEAR_TO_MONTH, DAY_TO_SECOND = "interval year to month", "interval day to second"
INTERVALS = {YEAR_TO_MONTH: "intervaly2m", DAY_TO_SECOND: "intervald2s"}
"""The types, and their names in the catalog."""
# The bits of PostgreSQL's modifiers.
_BITS = {"year": 4, "month": 2, "day": 8, "hour": 1024, "minute": 2048, "second": 4096}
_FIELDS = tuple(_BITS)
_PRECISION = re.compile(r"\((\d+)\)")
MOST_DIGITS = 6
_UNLIMITED = 0xFFFF


def accept_qualifier(parser: Parser) -> RedshiftType | None:
    """Take ``HOUR TO SECOND(3)``; return the type, or None if there is no qualifier."""
    first = parser.accept_any(*_FIELDS)
    if first is None:
        return None
    last = parser.accept_any(*_later(first)) if parser.accept("to") else first
    if last is None:
        raise parser.fail()
    words = first if last == first else f"{first} to {last}"
    digits = _digits(parser) if last == "second" else ""
    name = YEAR_TO_MONTH if first in _FIELDS[:2] else DAY_TO_SECOND
    return RedshiftType(name, qualifier=words + digits)


def _later(first: str) -> tuple[str, ...]:
    """Return the fields that may follow TO: YEAR TO HOUR would mix both types."""
    start = _FIELDS.index(first) + 1
    return _FIELDS[start : 2 if start < 2 else None] if start != 2 else ()


def _digits(parser: Parser) -> str:
    if not parser.accept_operator("("):
        return ""
    digits = parser.take_integer()
    parser.expect_operator(")")
    if digits > MOST_DIGITS:
        message = f"interval precision {digits} must be between 0 and {MOST_DIGITS}"
        raise RedshiftError(message, sqlstate="22023")
    return f"({digits})"


def whole(name: str) -> RedshiftType:
    """Return a type with all of its fields."""
    return RedshiftType(name, qualifier=name.removeprefix("interval "))


def interval_in_backend(found: RedshiftType) -> str:
    """Return the type with its modifier: ``pg_catalog.intervald2s(7168,3)``."""
    words = _PRECISION.sub("", found.qualifier)
    first, _, last = words.partition(" to ")
    fields = _FIELDS[_FIELDS.index(first) : _FIELDS.index(last or first) + 1]
    modifiers = [str(sum(_BITS[field] for field in fields)), *_PRECISION.findall(found.qualifier)]
    return f"pg_catalog.{INTERVALS[found.name]}({','.join(modifiers)})"


def interval_of(name: str, modifier: int) -> RedshiftType | None:
    """Return the type by its name in the catalog and PostgreSQL's modifier, None for another."""
    full = next((each for each, short in INTERVALS.items() if short == name), None)
    if full is None:
        return None
    if modifier < 0:
        return whole(full)
    bits, digits = modifier >> 16, modifier & _UNLIMITED
    fields = [field for field in _FIELDS if _BITS[field] & bits]
    words = " to ".join(dict.fromkeys((fields[0], fields[-1])))
    return RedshiftType(full, qualifier=words + (f"({digits})" if digits <= MOST_DIGITS else ""))

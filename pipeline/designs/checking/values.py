"""Literals of checks against the types of their columns: what can be compared with what."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pipeline.designs.model.checks import Value
from pipeline.designs.model.types import MOMENTS, NUMBERS, TEXTS, SqlType
from pipeline.documents.schema import show

LITERALS = NUMBERS | TEXTS | MOMENTS | {"boolean", "time"}
"""Types whose values a design can name."""

NOT_UNIQUE = frozenset({"super", "geometry", "geography", "hllsketch"})
"""Types by which rows cannot be grouped."""

MAX_DIGITS = 15
"""Digits of a number with a fraction that YAML certainly keeps."""
MAX_WHOLE_DIGITS = 38
"""https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_types201.html"""

_SIZES = {
    "real": (Decimal("1.18e-38"), Decimal("3.4e38")),
    "double precision": (Decimal("2.23e-308"), Decimal("1.79e308")),
}
"""The smallest and the largest number of each type; 0 is beside them."""

_DATE = r"\d{4}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(:\d\d([.]\d{1,6})?)?"
_FORMS = {
    "date": _DATE,
    "timestamp": rf"{_DATE}([ T]{_TIME})?",
    "timestamptz": rf"{_DATE}[ T]{_TIME}(Z|[+-]\d\d(:?\d\d)?)",
    "time": _TIME,
}
_EXPECTED = {
    "boolean": "true or false",
    "date": "a date such as '2026-11-28'",
    "timestamp": "a time such as '2026-11-28 14:00:00'",
    "timestamptz": "a time with its zone such as '2026-11-28 14:00:00+00'",
    "time": "a time of day such as '14:00'",
}


def family(sql_type: SqlType) -> str:
    """Return what types that can be compared with each other have in common."""
    for name, types in (("number", NUMBERS), ("text", TEXTS), ("time", MOMENTS)):
        if sql_type.base in types:
            return name
    return sql_type.base


def comparable(found: Value, sql_type: SqlType) -> Any:
    """Return a value that has an order among those of its type; ValueError says what to write."""
    base = sql_type.base
    if base in NUMBERS:
        return _number(found, sql_type)
    if base in TEXTS:
        if not isinstance(found, str):
            raise ValueError(
                f"found {_show(found)}, expected a text for {sql_type}: put it in quotes"
            )
        return found.encode()
    if base == "boolean" and isinstance(found, bool):
        return found
    if base in _FORMS and isinstance(found, str) and re.fullmatch(_FORMS[base], found):
        try:
            return _READ.get(base, dt.datetime.fromisoformat)(found)
        except ValueError:
            pass  # such as the 30th of February
    raise ValueError(f"found {_show(found)}, expected {_EXPECTED[base]}")


_READ: Mapping[str, Any] = {"date": dt.date.fromisoformat, "time": dt.time.fromisoformat}


def _number(found: Value, sql_type: SqlType) -> Value:
    match found:
        case Decimal():
            digits = len(found.normalize().as_tuple().digits)
            if found.is_finite() and digits <= MAX_DIGITS:
                least, most = _SIZES.get(sql_type.base, (0, abs(found)))
                if found == 0 or least <= abs(found) <= most:
                    return found
                raise ValueError(f"found {found}, which {sql_type} cannot hold")
            raise ValueError(f"found {found}, expected at most {MAX_DIGITS} digits; use a query")
        case int() if not isinstance(found, bool):
            if abs(found) < 10**MAX_WHOLE_DIGITS:
                return found
            raise ValueError(f"expected at most {MAX_WHOLE_DIGITS} digits")
    raise ValueError(f"found {_show(found)}, expected a number for {sql_type}")


def _show(found: Value) -> str:
    return str(found) if isinstance(found, Decimal) else show(found)

"""DATEFORMAT and TIMEFORMAT strings, and the formats that 'auto' recognizes.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_DATEFORMAT_and_TIMEFORMAT_strings.html,
https://docs.aws.amazon.com/redshift/latest/dg/automatic-recognition.html
Two documented formats of 'auto' are refused: years BC, and dates with dots (the documentation
calls them DD.MM.YYYY, but its example is 12.17.1997).
"""

import re
from functools import lru_cache

from redshift_emulator.language.errors import NotSupportedError, RedshiftError

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_NAME = "(?P<name>" + "|".join((*_FULL, "sept", *MONTHS)) + ")"
_SECONDS = r"(?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,6}))?"
_PARTS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "MM": r"(?P<month>\d{1,2})",
    "MON": _NAME,
    "DD": r"(?P<day>\d{1,2})",
    "HH24": r"(?P<hour>\d{1,2})",
    "HH12": r"(?P<half>\d{1,2})",
    "HH": r"(?P<hour>\d{1,2})",
    "MI": r"(?P<minute>\d{1,2})",
    "SS": _SECONDS,
    "AM": "(?P<half_day>am|pm)",
    "PM": "(?P<half_day>am|pm)",
}
_WORD = re.compile("|".join(_PARTS), re.IGNORECASE)
_OFFSET = r"(?P<zone>[+-]\d{1,2}(?::?\d{2})?|z|[a-z]{3,4})"
_ZONE = rf"(?: ?{_OFFSET})?"
_CLOCK = rf"(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})(?::{_SECONDS})?"
_HALVES = rf"(?P<half>\d{{1,2}}):(?P<minute>\d{{2}})(?::{_SECONDS})? ?(?P<half_day>am|pm)"
_COMPACT = r"(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})"
_TIME = rf"(?:[t ]{_CLOCK}{_ZONE})?"
_YEAR, _MONTH, _DAY = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"

DATE = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", re.ASCII)
TIMESTAMP = re.compile(
    rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})-(?P<day>\d{{2}}) "
    rf"(?P<hour>\d{{2}}):(?P<minute>\d{{2}}):{_SECONDS}{_ZONE}",
    re.ASCII | re.IGNORECASE,
)
TIME = re.compile(
    rf"(?P<hour>\d{{2}}):(?P<minute>\d{{2}}):{_SECONDS}{_ZONE}", re.ASCII | re.IGNORECASE
)
AUTO = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}-{_MONTH}-{_DAY}{_TIME}",
        rf"{_YEAR}/{_MONTH}/{_DAY}{_TIME}",
        rf"{_MONTH}/{_DAY}/{_YEAR}{_TIME}",
        rf"{_MONTH}/{_DAY}/(?P<short>\d{{2}}){_TIME}",
        rf"{_YEAR}-{_MONTH}-{_DAY} {_HALVES}",
        rf"{_YEAR}-{_NAME}-{_DAY}{_TIME}",
        rf"{_DAY}\.{_NAME}\.{_YEAR}{_TIME}",
        rf"{_YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})(?: {_COMPACT})?",
        rf"(?P<short>\d{{2}})(?P<month>\d{{2}})(?P<day>\d{{2}})(?: {_COMPACT})?",
        rf"{_YEAR}\.(?P<of_year>\d{{3}})(?: {_CLOCK})?",
        rf"j(?P<julian>\d{{1,7}})(?: {_CLOCK})?",
        rf"{_NAME}[- ]{_DAY}(?:, ?|[- ]){_YEAR}{_TIME}",
        rf"{_DAY}[- ]{_NAME}[- ]{_YEAR}{_TIME}",
        rf"{_DAY} {_NAME} {_CLOCK} {_YEAR}{_ZONE}",
    )
)


@lru_cache(maxsize=256)
def compiled(text: str, keyword: str) -> re.Pattern[str]:
    """Compile a format string, such as ``YYYY-MM-DD``; it cannot contain a time zone."""
    pattern, position = "", 0
    used: set[str] = set()
    while position < len(text):
        match = _WORD.match(text, position)
        if match is None and text[position].isalnum():
            raise _unknown_format(text, keyword)
        if match is None:
            pattern += re.escape(text[position])
            position += 1
            continue
        part = _PARTS[match.group().upper()]
        group = part.partition(">")[0]
        if group in used:
            raise _unknown_format(text, keyword)
        used.add(group)
        pattern += part
        position = match.end()
    return re.compile(pattern, re.ASCII | re.IGNORECASE)


def _unknown_format(text: str, keyword: str) -> RedshiftError:
    if text.lower() in {"auto", "epochsecs", "epochmillisecs"}:
        return RedshiftError(
            f"Invalid {keyword} '{text}'", sqlstate="22023", hint=f"Write '{text.lower()}'."
        )
    return NotSupportedError(f"{keyword} '{text}' holds a part that is not documented for COPY")

"""Conversion of dates and times into ISO text, which PostgreSQL reads unambiguously.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html
Refused, because not documented: infinity, words such as "now", years outside of 1-9999, more than
six fractional digits. The time zone in the input of TIMESTAMP and the time in that of DATE are
ignored.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable

from redshift_emulator.copy.conversion import faults, formats
from redshift_emulator.copy.conversion.faults import FieldFaultError
from redshift_emulator.copy.conversion.numeric import Converter

_JULIAN_OF_ORDINAL = 1721425
_ZONES = {
    **dict.fromkeys(("z", "utc", "gmt"), 0),
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
}
"""The hours by which time zones are ahead of UTC."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_UNITS = {"epochsecs": 1_000_000, "epochmillisecs": 1_000}
_NUMBER = re.compile(r"-?\d{1,17}", re.ASCII)
_TIME_AFTER_DATE = re.compile(r"[T ]\d{1,2}:\d{2}.*", re.DOTALL)

Moment = tuple[dt.datetime, str]
"""A date and time, and its time zone for PostgreSQL, or ''."""


def date(date_format: str | None) -> Converter:
    """Return the converter to DATE."""
    if date_format == "auto":
        read = _reader(formats.AUTO, keep_time=False)
    elif date_format is None:
        read = _default_date
    else:
        read = _reader((formats.compiled(date_format, "DATEFORMAT"),), keep_time=False)

    def convert(field: bytes) -> bytes:
        moment = read(_text(field))
        if moment is None:
            shown = "auto" if date_format == "auto" else (date_format or "YYYY-MM-DD")
            raise FieldFaultError(faults.BAD_DATE, f"Invalid date format or value [{shown}]")
        return moment[0].date().isoformat().encode()

    return convert


def timestamp(time_format: str | None, *, with_zone: bool) -> Converter:
    """Return the converter to TIMESTAMP or TIMESTAMPTZ."""
    read = _timestamp_reader(time_format)

    def convert(field: bytes) -> bytes:
        moment = read(_text(field))
        if moment is None:
            shown = time_format or "YYYY-MM-DD HH24:MI:SS"
            raise FieldFaultError(
                faults.BAD_TIMESTAMP, f"Invalid timestamp format or value [{shown}]"
            )
        value, zone = moment
        return (value.isoformat(" ") + (zone if with_zone else "")).encode()

    return convert


def time(*, with_zone: bool) -> Converter:
    """Return the converter to TIME or TIMETZ, which is stored in UTC; 24:00:00 is valid."""

    def convert(field: bytes) -> bytes:
        text = _text(field)
        match = formats.TIME.fullmatch(text)
        if match is None or not (_valid_time(match) and _known_zone(match["zone"])):
            raise FieldFaultError(
                faults.BAD_TIMESTAMP, "Invalid time format or value [HH24:MI:SS]"
            )
        clock = text[: match.end("fraction") if match["fraction"] else match.end("second")]
        if with_zone and match["zone"]:
            return _in_utc(match).encode()
        return clock.encode()

    return convert


def _in_utc(match: re.Match[str]) -> str:
    """Return a time of day with a zone in UTC."""
    zone = match["zone"].lower()
    minutes = _ZONES[zone] * 60 if zone in _ZONES else _minutes(zone)
    moment = (int(match["hour"]) * 60 + int(match["minute"]) - minutes) % (24 * 60)
    fraction = f".{match['fraction']}" if match["fraction"] else ""
    return f"{moment // 60:02}:{moment % 60:02}:{match['second']:0>2}{fraction}+00"


def _minutes(zone: str) -> int:
    hours, minutes = map(int, _offset(zone))
    return (hours * 60 + minutes) * (-1 if zone.startswith("-") else 1)


def _valid_time(match: re.Match[str]) -> bool:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"])
    if hour == 24:
        return minute == second == int(match["fraction"] or 0) == 0
    return hour < 24 and minute < 60 and second < 60


def _timestamp_reader(time_format: str | None) -> Callable[[str], Moment | None]:
    if time_format in _EPOCH_UNITS:
        return _epoch_reader(_EPOCH_UNITS[time_format])
    if time_format == "auto":
        return _reader(formats.AUTO, keep_time=True)
    if time_format is None:
        return _reader((formats.TIMESTAMP,), keep_time=True)
    return _reader((formats.compiled(time_format, "TIMEFORMAT"),), keep_time=True)


def _epoch_reader(microseconds: int) -> Callable[[str], Moment | None]:
    def read(text: str) -> Moment | None:
        if not _NUMBER.fullmatch(text):
            return None
        try:
            moment = _EPOCH + dt.timedelta(microseconds=int(text) * microseconds)
        except OverflowError:
            return None
        return moment.replace(tzinfo=None), "+00"

    return read


def _text(field: bytes) -> str:
    return field.decode("ascii", "replace")


def _default_date(text: str) -> Moment | None:
    """Read YYYY-MM-DD; a time after it is ignored."""
    if len(text) > 10 and not _TIME_AFTER_DATE.fullmatch(text[10:]):
        return None
    match = formats.DATE.fullmatch(text[:10])
    return None if match is None else _moment(match, keep_time=False)


def _reader(
    patterns: Iterable[re.Pattern[str]], *, keep_time: bool
) -> Callable[[str], Moment | None]:
    def read(text: str) -> Moment | None:
        for pattern in patterns:
            match = pattern.fullmatch(text)
            if match is not None:
                return _moment(match, keep_time=keep_time)
        return None

    return read


def _moment(match: re.Match[str], *, keep_time: bool) -> Moment | None:
    parts = match.groupdict()
    zone = parts.get("zone")
    if not _known_zone(zone):
        return None
    try:
        day = _day(parts)
        clock = _clock(parts) if keep_time else dt.time()
    except ValueError:
        return None
    return dt.datetime.combine(day, clock), _zone(zone)


def _known_zone(zone: str | None) -> bool:
    if not zone or zone.lower() in _ZONES:
        return True
    hours, minutes = _offset(zone)
    return hours.isdecimal() and int(hours) < 16 and int(minutes) < 60


def _zone(zone: str | None) -> str:
    """Return the zone for PostgreSQL: ``+02:00`` for ``+2``, ``+00`` for ``Z``."""
    if not zone:
        return ""
    if zone.lower() in _ZONES:
        return "+00" if zone in "zZ" else " " + zone
    hours, minutes = _offset(zone)
    return f"{zone[0]}{hours:0>2}:{minutes}"


def _offset(zone: str) -> tuple[str, str]:
    digits = zone[1:].replace(":", "")
    return (digits, "00") if len(digits) <= 2 else (digits[:-2], digits[-2:])


def _day(parts: dict[str, str | None]) -> dt.date:
    julian, of_year = parts.get("julian"), parts.get("of_year")
    if julian:
        return dt.date.fromordinal(int(julian) - _JULIAN_OF_ORDINAL)
    year = _year(parts)
    if of_year:
        day = dt.date(year, 1, 1) + dt.timedelta(days=int(of_year) - 1)
        if day.year != year:
            raise ValueError(of_year)
        return day
    name = parts.get("name")
    month = formats.MONTHS.index(name[:3].lower()) + 1 if name else int(parts.get("month") or 0)
    return dt.date(year, month, int(parts.get("day") or 0))


def _year(parts: dict[str, str | None]) -> int:
    short = parts.get("short")
    if short is None:
        return int(parts.get("year") or 0)
    return int(short) + (2000 if int(short) < 70 else 1900)


def _clock(parts: dict[str, str | None]) -> dt.time:
    hour = int(parts.get("hour") or 0)
    half = parts.get("half")
    if half:
        hour = int(half) % 12
        if not 1 <= int(half) <= 12:
            raise ValueError(half)
    if (parts.get("half_day") or "").lower() == "pm" and half:
        hour += 12
    fraction = (parts.get("fraction") or "").ljust(6, "0")
    return dt.time(
        hour, int(parts.get("minute") or 0), int(parts.get("second") or 0), int(fraction)
    )

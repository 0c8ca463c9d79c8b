"""Times and durations as system tables show them."""

import datetime as dt


def now() -> dt.datetime:
    """Return the time in UTC, without a zone."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def microseconds(started: dt.datetime, ended: dt.datetime) -> int:
    """Return a duration."""
    return (ended - started) // dt.timedelta(microseconds=1)

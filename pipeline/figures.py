"""Sizes, counts, shares and durations in messages, logs, tables and files."""

import datetime as dt

UNITS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
"""Units of durations, in seconds."""

UNIT = dt.timedelta(seconds=1)


def size(amount: float) -> str:
    """Format a number of bytes in decimal units: ``48.1 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def count(number: int, noun: str) -> str:
    """Format a number with its noun, plural in -s: ``1 part``, ``1,200 rows``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def read_duration(text: str) -> dt.timedelta:
    """Read a duration: ``15 minutes``, ``1 week``."""
    number, unit = text.split()
    return dt.timedelta(seconds=int(number) * UNITS[unit.removesuffix("s")])


def write_duration(duration: dt.timedelta) -> str:
    """Return a duration of whole seconds as a file writes it: ``90 minutes``, ``1 week``."""
    seconds = duration // UNIT
    unit, size = next(each for each in UNITS.items() if seconds % each[1] == 0)
    number = seconds // size
    return f"{number} {unit}{'' if number == 1 else 's'}"


def read_share(text: str) -> float:
    """Read a percentage as a fraction: ``5%`` is 0.05."""
    return float(text.rstrip("% ")) / 100


def write_share(share: float) -> str:
    """Return a fraction as a percentage: ``5%``."""
    return f"{100 * share:g}%"

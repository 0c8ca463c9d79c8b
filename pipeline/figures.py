"""Sizes and counts in messages, logs and tables."""


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

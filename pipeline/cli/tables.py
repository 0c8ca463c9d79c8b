"""Tables on stdout, and the format of their times and numbers."""

import datetime as dt
from collections.abc import Iterable, Sequence

import click

from pipeline.screen import stdout, tabulate


def show(
    headings: Sequence[str], lines: Iterable[Sequence[str]], *, spare: Sequence[str] = ()
) -> None:
    """Print a table; a narrow terminal omits ``spare`` columns, in their order."""
    click.echo(tabulate(headings, lines, stdout(), spare), nl=False)


def age(passed: dt.timedelta) -> str:
    """Format a time span in its largest unit: ``3 h``."""
    seconds = int(passed.total_seconds())
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def moment(value: dt.datetime | None) -> str:
    """Format a time to the second: ``2026-11-21 03:04:05``; None as an empty text."""
    return "" if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


def number(value: int | None) -> str:
    """Format a number with thousands separators: ``1,200``; None as an empty text."""
    return "" if value is None else f"{value:,}"

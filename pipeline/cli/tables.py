"""What the commands' tables have in common."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import click

from pipeline.screen import stdout, tabulate


def show(
    headings: Sequence[str], lines: Iterable[Sequence[str]], *, spare: Sequence[str] = ()
) -> None:
    """Print a table; a narrow terminal does without ``spare`` columns, the first first."""
    click.echo(tabulate(headings, lines, stdout(), spare), nl=False)


def age(passed: dt.timedelta) -> str:
    """Render a time span by its largest unit: ``3 h``."""
    seconds = int(passed.total_seconds())
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def moment(value: dt.datetime | None) -> str:
    """Render a moment in UTC to the second."""
    return "" if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


def number(value: int | None) -> str:
    """Render a number with thousands set apart."""
    return "" if value is None else f"{value:,}"

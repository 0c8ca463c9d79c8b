"""Tables on stdout: as wide as they need where no terminal bounds them, so that nothing is cut."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

RIGHT = frozenset({"rows", "bytes", "seconds", "age", "objects", "days"})
"""Columns of figures."""


def show(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Print a table; on a terminal long cells are folded, elsewhere every row is one line."""
    table = Table(box=SIMPLE, pad_edge=False)
    for name in headings:
        table.add_column(name, justify="right" if name in RIGHT else "left", overflow="fold")
    for line in lines:
        table.add_row(*line)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        needed = Measurement.get(console, console.options.update(max_width=10_000), table).maximum
        console = Console(highlight=False, markup=False, width=needed)
    console.print(table)


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

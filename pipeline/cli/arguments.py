"""Arguments and options that several commands share."""

from __future__ import annotations

import datetime as dt

import click

PATTERNS = click.argument("patterns", nargs=-1, metavar="[PATTERN]...")


class Date(click.ParamType[dt.date]):
    """A date, typed as YYYY-MM-DD."""

    name = "date"

    def convert(
        self, value: str | dt.date, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        """Parse the date; a usage error says what is expected."""
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2026-11-21", param, ctx)

"""Arguments and options that several commands share."""

from __future__ import annotations

import datetime

import click

PATTERNS = click.argument("patterns", nargs=-1, metavar="[PATTERN]...")


class Date(click.ParamType[datetime.date]):
    """A date, typed as YYYY-MM-DD."""

    name = "date"

    def convert(
        self, value: str | datetime.date, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.date:
        """Parse the date; a usage error says what is expected."""
        if isinstance(value, datetime.date):
            return value
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2026-11-21", param, ctx)

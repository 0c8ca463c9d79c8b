"""Parameters of tasks: a value given in Python is checked and converted as one that is typed."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

import luigi

from pipeline.designs.selection import as_text, parse_patterns
from pipeline.errors import UsageError
from pipeline.names import RunDate, TableName
from pipeline.procedures.content import AHEAD
from pipeline.tasks.run.command import command_line as usage


def today() -> RunDate:
    """Return the day in UTC, which identifies a run unless another date is given."""
    return RunDate(dt.datetime.now(dt.UTC).date())


class TableParameter(luigi.Parameter):
    """The name of a relation, typed as ``www.orders``; a text or a TableName in Python."""

    def parse(self, x: str) -> TableName:
        """Parse ``schema.table``."""
        with usage.exit_on_usage_error():
            return self.normalize(x)

    def normalize(self, x: Any) -> TableName:
        """Return the name; UsageError for a value that is none."""
        if isinstance(x, TableName):
            return x
        if isinstance(x, str):
            return TableName.parse(x.lower())
        raise UsageError(f"table={x!r}: write the name of a relation, as in 'www.orders'")

    def serialize(self, x: TableName) -> str:
        """Render for the command line, the scheduler and the task's id."""
        return str(x)

    def _warn_on_wrong_param_type(self, param_name: str, param_value: Any) -> None:
        """Accept parsed names."""


TODAY = RunDate(dt.date.min)
"""Stands for the day on which a task is made, also in a program that runs for days."""


def _checked(date: RunDate) -> RunDate:
    """Return a date; UsageError if it is mistyped: its dump would be of another day."""
    last = today().day + AHEAD
    if not TODAY.day < date.day <= last:
        raise UsageError(f"no run has the date {date}: write a day up to {last}, tomorrow in UTC")
    return date


class RunDateParameter(luigi.Parameter[RunDate]):
    """A date, typed as ``2026-11-21``, or an hour of it; a text, date or time in Python."""

    def parse(self, x: str) -> RunDate:
        """Parse a day or an hour."""
        with usage.exit_on_usage_error():
            return self.normalize(x)

    def normalize(self, x: Any) -> RunDate:
        """Return the date of a value, today for None; UsageError for a value that is none."""
        if x in (None, TODAY):
            return today()
        if isinstance(x, RunDate):
            return _checked(x)
        return _checked(RunDate.of(x) if isinstance(x, dt.date) else RunDate.parse(str(x)))

    def serialize(self, x: RunDate) -> str:
        """Render for the command line, the scheduler and the task's id."""
        return str(x)


class LimitParameter(luigi.OptionalIntParameter):
    """A number of rows, typed as ``100``; None takes all."""

    def parse(self, x: str) -> int | None:
        """Parse a whole number, at least 1."""
        with usage.exit_on_usage_error():
            return self.normalize(x)

    def normalize(self, x: Any) -> int | None:
        """Return the number; UsageError unless it is a whole number, at least 1."""
        if x is None or x == "":
            return None
        text = str(x)
        if not (text.isascii() and text.isdecimal() and int(text[:18])) or len(text) > 18:
            raise UsageError(f"--limit {text[:40]}: write a whole number of 1 or more")
        return int(text)


def _quoted(pattern: str) -> str:
    """Quote one pattern with a space or comma, so that it stays one: ``"www.gift cards"``."""
    if not re.search(r"[\s,]", pattern) or '"' in pattern:
        return as_text(parse_patterns([pattern]))
    signs = re.match(r"[!+]*", pattern)
    start = signs.end() if signs else 0
    end = len(pattern) - pattern.endswith("+")
    return f'{pattern[:start]}"{pattern[start:end]}"{pattern[end:]}'


class PatternsParameter(luigi.Parameter):
    """Patterns that select relations, typed as one text; a text or a list of them in Python."""

    def normalize(self, x: Any) -> str:
        """Return one text; UsageError for an empty pattern in a list."""
        if isinstance(x, str):
            return x
        if isinstance(x, Iterable):
            texts = [str(each) for each in x]
            if not texts:
                raise UsageError("tables=[]: the list is empty; '' selects all relations")
            return " ".join(map(_quoted, texts))
        raise UsageError(f"tables={x!r}: write patterns, as in 'www.orders*' or a list of them")

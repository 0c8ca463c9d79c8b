"""A rendered statement: its text, its parameters, and quoted names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import DesignError
from pipeline.names import MAX_IDENTIFIER_BYTES, TableName


@dataclass(frozen=True, slots=True)
class Origin:
    """The file that a part of a statement comes from, to report the server's errors there."""

    file: str
    text: str
    line: int
    """The line on which the part begins in the file, counted from 1."""
    indent: int
    """The number of characters before it on that line."""
    start: int
    """The position at which it begins in the statement, counted from 0."""

    def place(self, position: int) -> tuple[int, int, str] | None:
        """Return line, column and the line's text of a position, all counted from 1.

        None if that character of the statement is not part of the file.
        """
        offset = position - 1 - self.start
        if not 0 <= offset <= len(self.text):
            return None
        before = self.text[:offset].split("\n")
        line = self.text.split("\n")[len(before) - 1]
        column = len(before[-1]) + 1 + (self.indent if len(before) == 1 else 0)
        return self.line + len(before) - 1, column, line.strip()


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL for a cursor's ``execute``: values only as named parameters (``%(name)s``), never shown.

    Literal percent signs in ``text`` are doubled (see ``doubled``) when ``parameters`` is not
    empty, since only then does the driver interpolate: pass ``parameters or None``, for psycopg2
    interpolates an empty mapping too.
    """

    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    origin: Origin | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return self.text


def identifier(name: str) -> str:
    """Quote a name; DesignError for what no identifier may hold."""
    if not name or "\x00" in name or "\n" in name or "\r" in name:
        raise DesignError(
            f"{name!r} cannot be a name in the warehouse: it is empty or holds a line break or NUL"
        )
    if len(name.encode("utf-8")) > MAX_IDENTIFIER_BYTES:
        raise DesignError(
            f"{name!r} is longer than {MAX_IDENTIFIER_BYTES} bytes, where Redshift cuts silently"
        )
    return '"' + name.replace('"', '""') + '"'


def table(name: TableName) -> str:
    """Quote ``schema.table``."""
    return f"{identifier(name.schema)}.{identifier(name.table)}"


def columns(names: tuple[str, ...]) -> str:
    """Quote a list of columns, separated by commas."""
    return ", ".join(identifier(name) for name in names)


def doubled(text: str) -> str:
    """Double the percent signs of names that stand in a statement with parameters."""
    return text.replace("%", "%%")


def utc(value: Any) -> Any:
    """Convert a timestamp with a time zone to UTC without one, as timestamp columns store it."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC).replace(tzinfo=None)
    return value


def listing(items: Iterable[str]) -> str:
    """Join items by commas, one per line, indented."""
    return ",\n".join(f"    {item}" for item in items)

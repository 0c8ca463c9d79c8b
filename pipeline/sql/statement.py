"""A rendered statement: its template, the values to bind, and the quoting of names."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import DesignError
from pipeline.names import MAX_IDENTIFIER_BYTES, TableName

_PERCENT = re.compile(r"%%|%\((\w+)\)s|%")


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
    """SQL for a cursor's ``execute``; values are bound to named parameters and never shown.

    In a ``template``, ``%(name)s`` is a parameter and ``%%`` for a percent sign:
    ``SELECT "100%%" WHERE id = %(id)s``. ``identifier`` doubles those of names, ``doubled`` those
    of other texts; ValueError if neither was called.
    """

    template: str
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    origin: Origin | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        for found in _PERCENT.finditer(self.template):
            if found[0] != "%%" and found[1] not in self.parameters:
                raise ValueError(f"{found[0]!r} of a statement is neither doubled nor bound")

    @property
    def text(self) -> str:
        """The statement as the server reads it, with the names of parameters for their values."""
        return single(self.template)

    def __str__(self) -> str:
        return self.text


def together(*statements: Statement) -> Statement:
    """Join statements to one message, whose answer is that of the last one.

    A parameter whose name already stands for another value gets a number: ``%(task_2)s``.
    """
    if len(statements) == 1:
        return statements[0]
    values: dict[str, Any] = {}
    templates = [_with_values(statement, values) for statement in statements]
    return Statement(";\n".join(templates), values)


def _with_values(statement: Statement, values: dict[str, Any]) -> str:
    """Add a statement's parameters to ``values``; return its template with their names there."""
    names = {}
    for name, value in statement.parameters.items():
        number, free = 1, name
        while free in values and values[free] != value:
            number += 1
            free = f"{name}_{number}"
        values[free] = value
        names[name] = free

    def renamed(found: re.Match[str]) -> str:
        return f"%({names[found[1]]})s" if found[1] else found[0]

    return _PERCENT.sub(renamed, statement.template)


def identifier(name: str) -> str:
    """Quote a name for a template, ``to%m`` as ``"to%%m"``; DesignError if it is invalid."""
    if not name or "\x00" in name or "\n" in name or "\r" in name:
        raise DesignError(
            f"{name!r} cannot be a name in the warehouse: it is empty or holds a line break or NUL"
        )
    if len(name.encode("utf-8")) > MAX_IDENTIFIER_BYTES:
        raise DesignError(
            f"{name!r} is longer than {MAX_IDENTIFIER_BYTES} bytes; Redshift truncates it silently"
        )
    return upstream_identifier(name)


def table(name: TableName) -> str:
    """Quote ``schema.table``."""
    return f"{identifier(name.schema)}.{identifier(name.table)}"


def upstream_identifier(name: str) -> str:
    """Quote an upstream name for a template; PostgreSQL allows every character in it."""
    return '"' + doubled(name.replace('"', '""')) + '"'


def upstream_table(name: TableName) -> str:
    """Quote ``schema.table`` of an upstream database."""
    return f"{upstream_identifier(name.schema)}.{upstream_identifier(name.table)}"


def columns(names: tuple[str, ...]) -> str:
    """Quote a list of columns, separated by commas."""
    return ", ".join(identifier(name) for name in names)


def doubled(text: str) -> str:
    """Double the percent signs of SQL that becomes part of a template."""
    return text.replace("%", "%%")


def single(template: str) -> str:
    """Reverse ``doubled``."""
    return template.replace("%%", "%")


def utc(value: Any) -> Any:
    """Convert a timestamp with a time zone to UTC without one, as timestamp columns store it."""
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC).replace(tzinfo=None)
    return value


def listing(items: Iterable[str]) -> str:
    """Join items by commas, one per line, indented."""
    return ",\n".join(f"    {item}" for item in items)

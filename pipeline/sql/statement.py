"""A rendered statement: its text, the values that go with it, and how names are quoted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import DesignError
from pipeline.names import MAX_IDENTIFIER_BYTES, TableName


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL for a cursor's ``execute``: values only as named parameters (``%(name)s``), never shown.

    Literal percent signs in ``text`` are doubled when ``parameters`` is not empty, since the driver interpolates only then.
    """

    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)

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
            f"{name!r} is longer than {MAX_IDENTIFIER_BYTES} bytes, where Redshift would cut it silently"
        )
    return '"' + name.replace('"', '""') + '"'


def table(name: TableName) -> str:
    """Quote ``schema.table``."""
    return f"{identifier(name.schema)}.{identifier(name.table)}"


def columns(names: tuple[str, ...]) -> str:
    """Quote a list of columns, separated by commas."""
    return ", ".join(identifier(name) for name in names)

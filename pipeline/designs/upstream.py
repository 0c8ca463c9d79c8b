"""What PostgreSQL's catalogue says about a table upstream, as values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pipeline.names import TableName

Category = Literal["base", "enum", "array", "composite", "range", "multirange"]


@dataclass(frozen=True, slots=True)
class UpstreamType:
    """A column's type; of a domain all but ``text`` are those of the type below it.

    ``text`` is format_type's, ``base`` is pg_type.typname, ``typmod`` is as in pg_attribute.
    ``schema`` is where the type was created. ``measured`` is the largest octet_length of a value
    as text, where somebody looked.
    """

    text: str
    base: str
    typmod: int = -1
    category: Category = "base"
    schema: str = "pg_catalog"
    measured: int | None = None

    @classmethod
    def parse(cls, text: str) -> UpstreamType:
        """Read what format_type writes for a built-in type; other names stay as they are."""
        if text.endswith("[]"):
            return cls(text, "_" + cls.parse(text[:-2]).base, category="array")
        match = _FORM.fullmatch(text)
        words = match["name"] + (match["zone"] or "") if match else text
        sizes = tuple(map(int, match["sizes"].split(","))) if match and match["sizes"] else ()
        base = _NAMES.get(words, words.strip('"'))
        category: Category = "range" if base.endswith("range") else "base"
        if base.endswith("multirange"):
            category = "multirange"
        return cls(text, base, _typmod(base, sizes), category)

    def __str__(self) -> str:
        return self.text


_FORM = re.compile(
    r'(?P<name>"?[a-z][a-z0-9_ ]*?"?)(?:\((?P<sizes>-?\d+(?:,-?\d+)*)\))?'
    r"(?P<zone> with(?:out)? time zone)?"
)
_NAMES = {
    "smallint": "int2",
    "integer": "int4",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "boolean": "bool",
    "character varying": "varchar",
    "character": "bpchar",
    '"char"': "char",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "bit varying": "varbit",
}


def _typmod(base: str, sizes: tuple[int, ...]) -> int:
    """Encode sizes as the server does, in its numeric.c and varchar.c."""
    if not sizes:
        return -1
    if base == "numeric":
        scale = sizes[1] if len(sizes) > 1 else 0
        return ((sizes[0] << 16) | (scale & 0x7FF)) + 4
    return sizes[0] + 4 if base in {"varchar", "bpchar"} else sizes[0]


@dataclass(frozen=True, slots=True)
class UpstreamColumn:
    """A column upstream; ``generated`` where the server computes it."""

    name: str
    type: UpstreamType
    not_null: bool = False
    comment: str | None = None
    generated: bool = False


@dataclass(frozen=True, slots=True)
class UpstreamKey:
    """A foreign key upstream, columns in the key's order."""

    columns: tuple[str, ...]
    table: TableName
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpstreamTable:
    """A table or whatever else has rows; ``kind`` is pg_class.relkind.

    ``rows`` is the server's estimate, None where it has none. Keys are in the order of the key.
    """

    name: TableName
    columns: tuple[UpstreamColumn, ...]
    kind: str = "r"
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[UpstreamKey, ...] = ()
    rows: int | None = None
    comment: str | None = None

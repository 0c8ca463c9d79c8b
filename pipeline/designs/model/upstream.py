"""Upstream tables as described by PostgreSQL's catalog."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from pipeline.names import TableName

SEE_ALL_ROWS = (
    "give its user all rows: ALTER ROLE ... BYPASSRLS; or, to load only those that the policies"
    " show, add options='-c row_security=on' to the connection string"
)
"""What to do if row-level security hides rows of a table."""

Category = Literal["base", "enum", "array", "composite", "range", "multirange"]


def quoted(name: str) -> str:
    """Quote a name for PostgreSQL."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Digits:
    """The most digits before and after the decimal point; ``infinite`` counts infinities.

    ``few`` if they come from too few values to predict those of others. Example: 1234.5 and 0.125
    have ``Digits(4, 3)``.
    """

    whole: int
    decimals: int
    infinite: int = 0
    few: bool = False


@dataclass(frozen=True, slots=True)
class UpstreamType:
    """A column's type; for a domain, all fields but ``text`` describe its base type.

    ``text`` is the output of format_type, ``base`` is pg_type.typname, ``typmod`` is
    pg_attribute.atttypmod, ``schema`` is the schema of the type. ``growth`` is the maximum of
    bytes in UTF-8 of one byte in the database's encoding. ``measured`` is the largest number of
    bytes in UTF-8 of a value as text (of the value itself if it is a bytea), ``digits`` what a
    numeric column holds; None if not measured.
    """

    text: str
    base: str
    typmod: int = -1
    category: Category = "base"
    schema: str = "pg_catalog"
    growth: int = 1
    measured: int | None = None
    digits: Digits | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse the output of format_type, ``numeric(12,4)``; unknown names are kept."""
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
    """Encode sizes as PostgreSQL does in numeric.c and varchar.c."""
    if not sizes:
        return -1
    if base == "numeric":
        scale = sizes[1] if len(sizes) > 1 else 0
        return ((sizes[0] << 16) | (scale & 0x7FF)) + 4
    return sizes[0] + 4 if base in {"varchar", "bpchar"} else sizes[0]


@dataclass(frozen=True, slots=True)
class UpstreamColumn:
    """An upstream column.

    ``not_null`` if no row that a SELECT from the table returns can have NULL; ``unproven`` is why
    a NOT NULL upstream does not guarantee that. ``labels`` are those of an enum,
    ``conditions`` those of its domain, in which VALUE is the column.
    """

    name: str
    type: UpstreamType
    not_null: bool = False
    comment: str | None = None
    unproven: str | None = None
    labels: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpstreamKey:
    """An upstream foreign key, with its columns in the key's order."""

    columns: tuple[str, ...]
    table: TableName
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpstreamTable:
    """An upstream table or other relation with rows; ``kind`` is pg_class.relkind.

    ``rows`` is the server's estimate, None if it has none. Columns of keys are in the key's order.
    ``unproven_keys`` hold for the table alone, not for the rows of tables that inherit from it,
    which a SELECT from it returns, too. ``undecodable`` are comments that are not valid text.
    ``hidden_rows`` if row-level security hides some from the user. ``conditions`` are those of
    CHECK constraints, which no row violates.
    """

    name: TableName
    columns: tuple[UpstreamColumn, ...]
    kind: str = "r"
    primary_key: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[UpstreamKey, ...] = ()
    rows: int | None = None
    comment: str | None = None
    unproven_keys: tuple[tuple[str, ...], ...] = ()
    undecodable: tuple[str, ...] = ()
    hidden_rows: bool = False
    conditions: tuple[str, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """Return what a design cannot state of the table, although upstream declares it."""
        found = [f"{name}: not_null omitted: {why}" for name, why in self._unproven]
        if self.unproven_keys:
            keys = ", ".join(f"({', '.join(key)})" for key in self.unproven_keys)
            found.append(
                f"keys {keys} omitted: they do not hold for the rows of tables that inherit from"
                f" {self.name}, which are dumped with it"
            )
        return (
            *found,
            *(
                f"{comment}: omitted until it is corrected upstream"
                for comment in self.undecodable
            ),
        )

    @property
    def _unproven(self) -> tuple[tuple[str, str], ...]:
        return tuple((each.name, each.unproven) for each in self.columns if each.unproven)


@dataclass(frozen=True, slots=True)
class Probe:
    """What to measure of a column: PostgreSQL expressions over the table, or None.

    ``width`` is the value whose bytes are counted, ``binary`` if it is a bytea; ``lost`` is NULL
    for each value that is lost; ``digits`` is the number whose digits are counted.
    """

    column: str
    width: str | None = None
    lost: str | None = None
    digits: str | None = None
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """The result of a scan: rows, and by column the widest value in bytes, losses and digits."""

    rows: int
    widths: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)
    digits: Mapping[str, Digits] = field(default_factory=dict)

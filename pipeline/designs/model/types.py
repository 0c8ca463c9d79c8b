"""Redshift's column types, their limits and their encodings.

https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from pipeline.names import did_you_mean

MAX_VARCHAR = 65535
MAX_CHAR = 4096
MAX_PRECISION = 38
MAX_SCALE = 37
MAX_VARBYTE = 1_024_000


@dataclass(frozen=True, slots=True)
class SqlType:
    """A column type by Redshift's name; ``varchar(64)`` is ``SqlType("varchar", (64,))``."""

    base: str
    sizes: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.base}({','.join(map(str, self.sizes))})" if self.sizes else self.base


_SYNONYMS = {
    "int2": "smallint",
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "decimal": "numeric",
    "float4": "real",
    "float8": "double precision",
    "float": "double precision",
    "bool": "boolean",
    "character": "char",
    "nchar": "char",
    "character varying": "varchar",
    "nvarchar": "varchar",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "varbinary": "varbyte",
    "binary varying": "varbyte",
}
_DEFAULT_SIZES = {"char": (1,), "varchar": (256,), "numeric": (18, 0), "varbyte": (64_000,)}
_MAXIMUM = {"char": MAX_CHAR, "varchar": MAX_VARCHAR, "varbyte": MAX_VARBYTE}
_PLAIN = frozenset(
    {
        "smallint", "integer", "bigint", "real", "double precision", "boolean", "date",
        "timestamp", "timestamptz", "time", "timetz", "super",
        "geometry", "geography", "hllsketch",
        "interval year to month", "interval day to second",
    }
)  # fmt: skip
TYPES = _PLAIN | _DEFAULT_SIZES.keys()
"""The names of all types."""
_INSTEAD = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
    "tinyint": "smallint",
    "money": "numeric(20,2)",
    "uuid": "varchar(36)",
    "json": "super or varchar(65535)",
    "jsonb": "super or varchar(65535)",
    "hstore": "super or varchar(65535)",
    "xml": "varchar(65535)",
    "bytea": "varbyte",
    "blob": "varbyte",
    "string": "varchar with a size",
    "clob": "varchar(65535)",
    "citext": "varchar with a size",
    "name": "varchar(128)",
    "inet": "varchar(43)",
    "cidr": "varchar(43)",
    "macaddr": "varchar(23)",
    "macaddr8": "varchar(23)",
    "bit": "varchar with a size",
    "bit varying": "varchar with a size",
    "varbit": "varchar with a size",
    "oid": "bigint",
    "interval": "varchar(64)",
    "datetime": "timestamp",
    "point": "varchar(256)",
    "line": "varchar(256)",
    "lseg": "varchar(256)",
    "box": "varchar(256)",
    "path": "varchar(65535)",
    "polygon": "varchar(65535)",
    "circle": "varchar(256)",
    "tsvector": "varchar(65535)",
    "tsquery": "varchar(65535)",
    "int4range": "varchar(128)",
    "int8range": "varchar(128)",
    "numrange": "varchar(256)",
    "daterange": "varchar(128)",
    "tsrange": "varchar(128)",
    "tstzrange": "varchar(128)",
}
_FORM = re.compile(
    r"(?P<base>[a-z][a-z0-9_ ]*?)\s*(?:\(\s*(?P<sizes>[^()]*?)\s*\))?"
    r"(?P<zone>\s+with(?:out)?\s+time\s+zone)?"
)

INTEGERS = frozenset({"smallint", "integer", "bigint"})
FLOATS = frozenset({"real", "double precision"})
NUMBERS = INTEGERS | FLOATS | {"numeric"}
TEXTS = frozenset({"char", "varchar"})
MOMENTS = frozenset({"date", "timestamp", "timestamptz"})
_SCALARS = NUMBERS | TEXTS | MOMENTS
ENCODINGS: dict[str, frozenset[str] | None] = {
    "raw": None,
    "az64": frozenset(INTEGERS | MOMENTS | {"numeric", "time", "timetz"}),
    "bytedict": frozenset(_SCALARS),
    "delta": frozenset(INTEGERS | {"date", "timestamp", "numeric"}),
    "delta32k": frozenset({"integer", "bigint", "date", "timestamp", "numeric"}),
    "lzo": frozenset(INTEGERS | MOMENTS | TEXTS | {"numeric", "super", "varbyte"}),
    "mostly8": frozenset(INTEGERS | {"numeric"}),
    "mostly16": frozenset({"integer", "bigint", "numeric"}),
    "mostly32": frozenset({"bigint", "numeric"}),
    "runlength": frozenset(_SCALARS | {"boolean"}),
    "text255": frozenset({"varchar"}),
    "text32k": frozenset({"varchar"}),
    "zstd": frozenset(_SCALARS | {"boolean", "super", "varbyte", "time", "timetz"}),
}
"""The types that each encoding supports; None means all."""

UNSORTABLE = frozenset({"super", "geometry", "geography", "hllsketch", "varbyte"})
"""Types that cannot be a distribution or sort key."""


@lru_cache(maxsize=1024)
def parse_type(text: str) -> SqlType:
    """Parse a column's type; ValueError names the problem and an alternative."""
    words = " ".join(text.lower().split())
    match = _FORM.fullmatch(words)
    if match is None:
        raise ValueError(f"'{text}' is not a Redshift type{_array_hint(words)}")
    base = (match["base"] + (match["zone"] or "")).strip()
    if base in {"text", "bpchar"}:
        return _text(text, base, match["sizes"])
    base = _SYNONYMS.get(base, base)
    if base in _DEFAULT_SIZES:
        return _sized(text, base, match["sizes"])
    if base not in _PLAIN:
        raise ValueError(_unsupported(text, base))
    if match["sizes"] is not None:
        raise ValueError(f"'{text}': {base} takes no size in Redshift")
    return SqlType(base)


def refuses_encoding(sql_type: SqlType, encoding: str) -> str | None:
    """Return that the type does not support ``encoding``, and which it does, or None."""
    allowed = ENCODINGS[encoding]
    if allowed is None or sql_type.base in allowed:
        return None
    fitting = [
        name for name, types in ENCODINGS.items() if types is None or sql_type.base in types
    ]
    return f"{sql_type.base} does not support encoding {encoding}; use {', '.join(fitting)}"


def _array_hint(words: str) -> str:
    if words.endswith("]"):
        return ": Redshift has no arrays; use super or varchar(65535)"
    return "; write a type such as varchar(64) or numeric(12,4)"


def _unsupported(text: str, base: str) -> str:
    instead = _INSTEAD.get(base)
    if instead is not None:
        return f"Redshift has no type '{text}'; use {instead}"
    from_known = _PLAIN | set(_DEFAULT_SIZES) | set(_SYNONYMS)
    return f"'{text}' is not a Redshift type{did_you_mean(base, from_known)}"


def _text(text: str, base: str, sizes: str | None) -> SqlType:
    """Return the types that Redshift creates for ``text`` and ``bpchar``: (var)char(256)."""
    if sizes is not None:
        raise ValueError(f"'{text}': {base} takes no size; write varchar({sizes})")
    return SqlType("varchar" if base == "text" else "char", (256,))


def _sized(text: str, base: str, sizes: str | None) -> SqlType:
    if sizes is None:
        return SqlType(base, _DEFAULT_SIZES[base])
    if sizes == "max" and base in _MAXIMUM:
        return SqlType(base, (_MAXIMUM[base],))
    numbers = [part.strip() for part in sizes.split(",")]
    if not all(re.fullmatch(r"\d{1,9}", number) for number in numbers):
        raise ValueError(f"'{text}': a size must be a whole number")
    found = tuple(map(int, numbers))
    if base == "numeric":
        return _numeric(text, found)
    if len(found) != 1 or not 1 <= found[0] <= _MAXIMUM[base]:
        raise ValueError(f"'{text}': {base} takes one size from 1 to {_MAXIMUM[base]} (bytes)")
    return SqlType(base, found)


def _numeric(text: str, sizes: tuple[int, ...]) -> SqlType:
    if len(sizes) > 2:
        raise ValueError(f"'{text}': numeric takes a precision and a scale")
    precision, scale = sizes if len(sizes) == 2 else (sizes[0], 0)
    if not 1 <= precision <= MAX_PRECISION:
        raise ValueError(f"'{text}': the precision of numeric must be 1 to {MAX_PRECISION}")
    if not 0 <= scale <= min(MAX_SCALE, precision):
        limit = min(MAX_SCALE, precision)
        raise ValueError(f"'{text}': the scale of numeric({precision}) must be 0 to {limit}")
    return SqlType("numeric", (precision, scale))

"""Redshift's type names, and the PostgreSQL types that store their values.

https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
"""

from collections.abc import Callable

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.interval_types import (
    DAY_TO_SECOND,
    INTERVALS,
    YEAR_TO_MONTH,
    accept_qualifier,
    interval_in_backend,
    whole,
)
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, Token
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.language.words import words

_OF_INFORMATION_SCHEMA = frozenset({"cardinal_number", "character_data", "sql_identifier"})
LONGEST_CHAR = 4096
LONGEST_VARCHAR = 65535
LONGEST_VARBYTE = 16_777_216
DEFAULT_VARBYTE = 64_000
DEFAULT_LENGTH = 256

_SIMPLE = {
    "smallint": "smallint",
    "int2": "smallint",
    "integer": "integer",
    "int": "integer",
    "int4": "integer",
    "bigint": "bigint",
    "int8": "bigint",
    "real": "real",
    "float4": "real",
    "float8": "double precision",
    "boolean": "boolean",
    "bool": "boolean",
    "date": "date",
    "timetz": "timetz",
    "timestamptz": "timestamptz",
    "super": "super",
}
_CHARACTER = {"char": "char", "character": "char", "nchar": "char"}
_VARYING = {"varchar": "varchar", "nvarchar": "varchar"}
STORED = (
    frozenset(_SIMPLE.values())
    | frozenset(INTERVALS)
    | {"char", "varchar", "varbyte", "decimal", "time", "timestamp"}
)
"""The names of the types that columns of tables have."""
# Types of Redshift that the emulator does not support.
_NOT_SUPPORTED = frozenset({"geometry", "geography", "hllsketch"})
# https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-datatypes.html
UNSUPPORTED = words(
    """
    bit bit_varying bytea box circle line lseg path point polygon hstore json jsonb inet cidr
    macaddr macaddr8 serial serial2 serial4 serial8 bigserial smallserial money oid regclass
    regproc regprocedure regoper regoperator regtype int4range int8range numrange tsrange
    tstzrange daterange name tsvector tsquery txid_snapshot uuid xml
    """
)
# Types of PostgreSQL 8.0's catalog, of which no column can be.
_INTERNAL = words(
    """
    abstime aclitem anyarray anyelement cid cstring int2vector oidvector record refcursor reltime
    tid tinterval void xid
    """
)
# Types of the catalog, on the leader node only.
LEADER_TYPES = frozenset({"name", "oid", "regclass", "regproc", "regprocedure", "regtype"})
_BACKEND = {"super": "json", "varbyte": "bytea", "char": "bpchar", "decimal": "numeric"}


def parse_type(parser: Parser, *, column: str = "") -> RedshiftType:
    """Read a type name of a column definition, where a missing length has a default.

    ``column``, as ``table.column``, appears in the error about a type that it cannot have.
    """
    token = parser.peek
    if token is not None and token.kind is Kind.QUOTED and token.value == "char":
        raise _no_such_type('"char"', column)  # PostgreSQL's, of one byte
    found = _parse(parser, token.value if token else "", column)
    if parser.at_operator("["):
        raise NotSupportedError(f'Column "{column}" has unsupported type "{found.name}[]".')
    return found


def parse_cast(parser: Parser) -> str:
    """Read the type name of a cast; return the type for the backend's cast.

    A character type without a length keeps the length of the operand.
    """
    if parser.accept("pg_catalog"):
        parser.expect_operator(".")
    elif parser.accept("information_schema"):
        parser.expect_operator(".")
        return _of_information_schema(parser.take_type_word())
    start = parser.position
    name = parser.peek.value if parser.peek else ""
    if name in LEADER_TYPES or name == "unknown":
        parser.take_type_word()
        return name
    if name == "interval":
        parser.take_type_word()
        qualified = accept_qualifier(parser)
        return interval_in_backend(qualified) if qualified else name
    if name in {"text", "bpchar"}:
        parser.take_type_word()
        return "varchar" if name == "text" else "bpchar"
    found = _parse(parser, name, "")
    if found.name in {"char", "varchar"} and not parser.text_from(start).endswith(")"):
        return "bpchar" if found.name == "char" else "varchar"
    return backend_type(found)


def _of_information_schema(name: str) -> str:
    if name not in _OF_INFORMATION_SCHEMA:
        message = f'type "information_schema.{name}" does not exist'
        raise RedshiftError(message, sqlstate="42704")
    return f"information_schema.{name}"


def through_type(target: str, operand: Token, *, cuts: bool) -> str:
    """Return the type that a cast passes through to convert as Redshift does, "" for none.

    Each is defined in ``8_casts.sql``. ``operand`` is the last token of the cast's operand;
    ``cuts``: values lose their fraction; constants are rounded anyway.
    """
    of_names = target == "regclass" and NAMES.in_catalog
    if of_names or target in {"json", "bytea"} or target.startswith("pg_catalog.interval"):
        # a literal is a string, which PostgreSQL would parse
        return "text" if operand.kind in {Kind.STRING, Kind.PARAMETER} else ""
    if operand.kind is Kind.PARAMETER:
        return ""  # the cast is what gives it a type
    name, _, length = target.partition("(")
    cuts = cuts and operand.kind not in {Kind.NUMBER, Kind.STRING}
    through = ""
    if name in {"smallint", "integer", "bigint"} and cuts:
        return "pg_internal.whole"
    if name == "numeric":
        through = "cut" if cuts else "rounded"
    elif name in {"varchar", "bpchar"}:
        through = "bytes" if name == "varchar" else "ascii"
    return f"pg_internal.{through}({length}" if length and through else ""


def with_long_names(target: str) -> str:
    """Return a type; that of 5_views_with_long_names.sql for NAME if there are longer ones."""
    return "varchar(10485760)" if target == "name" and NAMES.in_catalog else target


def backend_type(found: RedshiftType) -> str:
    """Return the PostgreSQL type that stores a type's values: ``bpchar(3)`` for CHAR(3)."""
    if found.name in INTERVALS:
        return interval_in_backend(found)
    name = _BACKEND.get(found.name, found.name)
    if found.length is not None and found.name in {"char", "varchar"}:
        return f"{name}({found.length})"
    if found.name == "decimal" and found.precision is not None:
        return f"{name}({found.precision},{found.scale})"
    return name


def display_type(found: RedshiftType) -> str:
    """Return a type's name in Redshift's catalog: ``character varying(256)``."""
    long_names = {"char": "character", "varchar": "character varying", "varbyte": "binary varying"}
    if found.name in long_names:
        name = long_names[found.name]
        return name if found.length is None else f"{name}({found.length})"
    if found.name == "decimal":
        return f"numeric({found.precision},{found.scale})"
    if found.name in INTERVALS:
        return f"interval {found.qualifier}"
    zones = {
        "time": "time without time zone",
        "timetz": "time with time zone",
        "timestamp": "timestamp without time zone",
        "timestamptz": "timestamp with time zone",
    }
    return zones.get(found.name, found.name)


def _parse(parser: Parser, name: str, column: str) -> RedshiftType:
    parser.take_type_word()
    if name in _SIMPLE:
        return RedshiftType(_SIMPLE[name])
    if name == "interval" and (qualified := accept_qualifier(parser)):
        return qualified
    reader = _READERS.get(name)
    if reader is None:
        raise _no_such_type(name, column)
    return reader(parser, name)


def _no_such_type(name: str, column: str) -> RedshiftError:
    if name in _NOT_SUPPORTED or (name in _INTERNAL and not column):
        return NotSupportedError(f"type {name}: not supported by the emulator")
    if name in UNSUPPORTED | _INTERNAL or name in {'"char"', "interval"}:
        return NotSupportedError(f'Column "{column}" has unsupported type "{name}".')
    return RedshiftError(f'type "{name}" does not exist', sqlstate="42704")


def _character(parser: Parser, name: str) -> RedshiftType:
    canonical = "varchar" if name in _VARYING or parser.accept("varying") else "char"
    if canonical == "varchar":
        length = _length(parser, DEFAULT_LENGTH, LONGEST_VARCHAR, "varchar")
    else:
        length = _length(parser, 1, LONGEST_CHAR, "char")
    return RedshiftType(canonical, length)


def _length(parser: Parser, default: int, longest: int, name: str) -> int:
    if not parser.accept_operator("("):
        return default
    length = longest if parser.accept("max") else parser.take_integer()
    parser.expect_operator(")")
    if length < 1:
        raise RedshiftError(f"length for type {name} must be at least 1", sqlstate="22023")
    if length > longest:
        raise RedshiftError(f"length for type {name} cannot exceed {longest}", sqlstate="22023")
    return length


def _text(_parser: Parser, name: str) -> RedshiftType:
    return RedshiftType("varchar" if name == "text" else "char", DEFAULT_LENGTH)


def _bytes(parser: Parser, name: str) -> RedshiftType:
    if name == "binary":
        parser.expect("varying")
    return RedshiftType("varbyte", _length(parser, DEFAULT_VARBYTE, LONGEST_VARBYTE, name))


def _decimal(parser: Parser, _name: str) -> RedshiftType:
    precision, scale = 18, 0
    if parser.accept_operator("("):
        precision = parser.take_integer()
        if parser.accept_operator(","):
            scale = parser.take_integer()
        parser.expect_operator(")")
    if not 1 <= precision <= 38:
        message = f"DECIMAL precision {precision} must be between 1 and 38"
        raise RedshiftError(message, sqlstate="22023")
    if not 0 <= scale <= min(precision, 37):
        message = f"DECIMAL scale {scale} must be between 0 and {min(precision, 37)}"
        raise RedshiftError(message, sqlstate="22023")
    return RedshiftType("decimal", precision=precision, scale=scale)


def _zoned(parser: Parser, name: str) -> RedshiftType:
    """Read the rest of TIMESTAMP, which may state its 6 digits, or of TIME.

    https://github.com/erezsh/sqeleton/blob/master/sqeleton/databases/redshift.py
    """
    if parser.accept_operator("("):
        digits = parser.take_integer()
        parser.expect_operator(")")
        if (name, digits) != ("timestamp", 6):
            message = f"{name} with a precision: Redshift's always have 6 digits"
            raise NotSupportedError(message)
    if parser.accept("with"):
        parser.expect("time", "zone")
        return RedshiftType(f"{name}tz")
    if parser.accept("without"):
        parser.expect("time", "zone")
    return RedshiftType(name)


def _float(parser: Parser, name: str) -> RedshiftType:
    if name == "double":
        parser.expect("precision")
        return RedshiftType("double precision")
    if not parser.accept_operator("("):
        return RedshiftType("double precision")
    digits = parser.take_integer()
    parser.expect_operator(")")
    if not 1 <= digits <= 53:
        message = "precision for FLOAT must be between 1 and 53 bits"
        raise RedshiftError(message, sqlstate="22023")
    return RedshiftType("real" if digits <= 24 else "double precision")


_READERS: dict[str, Callable[[Parser, str], RedshiftType]] = {
    **dict.fromkeys((*_CHARACTER, *_VARYING), _character),
    **dict.fromkeys(("text", "bpchar"), _text),
    **dict.fromkeys(("dec", "decimal", "numeric"), _decimal),
    **dict.fromkeys(("time", "timestamp"), _zoned),
    "intervaly2m": lambda _parser, _name: whole(YEAR_TO_MONTH),
    "intervald2s": lambda _parser, _name: whole(DAY_TO_SECOND),
    "datetime": lambda _parser, _name: RedshiftType("timestamp"),
    **dict.fromkeys(("double", "float"), _float),
    **dict.fromkeys(("varbyte", "varbinary", "binary"), _bytes),
}

"""The grammar of CREATE TABLE, and the checks that need no database.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
"""

from dataclasses import dataclass, replace
from typing import Literal

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.interval_types import INTERVALS
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.type_names import parse_type
from redshift_emulator.language.types import RedshiftType

ENCODINGS = frozenset(
    {
        *("az64", "bytedict", "delta", "delta32k", "lzo", "mostly8", "mostly16", "mostly32"),
        *("raw", "runlength", "text255", "text32k", "zstd"),
    }
)
_NUMBERS = frozenset({"smallint", "integer", "bigint", "decimal"})
_TIMES = frozenset({"date", "time", "timetz", "timestamp", "timestamptz"})
_TEXTS = frozenset({"char", "varchar", "varbyte"})
# https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html
_FITTING = {
    "az64": _NUMBERS | _TIMES,
    "bytedict": _NUMBERS | _TIMES | _TEXTS | {"real", "double precision"},
    "delta": _NUMBERS | {"date", "timestamp", "timestamptz"},
    "delta32k": (_NUMBERS | {"date", "timestamp", "timestamptz"}) - {"smallint"},
    "lzo": _NUMBERS | _TIMES | _TEXTS | {"super"},
    "mostly8": _NUMBERS,
    "mostly16": _NUMBERS - {"smallint"},
    "mostly32": frozenset({"bigint", "decimal"}),
    "text255": frozenset({"varchar"}),
    "text32k": frozenset({"varchar"}),
}
MOST_COLUMNS = 1600


@dataclass(frozen=True, slots=True)
class Identity:
    """The clause of an identity column: ``IDENTITY(1, 1)``."""

    kind: Literal["always", "by default"]
    seed: int
    step: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column's clause; ``default`` holds the token indexes of the expression."""

    name: str
    type: RedshiftType
    default: tuple[int, int] | None = None
    identity: Identity | None = None
    encoding: str | None = None
    distkey: bool = False
    sortkey: bool = False
    not_null: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """An informational key, which is not enforced; ``name`` None is the default name."""

    kind: Literal["p", "u", "f"]
    columns: tuple[str, ...]
    name: str | None = None
    table: Name | None = None
    referenced: tuple[str, ...] = ()


class ColumnParser:
    """Reads one column of a table, with the keys in its clause."""

    def __init__(self, parser: Parser, table: str) -> None:
        self._parser, self._table = parser, table
        self._declared: bool | None = None
        self.keys: list[Key] = []

    def parse(self) -> Column:
        """Read the whole clause of a column."""
        parser = self._parser
        name = parser.take_name()
        column = Column(name, parse_type(parser, column=f"{self._table}.{name}"))
        self._declared = None
        while parser.peek is not None and not (parser.at_operator(",") or parser.at_operator(")")):
            column = self._clause(column)
        return _checked_column(column)

    def _clause(self, column: Column) -> Column:
        parser = self._parser
        if parser.at("not", "null") or parser.at("null"):
            column = replace(column, not_null=self._null(column.name) or column.not_null)
        elif parser.accept("default"):
            column = replace(column, default=self._default())
        elif parser.accept("encode"):
            column = replace(column, encoding=_encoding(parser))
        elif parser.at("identity") or parser.at("generated"):
            column = replace(column, identity=_identity(parser), not_null=True)
        elif word := parser.accept_any("distkey", "sortkey"):
            column = replace(
                column,
                distkey=column.distkey or word == "distkey",
                sortkey=column.sortkey or word == "sortkey",
            )
        elif not parser.accept("collate", "case_sensitive"):
            column = self._key(column)
        return column

    def _null(self, name: str) -> bool:
        """Read NULL or NOT NULL; return whether it is NOT NULL."""
        not_null = self._parser.accept("not")
        self._parser.expect("null")
        if self._declared not in {None, not_null}:
            message = f'conflicting NULL/NOT NULL declarations for column "{name}"'
            raise RedshiftError(f'{message} of table "{self._table}"', sqlstate="42601")
        self._declared = not_null
        return not_null

    def _key(self, column: Column) -> Column:
        parser = self._parser
        name = parser.take_name() if parser.accept("constraint") else None
        if parser.accept("primary", "key"):
            self.keys.append(Key("p", (column.name,), name))
            return replace(column, not_null=True)
        if parser.accept("unique"):
            self.keys.append(Key("u", (column.name,), name))
        elif parser.accept("references"):
            self.keys.append(_reference(parser, (column.name,), name))
        else:
            _refuse_clause(parser)
        return column

    def _default(self) -> tuple[int, int]:
        """Take an expression, up to a word that begins another clause."""
        parser, first, depth = self._parser, self._parser.position, 0
        starts = ("not", "null", "encode", "distkey", "sortkey", "identity", "primary", "unique")
        while (token := parser.peek) is not None:
            if depth == 0 and (
                token.is_operator(",", ")") or token.is_word("references", "collate")
            ):
                break
            if depth == 0 and parser.position > first and token.is_word(*starts):
                break
            depth += token.is_operator("(") - token.is_operator(")")
            parser.position += 1
        if parser.position == first:
            raise parser.fail()
        return first, parser.position


def _refuse_clause(parser: Parser) -> None:
    if parser.at("check"):
        raise NotSupportedError("CHECK constraints are not supported")
    if parser.at("collate", "case_insensitive"):
        raise NotSupportedError("COLLATE CASE_INSENSITIVE: not supported by the emulator")
    raise parser.fail()


def _encoding(parser: Parser) -> str:
    token = parser.take()
    if token.value == "auto" or token.value not in ENCODINGS:
        raise RedshiftError(f'encoding type "{token.value}" is not valid', sqlstate="42601")
    return token.value


def _identity(parser: Parser) -> Identity:
    by_default = parser.accept("generated")
    if by_default:
        parser.expect("by", "default", "as")
    parser.expect("identity")
    seed, step = 1, 1
    if parser.accept_operator("("):
        seed = parser.take_integer()
        parser.expect_operator(",")
        step = parser.take_integer()
        parser.expect_operator(")")
    if step == 0:
        raise RedshiftError("the step of an identity column must not be 0", sqlstate="22023")
    return Identity("by default" if by_default else "always", seed, step)


def _reference(parser: Parser, columns: tuple[str, ...], name: str | None) -> Key:
    table = parser.take_qualified()
    referenced = parser.take_names() if parser.at_operator("(") else ()
    if parser.at("on") or parser.at("match") or parser.at("deferrable"):
        raise NotSupportedError("actions of foreign keys are not supported")
    return Key("f", columns, name, table, referenced)


def _checked_column(column: Column) -> Column:
    kind = column.type.name
    if column.identity is not None and kind not in {"integer", "bigint"}:
        message = f'identity column "{column.name}" must be of type INT or BIGINT'
        raise RedshiftError(message, sqlstate="42611")
    if column.identity is not None and column.default is not None:
        message = f'column "{column.name}" has both DEFAULT and IDENTITY'
        raise RedshiftError(message, sqlstate="42611")
    check_encoding(column.name, kind, column.encoding)
    return column


def check_encoding(column: str, kind: str, encoding: str | None) -> None:
    """Refuse an encoding that columns of a type cannot have."""
    fitting = _FITTING.get(encoding or "")
    is_unfit = kind in INTERVALS and encoding not in {None, "raw"}
    if is_unfit or (fitting is not None and kind not in fitting):
        message = f'invalid encoding type specified for column "{column}"'
        raise RedshiftError(message, sqlstate="42611")


def parse_table_key(parser: Parser) -> Key | None:
    """Read a table constraint, or return None if a column comes next."""
    if parser.at("check") or parser.at("exclude") or parser.at("constraint"):
        name = parser.take_name() if parser.accept("constraint") else None
    else:
        name = None
    if parser.accept("primary", "key"):
        return Key("p", parser.take_names(), name)
    if parser.accept("unique"):
        return Key("u", parser.take_names(), name)
    if parser.accept("foreign", "key"):
        columns = parser.take_names()
        parser.expect("references")
        return _reference(parser, columns, name)
    following = parser.ahead(1)
    if parser.at("exclude", "using") or (
        parser.at("exclude") and following is not None and following.is_operator("(")
    ):
        raise NotSupportedError("EXCLUDE constraints are not supported")
    if name is not None or parser.at("check"):
        _refuse_clause(parser)
    return None

"""Values that COPY would change without an error: the dump fails for them instead.

COPY cuts the decimals beyond a scale, the digits beyond those of a float, the time of a date, and
the zone of a time; in columns other than texts, it loads what is empty or blank as NULL. It reads
texts, so the text of a value decides whether it loses anything.
https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html#copy-roundec
https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_types201.html
https://docs.aws.amazon.com/redshift/latest/dg/r_Datetime_types.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.designs.model.design import Column
from pipeline.designs.model.types import TEXTS, SqlType, parse_type
from pipeline.designs.model.upstream import quoted
from pipeline.sql.statement import doubled

INEXACT = "COPY would change a value: "
"""The beginning of the message for a value that does not fit."""

SHOWN = 60
"""Characters of a value that the message shows."""

NUMERIC = 1700

_FITTING = {
    "numeric": {"int2", "int4", "int8", "oid"},
    "real": {"int2", "float4"},
    "double precision": {"int2", "int4", "oid", "float4", "float8"},
    "date": {"date"},
    "timestamp": {"date", "timestamp", "timestamptz"},
    "time": {"time"},
}
"""The types whose values are never changed, by that of the column, where TimeZone is UTC.

Columns of other types refuse what they cannot hold.
"""

_NEVER_EMPTY = frozenset(
    {
        16, 20, 21, 23, 26, 114, 600, 601, 602, 603, 604, 628, 650, 700, 701, 718, 774, 790, 829,
        869, 1082, 1083, 1114, 1184, 1186, 1266, 1700, 2950, 3802,
    }
)  # fmt: skip
"""Types without an empty text: of numbers, times, documents, networks and geometry, by oid."""

_NAMES = {
    20: "int8", 21: "int2", 23: "int4", 26: "oid", 700: "float4", 701: "float8",
    1082: "date", 1083: "time", 1114: "timestamp", 1184: "timestamptz", 1266: "timetz",
}  # fmt: skip
"""Types by their oids, which are the same in all versions of PostgreSQL."""

_DIGITS = {"real": 6, "double precision": 15}
"""Numbers of so many decimal digits are never changed: FLT_DIG and DBL_DIG of C."""

_NUMBER = "^-?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[+-]?[0-9]+)?$"
_TIME_OF_DAY = "[T ](?=[0-9:.]*[1-9])[0-9]{1,2}:[0-9]{2}"
_ZONE = ":[0-9.]+ ?[+-][0-9:]*[1-9]"


@dataclass(frozen=True, slots=True)
class ResultType:
    """The type of a column of a query: its oid and, of a numeric that has them, its digits."""

    oid: int
    precision: int | None = None
    scale: int | None = None


Types = Mapping[str, ResultType]
"""The types of values, by column."""


def is_inexact(column: Column, types: Types) -> bool:
    """Return whether COPY may change values of the column; False if their type is not known."""
    found = types.get(column.name)
    if found is None or not column.sql_type:
        return False
    sql_type = parse_type(column.sql_type)
    if sql_type.base in TEXTS:
        return False
    return _can_be_empty(found) or _can_be_cut(sql_type, found)


def _can_be_empty(found: ResultType) -> bool:
    return found.oid not in _NEVER_EMPTY


def _can_be_cut(sql_type: SqlType, found: ResultType) -> bool:
    return sql_type.base in _FITTING and not _always_fits(sql_type, found)


def advice(column: Column) -> str:
    """Return what to do about values that a column does not hold exactly."""
    sql_type = parse_type(column.sql_type)
    cast = f"{'(...)' if column.expression else quoted(column.upstream_name)}::{sql_type}"
    return f"choose another sql_type, or write an expression, such as {cast}"


def is_narrower(column: Column, types: Types) -> bool:
    """Return whether the type upstream itself says that the column does not hold all its values.

    A text, or a numeric without a scale, does not.
    """
    found = types.get(column.name)
    says = found is not None and (found.oid in _NAMES or found.scale is not None)
    return says and is_inexact(column, types)


def _always_fits(sql_type: SqlType, found: ResultType) -> bool:
    if found.oid != NUMERIC:
        return _NAMES.get(found.oid) in _FITTING[sql_type.base]
    if found.precision is None or found.scale is None:
        return False
    if sql_type.base == "numeric":
        return found.scale <= sql_type.sizes[1]
    return found.precision <= _DIGITS.get(sql_type.base, 0)


def exact(value: str, column: Column, types: Types) -> str:
    """Return an expression for a value, as text, that fails if COPY would change the value."""
    if not is_inexact(column, types):
        return value
    sql_type, found = parse_type(column.sql_type), types[column.name]
    cases = []
    if _can_be_empty(found):
        empty = f"pg_catalog.btrim(({value})::text) = ''"
        cases.append((empty, _empty_message(value, column)))
    if _can_be_cut(sql_type, found):
        cases.append((_changes(value, sql_type, found), _message(value, column)))
    lines = [f"    WHEN {changes}\n    THEN ({text})::boolean::text" for changes, text in cases]
    return "\n".join(["CASE", *lines, f"    ELSE ({value})::text", "  END"])


def _changes(value: str, sql_type: SqlType, found: ResultType) -> str:
    text = f"({value})::text"
    if sql_type.base == "numeric":
        scale = sql_type.sizes[1]
        if found.oid == NUMERIC:
            return f"{value} <> pg_catalog.trunc({value}, {scale})"
        return f"{text} ~ '[.][0-9]{{{scale}}}[0-9]*[1-9]'"
    if sql_type.base in _DIGITS:
        return _exceeds_float(text, sql_type.base)
    return f"{text} ~ '{_TIME_OF_DAY if sql_type.base == 'date' else _ZONE}'"


def _exceeds_float(text: str, base: str) -> str:
    """Compare a number with what a float of this type is: as written, or rounded to its digits.

    Servers before PostgreSQL 12 write digits that are not exact.
    """
    back = f"{text}::{base}"
    return (
        f"CASE WHEN pg_catalog.octet_length({text}) > {_DIGITS[base]} AND {text} ~ '{_NUMBER}'"
        f" THEN {text}::numeric NOT IN ({back}::numeric, {back}::text::numeric) END"
    )


def _message(value: str, column: Column) -> str:
    """Return the message as an expression of the value: the planner evaluates a constant one."""
    sql_type = str(parse_type(column.sql_type))
    what, length = ("a value", 0) if column.sensitive else ("", SHOWN)
    before = f"{INEXACT}column {column.name}: {sql_type} does not hold {what}"
    after = f" exactly; {advice(column)}"
    shown = f"pg_catalog.left(({value})::text, {length})"
    return f"{_literal(before)} || {shown} || {_literal(after)}"


def _empty_message(value: str, column: Column) -> str:
    """Return the message for an empty value as an expression of it."""
    name = "..." if column.expression else quoted(column.upstream_name)
    text = (
        f"{INEXACT}column {column.name}: {parse_type(column.sql_type)} holds no empty text, which"
        f" becomes NULL; write an expression, such as NULLIF(btrim({name}), '')"
    )
    return f"{_literal(text)} || pg_catalog.btrim(({value})::text)"


def _literal(text: str) -> str:
    return "'" + doubled(text.replace("'", "''")) + "'"

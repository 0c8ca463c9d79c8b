"""Map PostgreSQL types to Redshift types without silent losses.

Redshift's sizes are in bytes. A value that Redshift cannot hold becomes NULL by the expression;
a note in the design reports it. Sources:
https://www.postgresql.org/docs/current/datatype.html
https://docs.aws.amazon.com/redshift/latest/dg/c_unsupported-postgresql-datatypes.html
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from pipeline.designs.mapping.mapped_type import MappedType
from pipeline.designs.mapping.numeric import map_numeric
from pipeline.designs.model.types import MAX_VARBYTE, MAX_VARCHAR, parse_type
from pipeline.designs.model.upstream import UpstreamType, quoted
from pipeline.errors import ConfigError, Fault

TypeMaps = Sequence[tuple[str, tuple[str, str]]]
"""Pairs of (pattern, (type, expression)): ``("numeric.*", ("varchar(64)", "%s::text"))``.

The pattern is a regular expression for the whole type, with or without its schema; an empty type
keeps the type.
"""

MAX_NAME = 63
"""The maximum length of PostgreSQL's names and enum labels, in bytes of the database's encoding:
NAMEDATALEN - 1."""

_TEXT = "%s::text"
_DATE_RANGE = "CASE WHEN %s BETWEEN '0001-01-01{0}' AND '9999-12-31{1}' THEN %s END"
_FINITE = (
    "infinity, years before Christ and after 9999 become NULL: "
    "Redshift documents no form in which COPY takes them"
)


def check_type_maps(type_maps: TypeMaps) -> None:
    """Raise ConfigError for all configured types that are not Redshift types."""
    faults = []
    for pattern, (sql_type, _) in type_maps:
        try:
            parse_type(sql_type or "integer")
        except ValueError as error:
            faults.append(Fault("configuration", f"type_maps[{pattern}]", str(error)))
    if faults:
        raise ConfigError(faults)


def map_type(upstream: UpstreamType, type_maps: TypeMaps = ()) -> MappedType:
    """Map a type by the configuration, else by the built-in map; unknown types become text."""
    for pattern, (sql_type, expression) in type_maps:
        if any(re.fullmatch(pattern, text) for text in (upstream.text, _bare(upstream.text))):
            return MappedType(
                sql_type or upstream.text, None if expression == "%s" else expression
            )
    if upstream.category != "base":
        return _CATEGORIES[upstream.category](upstream)
    known = _BASES.get(upstream.base)
    if known is None:
        note = f"{upstream.text} is not in the built-in map; kept as text"
        return replace(_text(upstream), note=note)
    return known(upstream) if callable(known) else known


def _bare(text: str) -> str:
    """Return a type without its schema: ``geometry(Point,4326)``."""
    return re.sub(r'^("[^"]*"|[^".(]+)[.]', "", text)


def is_beyond_varchar(upstream: UpstreamType) -> bool:
    """Return whether a value was measured whose text is too long for any varchar."""
    digits = 2 if upstream.base == "bytea" else 1
    return (upstream.measured or 0) * digits > MAX_VARCHAR


def _width(upstream: UpstreamType) -> int:
    """Return twice the measured width, to allow growth, or the maximum if not measured."""
    if upstream.measured is None:
        return MAX_VARCHAR
    return min(MAX_VARCHAR, max(64, 2 * upstream.measured))


def _too_wide(upstream: UpstreamType) -> str | None:
    if not is_beyond_varchar(upstream):
        return None
    return (
        f"a value has {upstream.measured} bytes, but varchar holds at most {MAX_VARCHAR}: "
        "set too_long to truncate or set_null, or the load will fail"
    )


def _varchar(size: int, expression: str | None = _TEXT) -> MappedType:
    return MappedType(f"varchar({size})", expression)


def _text(upstream: UpstreamType) -> MappedType:
    return replace(_varchar(_width(upstream)), note=_too_wide(upstream))


def _sized_text(upstream: UpstreamType) -> MappedType:
    """Map character types of n characters to 4n bytes, the maximum in UTF-8."""
    expression = None if upstream.base == "varchar" else _TEXT
    if upstream.typmod < 4:
        return replace(_text(upstream), expression=expression)
    size = 4 * (upstream.typmod - 4)
    if size <= MAX_VARCHAR:
        return _varchar(size, expression)
    return MappedType(f"varchar({MAX_VARCHAR})", expression, _too_wide(upstream))


def _citext(upstream: UpstreamType) -> MappedType:
    note = "citext: comparisons in the warehouse are case-sensitive"
    return replace(_text(upstream), note=_too_wide(upstream) or note)


def _json(expression: str) -> Callable[[UpstreamType], MappedType]:
    """Map a document to its JSON text, or to SUPER if a value is too long for a varchar."""

    def mapped(upstream: UpstreamType) -> MappedType:
        if is_beyond_varchar(upstream):
            note = f"a value has {upstream.measured} bytes, too many for a varchar"
            return MappedType("super", expression, note)
        return _varchar(_width(upstream), expression)

    return mapped


def _hstore(upstream: UpstreamType) -> MappedType:
    """Map hstore by the function in the schema of its extension."""
    own = upstream.schema != "pg_catalog"
    schema = f"{quoted(upstream.schema)}." if own else ""
    return _json(f"{schema}hstore_to_json(%s)::text")(upstream)


def _bytea(upstream: UpstreamType) -> MappedType:
    """Map bytes to hex digits in a varchar, or to VARBYTE if they are too long."""
    expression = "encode(%s, 'hex')"
    if not is_beyond_varchar(upstream):
        return MappedType(f"varchar({MAX_VARCHAR})", expression, "as hex digits, two per byte")
    note = "an empty value becomes NULL: COPY has no form for it"
    if (upstream.measured or 0) > MAX_VARBYTE:
        note = f"a value has {upstream.measured} bytes, too many for a varbyte"
    return MappedType(f"varbyte({MAX_VARBYTE})", f"NULLIF({expression}, '')", note)


def _numeric(upstream: UpstreamType) -> MappedType:
    found = map_numeric(upstream)
    return replace(_text(upstream), note=found) if isinstance(found, str) else found


def _name(size: int, note: str | None = None) -> Callable[[UpstreamType], MappedType]:
    """Map texts of ``size`` bytes in the database's encoding."""
    return lambda upstream: replace(_varchar(size * upstream.growth), note=note)


def _bits(upstream: UpstreamType) -> MappedType:
    if upstream.typmod < 1:
        return _text(upstream)
    return _varchar(min(upstream.typmod, MAX_VARCHAR))


def _float(smallest: str, largest: str) -> str:
    return f"CASE WHEN abs(%s) BETWEEN {smallest} AND {largest} OR %s = 0 THEN %s END"


_ABNORMAL = (
    "NaN, infinity and numbers too small to be normal become NULL: Redshift does not load them"
)
_UNIX = "an internal identifier, kept as text"
_GEO = "hex EWKB, as PostGIS writes it; unverified on a cluster"

_BASES: dict[str, MappedType | Callable[[UpstreamType], MappedType]] = {
    "int2": MappedType("smallint"),
    "int4": MappedType("integer"),
    "int8": MappedType("bigint"),
    "bool": MappedType("boolean"),
    "numeric": _numeric,
    "float4": MappedType(
        "real", _float("1.1754944e-38::real", "3.4028235e38::real"), _ABNORMAL
    ),
    "float8": MappedType(
        "double precision",
        _float("2.2250738585072014e-308::float8", "1.7976931348623157e308::float8"),
        _ABNORMAL,
    ),
    "money": MappedType("numeric(20,2)", "%s::numeric(20,2)"),
    "oid": MappedType("bigint", "%s::bigint"),
    "varchar": _sized_text,
    "bpchar": _sized_text,
    "text": _text,
    "citext": _citext,
    "name": _name(MAX_NAME),
    "char": _varchar(4),
    "bytea": _bytea,
    "date": MappedType("date", _DATE_RANGE.format("", ""), _FINITE),
    "timestamp": MappedType("timestamp", _DATE_RANGE.format("", " 23:59:59.999999"), _FINITE),
    "timestamptz": MappedType(
        "timestamptz", _DATE_RANGE.format(" 00:00:00+00", " 23:59:59.999999+00"), _FINITE
    ),
    "time": MappedType("time"),
    "timetz": replace(_varchar(32), note="as text, which keeps the zone"),
    "interval": replace(_varchar(64), note="ISO 8601: months, days and time are three things"),
    "uuid": _varchar(36),
    "json": _json(_TEXT),
    "jsonb": _json(_TEXT),
    "jsonpath": _text,
    "hstore": _hstore,
    "inet": _varchar(43),
    "cidr": _varchar(43),
    "macaddr": _varchar(23),
    "macaddr8": _varchar(23),
    "xml": _text,
    "tsvector": _text,
    "tsquery": _text,
    "point": _varchar(256),
    "line": _varchar(256),
    "lseg": _varchar(256),
    "box": _varchar(256),
    "circle": _varchar(256),
    "path": _text,
    "polygon": _text,
    "geometry": MappedType("geometry", _TEXT, _GEO),
    "geography": MappedType("geography", _TEXT, _GEO),
    "bit": _bits,
    "varbit": _bits,
    "xid": replace(_varchar(10), note=_UNIX),
    "cid": replace(_varchar(10), note=_UNIX),
    "tid": replace(_varchar(32), note=_UNIX),
    "xid8": replace(_varchar(20), note=_UNIX),
    "pg_lsn": replace(_varchar(17), note=_UNIX),
    "txid_snapshot": _text,
    "pg_snapshot": _text,
    **{
        name: _name(256, _UNIX)
        for name in (
            "regclass", "regcollation", "regconfig", "regdictionary", "regnamespace", "regoper",
            "regoperator", "regproc", "regprocedure", "regrole", "regtype",
        )
    },
}  # fmt: skip


def _range(upstream: UpstreamType) -> MappedType:
    """Map ranges of fixed-width types to 128 bytes; others can have any length."""
    fixed = {"int4range", "int8range", "daterange", "tsrange", "tstzrange"}
    return _varchar(128) if upstream.base in fixed else _text(upstream)


_ARRAY = _json("to_json(%s)::text")
_CATEGORIES: dict[str, Callable[[UpstreamType], MappedType]] = {
    "enum": _name(MAX_NAME),
    "array": lambda upstream: replace(
        _ARRAY(upstream), note=_ARRAY(upstream).note or "as JSON, which keeps no lower bounds"
    ),
    "composite": _json("row_to_json(%s)::text"),
    "range": _range,
    "multirange": _text,
}

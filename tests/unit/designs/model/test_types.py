"""Types are parsed by Redshift's rules and limits; invalid ones are rejected with advice."""

import re

import pytest

from pipeline.designs.model.types import ENCODINGS, SqlType, parse_type, refuses_encoding


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("smallint", "smallint"),
        ("INT2", "smallint"),
        ("int", "integer"),
        ("int4", "integer"),
        ("bigint", "bigint"),
        ("int8", "bigint"),
        ("float", "double precision"),
        ("Double  Precision", "double precision"),
        ("float4", "real"),
        ("bool", "boolean"),
        ("numeric", "numeric(18,0)"),
        ("decimal(12)", "numeric(12,0)"),
        ("DECIMAL( 12 , 4 )", "numeric(12,4)"),
        ("numeric(38,37)", "numeric(38,37)"),
        ("char", "char(1)"),
        ("character(4096)", "char(4096)"),
        ("char(max)", "char(4096)"),
        ("bpchar", "char(256)"),
        ("varchar", "varchar(256)"),
        ("text", "varchar(256)"),
        ("VARCHAR(MAX)", "varchar(65535)"),
        ("character varying(65535)", "varchar(65535)"),
        ("nvarchar(10)", "varchar(10)"),
        ("date", "date"),
        ("timestamp", "timestamp"),
        ("timestamp without time zone", "timestamp"),
        ("timestamp with time zone", "timestamptz"),
        ("time with time zone", "timetz"),
        ("super", "super"),
        ("varbyte", "varbyte(64000)"),
        ("binary varying(10)", "varbyte(10)"),
        ("geometry", "geometry"),
        ("hllsketch", "hllsketch"),
        ("interval year to month", "interval year to month"),
    ],
)
def test_a_type_is_parsed(text, expected):
    assert str(parse_type(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uuid", "use varchar(36)"),
        ("jsonb", "use super or varchar(65535)"),
        ("serial", "use integer"),
        ("bytea", "use varbyte"),
        ("money", "use numeric(20,2)"),
        ("interval", "use varchar(64)"),
        ("datetime", "use timestamp"),
        ("oid", "use bigint"),
        ("bit varying(8)", "use varchar with a size"),
        ("integer[]", "has no arrays; use super or varchar(65535)"),
        ("varchr(10)", "is not a Redshift type; did you mean 'varchar'"),
        ("order_status", "is not a Redshift type"),
        ("varchar(0)", "varchar takes one size from 1 to 65535 (bytes)"),
        ("varchar(65536)", "varchar takes one size from 1 to 65535 (bytes)"),
        ("varchar(10,2)", "varchar takes one size"),
        ("varchar()", "a size must be a whole number"),
        ("varchar(10 chars)", "a size must be a whole number"),
        ("char(4097)", "char takes one size from 1 to 4096 (bytes)"),
        ("varbyte(1024001)", "varbyte takes one size"),
        ("text(10)", "write varchar(10)"),
        ("numeric(39,0)", "the precision of numeric must be 1 to 38"),
        ("numeric(0)", "the precision of numeric must be 1 to 38"),
        ("numeric(38,38)", "the scale of numeric(38) must be 0 to 37"),
        ("numeric(5,6)", "the scale of numeric(5) must be 0 to 5"),
        ("numeric(5,-2)", "a size must be a whole number"),
        ("numeric(1,2,3)", "takes a precision and a scale"),
        ("bigint(20)", "bigint takes no size in Redshift"),
        ("timestamp(6)", "timestamp takes no size in Redshift"),
        ("timestamp(6) without time zone", "timestamp takes no size in Redshift"),
        ("", "is not a Redshift type"),
        ("varchar(10); DROP TABLE x", "is not a Redshift type"),
        ("varchar(10", "is not a Redshift type"),
    ],
)
def test_an_invalid_type_is_rejected_with_advice(text, expected):
    with pytest.raises(ValueError, match=re.escape(expected)):
        parse_type(text)


FITTING = [
    ("boolean", "raw runlength zstd"),
    ("smallint", "raw az64 bytedict delta lzo mostly8 runlength zstd"),
    ("integer", "raw az64 bytedict delta delta32k lzo mostly8 mostly16 runlength zstd"),
    ("bigint", "raw az64 bytedict delta delta32k lzo mostly8 mostly16 mostly32 runlength zstd"),
    ("real", "raw bytedict runlength zstd"),
    ("char(3)", "raw bytedict lzo runlength zstd"),
    ("varchar(3)", "raw bytedict lzo runlength text255 text32k zstd"),
    ("date", "raw az64 bytedict delta delta32k lzo runlength zstd"),
    ("timestamptz", "raw az64 bytedict lzo runlength zstd"),
    ("super", "raw lzo zstd"),
    ("geometry", "raw"),
]


@pytest.mark.parametrize(("sql_type", "fitting"), FITTING)
def test_encodings_support_the_documented_types(sql_type, fitting):
    parsed = parse_type(sql_type)
    taken = [encoding for encoding in ENCODINGS if refuses_encoding(parsed, encoding) is None]
    assert taken == fitting.split()


def test_an_unsupported_encoding_is_rejected_with_supported_ones():
    assert refuses_encoding(SqlType("boolean"), "az64") == (
        "boolean does not support encoding az64; use raw, runlength, zstd"
    )

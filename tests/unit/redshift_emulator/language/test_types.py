"""Type names: their meaning in Redshift, and the PostgreSQL types that store their values."""

import pytest

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import split
from redshift_emulator.language.type_names import (
    backend_type,
    display_type,
    parse_cast,
    parse_type,
)

TYPES = [
    ("int", "integer", "integer"),
    ("INT2", "smallint", "smallint"),
    ("bigint", "bigint", "bigint"),
    ("numeric", "numeric(18,0)", "numeric(18,0)"),
    ("decimal(38, 37)", "numeric(38,37)", "numeric(38,37)"),
    ("float", "double precision", "double precision"),
    ("float(24)", "real", "real"),
    ("double precision", "double precision", "double precision"),
    ("char", "bpchar(1)", "character(1)"),
    ("character varying(20)", "varchar(20)", "character varying(20)"),
    ("varchar(max)", "varchar(65535)", "character varying(65535)"),
    ("text", "varchar(256)", "character varying(256)"),
    ("bpchar", "bpchar(256)", "character(256)"),
    ("timestamp", "timestamp", "timestamp without time zone"),
    ("timestamp with time zone", "timestamptz", "timestamp with time zone"),
    ("time without time zone", "time", "time without time zone"),
    ("super", "json", "super"),
    ("varbyte", "bytea", "binary varying(64000)"),
    ("binary varying(9)", "bytea", "binary varying(9)"),
]


def parsed(text, read):
    parser = Parser(split(text)[0])
    found = read(parser)
    parser.expect_end()
    return found


@pytest.mark.parametrize(("text", "backend", "shown"), TYPES, ids=[row[0] for row in TYPES])
def test_types(text, backend, shown):
    found = parsed(text, parse_type)
    assert (backend_type(found), display_type(found)) == (backend, shown)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("varchar", "varchar"),
        ("text", "varchar"),
        ("char", "bpchar"),
        ("varchar(3)", "varchar(3)"),
        ("numeric", "numeric(18,0)"),
        ("regclass", "regclass"),
        ("timestamp without time zone", "timestamp"),
        ("timestamp(6)", "timestamp"),
        ("timestamp(6) with time zone", "timestamptz"),
    ],
)
def test_a_cast_to_text_without_a_length_keeps_the_operands_length(text, target):
    assert parsed(text, parse_cast) == target


@pytest.mark.parametrize(
    ("text", "sqlstate"),
    [
        ("varchar(0)", "22023"),
        ("varchar(65536)", "22023"),
        ("char(4097)", "22023"),
        ("numeric(0)", "22023"),
        ("numeric(39)", "22023"),
        ("numeric(5, 6)", "22023"),
        ("numeric(38, 38)", "22023"),
        ("float(54)", "22023"),
        ("json", "0A000"),
        ("int[]", "0A000"),
        ("timestamp(3)", "0A000"),
        ("time(6)", "0A000"),
        ("geometry", "0A000"),
        ("nosuch", "42704"),
        ("varchar(x)", "42601"),
    ],
)
def test_types_that_redshift_does_not_support(text, sqlstate):
    with pytest.raises(RedshiftError) as caught:
        parsed(text, parse_type)
    assert caught.value.sqlstate == sqlstate

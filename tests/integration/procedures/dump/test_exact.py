"""Values that COPY would change without an error: the dump fails; all others are unchanged."""

from dataclasses import replace

import pytest

from pipeline.designs.model.design import Column
from pipeline.designs.model.types import parse_type
from pipeline.errors import UpstreamError
from tests.support.projects.dumping import CUT, Source


def typed(source: Source, upstream: str, values: str, column: Column):
    """Return a design of a table with a column `v` of a type and values, NULL among them."""
    source.execute(f"CREATE TABLE t (v {upstream}); INSERT INTO t VALUES {values}, (NULL)")
    return source.design("public.t", column)


CHANGED = [
    ("numeric(14,4)", "1.2345", "numeric(12,2)"),
    ("numeric", "1.5", "numeric(18,0)"),
    ("double precision", "0.125", "numeric(12,2)"),
    ("real", "0.125", "decimal(12,2)"),
    ("text", "1.239", "numeric(12,2)"),
    ("double precision", "0.123456789012", "real"),
    ("numeric", "12345678901234567890.5", "double precision"),
    ("numeric(20,4)", "1234567.8915", "float4"),
    ("bigint", "9007199254740993", "double precision"),
    ("integer", "16777217", "real"),
    ("text", "0.12345678901234567890", "float8"),
    ("timestamp", "2026-11-21 03:04:05", "date"),
    ("timestamptz", "2026-11-21 00:00:00.5+00", "date"),
    ("text", "2026-11-21T03:00", "date"),
    ("text", "2026-11-21 00:00:00+02", "timestamp"),
    ("timetz", "12:00:00+05:30", "time"),
]


@pytest.mark.parametrize(("upstream", "shown", "sql_type"), CHANGED)
def test_a_value_that_copy_would_change_stops_the_dump(source, upstream, shown, sql_type):
    design = typed(source, upstream, f"('{shown}')", Column("v", sql_type))
    with pytest.raises(UpstreamError, match=r"public\.t: column v: .* does not hold ") as caught:
        source.dump(design)
    assert f" does not hold {shown} exactly; choose another sql_type" in str(caught.value)
    assert str(caught.value).endswith(f', such as "v"::{parse_type(sql_type)}')
    assert source.left_in_folder() == []


@pytest.mark.parametrize(
    ("upstream", "value", "column"),
    [
        ("text", "", Column("v", "date")),
        ("text", "  ", Column("v", "bigint")),
        ("varchar(9)", "", Column("v", "boolean")),
        ("char(3)", "", Column("v", "numeric(5,2)")),
        ("bytea", "", Column("v", "varbyte(9)", expression="encode(v, 'hex')")),
        ("text", "", Column("v", "super")),
    ],
)
def test_an_empty_text_that_copy_would_load_as_null_stops_the_dump(
    source, upstream, value, column
):
    design = typed(source, upstream, f"('{value}')", column)
    with pytest.raises(UpstreamError, match=r"column v: .* holds no empty text, which") as caught:
        source.dump(design)
    shown = "..." if column.expression else '"v"'
    assert str(caught.value).endswith(f"such as NULLIF(btrim({shown}), '')")
    source.execute("DELETE FROM t WHERE v IS NOT NULL")
    assert source.dump(design).rows == 1


FITTING = [
    ("jsonb", '""', "super"),
    ("numeric(14,4)", "1.2300", "numeric(12,2)"),
    ("numeric", "-5", "numeric(18,0)"),
    ("numeric", "NaN", "numeric(18,0)"),
    ("numeric(12,2)", "1.25", "numeric(12,2)"),
    ("integer", "7", "numeric(12,2)"),
    ("double precision", "0.25", "numeric(12,2)"),
    ("double precision", "Infinity", "numeric(12,2)"),
    ("double precision", "0.1", "real"),
    ("double precision", "NaN", "real"),
    ("numeric", "123456789012.345", "double precision"),
    ("numeric", "-0.00000000000000000012345", "double precision"),
    ("bigint", "9007199254740992", "double precision"),
    ("integer", "16777216", "real"),
    ("real", "0.1", "double precision"),
    ("text", "one", "double precision"),
    ("timestamp", "2026-11-21 00:00:00", "date"),
    ("timestamptz", "infinity", "date"),
    ("text", "2026-11-21 00:00", "date"),
    ("text", "21-Nov-2026", "date"),
    ("timestamptz", "2026-11-21 03:04:05.000006+00", "timestamp"),
    ("text", "2026-11-21 00:00:00+00:00", "timestamp"),
    ("timetz", "12:00:00+00", "time"),
]


@pytest.mark.parametrize(("upstream", "value", "sql_type"), FITTING)
def test_a_value_that_fits_is_dumped_as_it_is(source, upstream, value, sql_type):
    design = typed(source, upstream, f"('{value}')", Column("v", sql_type))
    plain = source.texts(source.dump(source.design("public.t", "v")))
    assert source.texts(source.dump(design)) == plain


@pytest.mark.parametrize(
    ("upstream", "value", "sql_type", "expression", "dumped"),
    [
        ("numeric(14,4)", "1.2388", "numeric(12,2)", "round(v, 2)", b"1.24"),
        ("numeric(14,4)", "1.2388", "numeric(12,2)", "v::numeric(12,2)", b"1.24"),
        ("numeric(14,4)", "NaN", "numeric(12,2)", "round(NULLIF(v, 'NaN'), 2)", b"~NULL~"),
        ("double precision", "0.123456789012", "real", "v::real", b"0.12345679"),
        ("timestamp", "2026-11-21 03:04:05", "date", "v::date", b"2026-11-21"),
        (
            *("timestamptz", "2026-11-20 23:30+00", "date"),
            *("(v AT TIME ZONE 'Europe/Berlin')::date", b"2026-11-21"),
        ),
        ("timetz", "12:00+05:30", "time", "v::time", b"12:00:00"),
    ],
)
def test_an_expression_may_round_or_convert(source, upstream, value, sql_type, expression, dumped):
    column = Column("v", sql_type, expression=expression)
    design = typed(source, upstream, f"('{value}')", column)
    [text] = source.texts(source.dump(design))
    assert text.splitlines()[0].strip(b'"') == dumped


@pytest.mark.parametrize("compute", ["amount * 1.0001 -- net", "unnest(ARRAY[amount, 1.23456])"])
def test_an_expression_that_does_not_is_checked(source, compute):
    source.execute("CREATE TABLE t AS SELECT 1 AS id, 10.5::numeric(12,2) AS amount")
    design = source.design("public.t", "id", Column("net", "numeric(12,2)", expression=compute))
    with pytest.raises(UpstreamError, match=r"column net: numeric\(12,2\) does not hold") as error:
        source.dump(design)
    assert str(error.value).endswith("such as (...)::numeric(12,2)")


def test_a_constant_is_checked_when_the_query_is_planned(source):
    source.execute("CREATE TABLE t AS SELECT 1 AS id")
    design = source.design("public.t", "id", Column("rate", "numeric(12,2)", expression="1.239"))
    with pytest.raises(UpstreamError, match=r"column rate: .* does not hold 1.239 exactly"):
        source.dump(design)


def test_a_value_of_a_sensitive_column_is_not_shown(source):
    source.execute("CREATE TABLE t AS SELECT 3.14159 AS salary")
    design = source.design("public.t", Column("salary", "numeric(12,2)", sensitive=True))
    with pytest.raises(
        UpstreamError, match=r"column salary: .* does not hold a value exactly"
    ) as e:
        source.dump(design)
    assert "3.14" not in str(e.value)


def test_a_value_in_one_of_several_parts_stops_the_dump(large):
    large.execute("ALTER TABLE big ADD n numeric DEFAULT 1.25")
    large.execute("UPDATE big SET n = 0.0025 WHERE id = 140000")
    design = large.design("public.big", "id", Column("n", "numeric(12,2)"))
    with pytest.raises(UpstreamError, match=r"column n: .* does not hold 0.0025"):
        large.dump(design, replace(CUT, connections=3))
    large.execute("UPDATE big SET n = 2.5 WHERE id = 140000")
    manifest = large.dump(design, CUT)
    assert (manifest.rows, len(manifest.parts) > 1) == (150_000, True)


def test_columns_are_quoted_in_the_check(source):
    source.execute("""CREATE TABLE t AS SELECT 1.255 AS "100% 'net'" """)
    column = Column("100% 'net'", "numeric(12,2)")
    with pytest.raises(UpstreamError, match=r"column 100% 'net': .* does not hold 1.255 exactly"):
        source.dump(source.design("public.t", column))

"""Every PostgreSQL type maps to a Redshift type; losses are noted."""

import pytest

from pipeline.designs.mapping.typemap import map_type
from pipeline.designs.model.types import parse_type
from pipeline.designs.model.upstream import UpstreamType

FLOAT8 = (
    'CASE WHEN abs("c") BETWEEN 2.2250738585072014e-308::float8 AND '
    '1.7976931348623157e308::float8 OR "c" = 0 THEN "c" END'
)


@pytest.mark.parametrize(
    ("text", "sql_type", "expression"),
    [
        ("smallint", "smallint", None),
        ("integer", "integer", None),
        ("bigint", "bigint", None),
        ("boolean", "boolean", None),
        ("double precision", "double precision", FLOAT8),
        ("numeric(12,4)", "numeric(12,4)", "NULLIF(\"c\", 'NaN')"),
        ("numeric(18,0)", "numeric(18,0)", "NULLIF(\"c\", 'NaN')"),
        # 19 digits fit 8 bytes, which end before the 19 digits do.
        ("numeric(19,2)", "numeric(20,2)", "NULLIF(\"c\", 'NaN')"),
        ("numeric(38,37)", "numeric(38,37)", "NULLIF(\"c\", 'NaN')"),
        ("numeric(6,-3)", "numeric(9,0)", "NULLIF(\"c\", 'NaN')"),
        ("numeric(16,-3)", "numeric(20,0)", "NULLIF(\"c\", 'NaN')"),
        ("numeric(3,5)", "numeric(5,5)", "NULLIF(\"c\", 'NaN')"),
        ("numeric(38,38)", "varchar(65535)", '"c"::text'),
        ("numeric(100,2)", "varchar(65535)", '"c"::text'),
        ("numeric", "varchar(65535)", '"c"::text'),
        ("money", "numeric(20,2)", '"c"::numeric(20,2)'),
        ("character varying(20)", "varchar(80)", None),
        ("character varying(16383)", "varchar(65532)", None),
        ("character varying(16384)", "varchar(65535)", None),
        ("character varying", "varchar(65535)", None),
        ("character(3)", "varchar(12)", '"c"::text'),
        ("text", "varchar(65535)", '"c"::text'),
        ("citext", "varchar(65535)", '"c"::text'),
        ("name", "varchar(63)", '"c"::text'),
        ('"char"', "varchar(4)", '"c"::text'),
        ("bytea", "varchar(65535)", "encode(\"c\", 'hex')"),
        ("date", "date", "CASE WHEN \"c\" BETWEEN '0001-01-01' AND '9999-12-31' THEN \"c\" END"),
        ("time without time zone", "time", None),
        ("time(3) without time zone", "time", None),
        ("time with time zone", "varchar(32)", '"c"::text'),
        ("interval", "varchar(64)", '"c"::text'),
        ("uuid", "varchar(36)", '"c"::text'),
        ("json", "varchar(65535)", '"c"::text'),
        ("jsonb", "varchar(65535)", '"c"::text'),
        ("integer[]", "varchar(65535)", 'to_json("c")::text'),
        ("numeric(12,2)[]", "varchar(65535)", 'to_json("c")::text'),
        ("inet", "varchar(43)", '"c"::text'),
        ("macaddr8", "varchar(23)", '"c"::text'),
        ("xml", "varchar(65535)", '"c"::text'),
        ("point", "varchar(256)", '"c"::text'),
        ("polygon", "varchar(65535)", '"c"::text'),
        ("int4range", "varchar(128)", '"c"::text'),
        ("numrange", "varchar(65535)", '"c"::text'),
        ("int4multirange", "varchar(65535)", '"c"::text'),
        ("bit(8)", "varchar(8)", '"c"::text'),
        ("bit varying", "varchar(65535)", '"c"::text'),
        ("oid", "bigint", '"c"::bigint'),
        ("pg_lsn", "varchar(17)", '"c"::text'),
        ("regclass", "varchar(256)", '"c"::text'),
        ("something_new", "varchar(65535)", '"c"::text'),
    ],
)
def test_type_is_mapped(text, sql_type, expression):
    mapped = map_type(UpstreamType.parse(text))
    assert (mapped.sql_type, mapped.expression_for("c")) == (sql_type, expression)
    parse_type(mapped.sql_type)


USER_DEFINED = [
    (UpstreamType("mood", "mood", category="enum"), "varchar(63)", '"c"::text'),
    (
        UpstreamType("pair", "pair", category="composite"),
        "varchar(65535)",
        'row_to_json("c")::text',
    ),
    (UpstreamType("moods", "moods", category="range"), "varchar(65535)", '"c"::text'),
    # Domains come with what is below them.
    (UpstreamType("email", "varchar", 24), "varchar(80)", None),
    (
        UpstreamType("amount", "numeric", ((19 << 16) | 4) + 4),
        "numeric(20,4)",
        "NULLIF(\"c\", 'NaN')",
    ),
    (UpstreamType("tags", "_text", category="array"), "varchar(65535)", 'to_json("c")::text'),
    (
        UpstreamType("hstore", "hstore", schema="public"),
        "varchar(65535)",
        '"public".hstore_to_json("c")::text',
    ),
    # Measured widths get room to grow, and a varchar that is too short gives way.
    (UpstreamType("text", "text", measured=10), "varchar(64)", '"c"::text'),
    (UpstreamType("text", "text", measured=1000), "varchar(2000)", '"c"::text'),
    (UpstreamType("text", "text", measured=40_000), "varchar(65535)", '"c"::text'),
    (UpstreamType("jsonb", "jsonb", measured=70_000), "super", '"c"::text'),
    (
        UpstreamType("text[]", "_text", category="array", measured=70_000),
        "super",
        'to_json("c")::text',
    ),
    (UpstreamType("bytea", "bytea", measured=32_767), "varchar(65535)", "encode(\"c\", 'hex')"),
    (
        UpstreamType("bytea", "bytea", measured=32_768),
        "varbyte(1024000)",
        "NULLIF(encode(\"c\", 'hex'), '')",
    ),
    (UpstreamType("geometry", "geometry", schema="public"), "geometry", '"c"::text'),
]


@pytest.mark.parametrize(("upstream", "sql_type", "expression"), USER_DEFINED)
def test_a_user_defined_type_is_mapped(upstream, sql_type, expression):
    mapped = map_type(upstream)
    assert (mapped.sql_type, mapped.expression_for("c")) == (sql_type, expression)


@pytest.mark.parametrize(
    ("upstream", "expected"),
    [
        (UpstreamType.parse("numeric"), "no precision upstream"),
        (UpstreamType.parse("numeric(5,2)"), "NaN becomes NULL"),
        (UpstreamType.parse("real"), "NaN, infinity and numbers too small"),
        (UpstreamType.parse("timestamp with time zone"), "infinity, years before Christ"),
        (UpstreamType.parse("bytea"), "as hex digits"),
        (UpstreamType.parse("integer[]"), "no lower bounds"),
        (UpstreamType("text", "text", measured=70_000), "a value has 70000 bytes"),
        (UpstreamType("x", "x"), "x is not in the built-in map"),
        (UpstreamType.parse("citext"), "comparisons in the warehouse are case-sensitive"),
    ],
)
def test_lossy_conversions_are_noted(upstream, expected):
    assert expected in (map_type(upstream).note or "")


@pytest.mark.parametrize("text", ["integer", "uuid", "text", "character varying(3)", "boolean"])
def test_lossless_conversions_have_no_note(text):
    assert map_type(UpstreamType.parse(text)).note is None


TYPE_MAPS = (
    ("uuid", ("char(36)", "%s::text")),
    (r"numeric\(\d+,\d+\)", ("", "%s")),
    ("numeric", ("numeric(12,4)", "%s::numeric(12,4)")),
)


@pytest.mark.parametrize(
    ("text", "sql_type", "expression"),
    [
        ("uuid", "char(36)", '"c"::text'),
        ("numeric(9,2)", "numeric(9,2)", None),
        ("numeric", "numeric(12,4)", '"c"::numeric(12,4)'),
        # A pattern is for the whole type: these were mapped like their beginnings once.
        ("uuid[]", "varchar(65535)", 'to_json("c")::text'),
        ("numeric(12,2)[]", "varchar(65535)", 'to_json("c")::text'),
    ],
)
def test_configured_types_come_first_and_match_the_whole_type(text, sql_type, expression):
    mapped = map_type(UpstreamType.parse(text), TYPE_MAPS)
    assert (mapped.sql_type, mapped.expression_for("c")) == (sql_type, expression)


def test_the_column_is_quoted_everywhere_in_an_expression():
    mapped = map_type(UpstreamType.parse("date"))
    assert mapped.expression_for('a"b').count('"a""b"') == 2

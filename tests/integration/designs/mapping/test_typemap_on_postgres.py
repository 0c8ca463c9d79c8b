"""The type map on a real server: every expression runs, and its text fits Redshift's type."""

import psycopg2
import pytest

from pipeline.designs.mapping.numeric import measured
from pipeline.designs.mapping.typemap import map_type
from pipeline.designs.model.types import parse_type
from pipeline.designs.model.upstream import UpstreamType
from tests.support.database import query

SETUP = """
CREATE EXTENSION citext; CREATE EXTENSION hstore;
CREATE TYPE mood AS ENUM ('sad', 'glücklich');
CREATE TYPE pair AS (a integer, b text);
CREATE TYPE text_range AS RANGE (SUBTYPE = text);
CREATE DOMAIN email AS character varying(20);
CREATE DOMAIN amount AS numeric(19,4);
"""

WIDEST = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/120"
VALUES = [
    ("smallint", "-32768", "-32768"),
    ("integer", "2147483647", "2147483647"),
    ("bigint", "-9223372036854775808", "-9223372036854775808"),
    ("numeric(12,4)", "'12345678.1234'", "12345678.1234"),
    ("numeric(12,4)", "'NaN'", None),
    ("numeric(19,4)", "'-999999999999999.9999'", "-999999999999999.9999"),
    ("numeric(6,-3)", "'999999000'", "999999000"),
    ("numeric(3,5)", "'0.00999'", "0.00999"),
    ("numeric", "'Infinity'", "Infinity"),
    ("numeric", "'1e-200'", "0." + "0" * 199 + "1"),
    ("numeric(100,2)", "'1'", "1.00"),
    ("real", "'NaN'", None),
    ("real", "'-Infinity'", None),
    ("real", "'1e-40'", None),
    ("real", "'-3.4028235e38'", "-3.4028235e+38"),
    ("real", "'0'", "0"),
    ("double precision", "'NaN'", None),
    ("double precision", "'Infinity'", None),
    ("double precision", "'2.3e-315'", None),
    ("double precision", "'2.2250738585072014e-308'", "2.2250738585072014e-308"),
    ("double precision", "'-1.7976931348623157e308'", "-1.7976931348623157e+308"),
    ("money", "'92233720368547758.07'::numeric::money", "92233720368547758.07"),
    ("boolean", "true", "true"),
    ("character(5)", "'ab'", "ab"),
    ("character varying(3)", "'äöü'", "äöü"),
    ("text", "E'a\\nb'", "a\nb"),
    ("citext", "'Ab'", "Ab"),
    ("name", "'n'", "n"),
    ('"char"', "'c'", "c"),
    ("bytea", "'\\x00ff'", "00ff"),
    ("date", "'2016-04-11'", "2016-04-11"),
    ("date", "'infinity'", None),
    ("date", "'0044-03-15 BC'", None),
    ("date", "'10000-01-01'", None),
    ("timestamp without time zone", "'9999-12-31 23:59:59.999999'", "9999-12-31 23:59:59.999999"),
    ("timestamp(0) without time zone", "'2016-04-11 10:11:12'", "2016-04-11 10:11:12"),
    ("timestamp without time zone", "'-infinity'", None),
    ("timestamp with time zone", "'2016-04-11 10:11:12+02'", "2016-04-11 08:11:12+00"),
    ("timestamp with time zone", "'infinity'", None),
    ("time without time zone", "'24:00:00'", "24:00:00"),
    ("time with time zone", "'10:00:00.123456+05:30'", "10:00:00.123456+05:30"),
    ("interval", "'1 year 2 days 3 seconds'", "P1Y2DT3S"),
    ("uuid", "'00000000-0000-0000-0000-00000000000A'", "00000000-0000-0000-0000-00000000000a"),
    ("json", """'{"a": 1,  "a": 2}'""", '{"a": 1,  "a": 2}'),
    ("jsonb", """'{"b":1}'""", '{"b": 1}'),
    ("jsonpath", "'$.a'", '$."a"'),
    ("hstore", "'a=>NULL'", '{"a": null}'),
    ("integer[]", "'{1,NULL,3}'", "[1,null,3]"),
    ("text[]", """'{"a,b","c\\"d"}'""", '["a,b","c\\"d"]'),
    ("mood", "'glücklich'", "glücklich"),
    ("mood[]", "'{sad}'", '["sad"]'),
    ("pair", "ROW(1, 'x')", '{"a":1,"b":"x"}'),
    ("email", "'a@b'", "a@b"),
    ("amount", "'1.5'", "1.5000"),
    ("inet", f"'{WIDEST}'", WIDEST),
    ("cidr", "'10.0.0.0/8'", "10.0.0.0/8"),
    ("macaddr", "'08:00:2b:01:02:03'", "08:00:2b:01:02:03"),
    ("macaddr8", "'08:00:2b:01:02:03:04:05'", "08:00:2b:01:02:03:04:05"),
    ("tsvector", "'a:1'", "'a':1"),
    ("tsquery", "'a & b'", "'a' & 'b'"),
    ("point", "'(1,2)'", "(1,2)"),
    ("line", "'{1,2,3}'", "{1,2,3}"),
    ("lseg", "'[(1,2),(3,4)]'", "[(1,2),(3,4)]"),
    ("box", "'(3,4),(1,2)'", "(3,4),(1,2)"),
    ("path", "'[(1,2)]'", "[(1,2)]"),
    ("polygon", "'((1,2),(3,4))'", "((1,2),(3,4))"),
    ("circle", "'<(1,2),3>'", "<(1,2),3>"),
    ("int4range", "'[1,5)'", "[1,5)"),
    ("numrange", "'(1.5,)'", "(1.5,)"),
    ("tstzrange", "'[2016-04-11 10:00+00,infinity]'", '["2016-04-11 10:00:00+00",infinity]'),
    ("int4multirange", "'{[1,2),[5,6)}'", "{[1,2),[5,6)}"),
    ("text_range", "'[a,b]'", "[a,b]"),
    ("bit(8)", "B'10101010'", "10101010"),
    ("bit varying(5)", "B'101'", "101"),
    ("bit varying", "B'1'", "1"),
    ("oid", "'4294967295'", "4294967295"),
    ("regclass", "'pg_class'", "pg_class"),
    ("pg_lsn", "'FFFFFFFF/FFFFFFFF'", "FFFFFFFF/FFFFFFFF"),
    ("xid8", "'18446744073709551615'", "18446744073709551615"),
    ("txid_snapshot", "'10:20:10,14'", "10:20:10,14"),
]  # fmt: skip

FACTS = """
SELECT format_type(a.atttypid, a.atttypmod) AS text, t.typname AS base,
  CASE WHEN d.typtype = 'd' THEN d.typtypmod ELSE a.atttypmod END AS typmod,
  n.nspname AS schema,
  CASE WHEN t.typcategory = 'A' THEN 'array' WHEN t.typtype = 'e' THEN 'enum'
    WHEN t.typtype = 'c' THEN 'composite' WHEN t.typtype = 'r' THEN 'range'
    WHEN t.typtype = 'm' THEN 'multirange' ELSE 'base' END AS category
FROM pg_attribute AS a
JOIN pg_type AS d ON d.oid = a.atttypid
JOIN pg_type AS t ON t.oid = CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE d.oid END
JOIN pg_namespace AS n ON n.oid = t.typnamespace
WHERE a.attrelid = 'public.gallery'::regclass AND a.attnum > 0
ORDER BY a.attnum
"""


@pytest.fixture
def gallery(new_database):
    """A table with one column for each entry of VALUES, and its description in the catalog."""
    connection = psycopg2.connect(new_database())
    with connection.cursor() as cursor:
        cursor.execute(SETUP)
        columns = ", ".join(f'"C {index}" {kind}' for index, (kind, _, _) in enumerate(VALUES))
        cursor.execute(f"CREATE TABLE gallery ({columns})")
        cursor.execute(
            f"INSERT INTO gallery VALUES ({', '.join(value for _, value, _ in VALUES)})"
        )
        cursor.execute(FACTS)
        names = [column.name for column in cursor.description]
        facts = [UpstreamType(**dict(zip(names, row, strict=True))) for row in cursor]
        cursor.execute(
            "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; SET IntervalStyle = 'iso_8601';"
            "SET extra_float_digits = 1; SET bytea_output = 'hex'"
        )
        yield cursor, facts
    connection.close()


def test_the_text_of_every_value_fits_the_mapped_type(gallery):
    cursor, facts = gallery
    for index, ((kind, value, expected), upstream) in enumerate(zip(VALUES, facts, strict=True)):
        name = f"C {index}"
        mapped = map_type(upstream)
        expression = mapped.expression_for(name) or f'"{name}"'
        cursor.execute(f"SELECT ({expression})::text FROM gallery")
        found = cursor.fetchone()[0]
        assert found == expected, (kind, value)
        sql_type = parse_type(mapped.sql_type)
        if found is not None and sql_type.base == "varchar":
            assert len(found.encode()) <= sql_type.sizes[0], kind


NUMBERS = [
    ("1.5", "1.5"),
    ("-12345678.1234", "-12345678.1234"),
    ("1.50000000", "1.50000000"),
    ("'NaN'", None),
    ("NULL", None),
    ("0.12345", 'invalid input syntax for type numeric: "more than 4 decimals: 0.12345"'),
]


@pytest.mark.parametrize(("value", "expected"), NUMBERS)
def test_a_number_with_more_decimals_than_its_column_is_an_error(postgres, value, expected):
    expression = measured(14, 4).expression_for("n")
    statement = f"SELECT ({expression})::text FROM (SELECT {value}::numeric AS n) AS t"
    try:
        ((found,),) = query(postgres.dsn("postgres"), statement)
    except psycopg2.Error as error:
        found = error.diag.message_primary
    assert found == expected


def test_a_type_parsed_from_its_text_equals_that_of_the_catalog(gallery):
    _, facts = gallery
    own = {"mood", "pair", "text_range", "email", "amount", "hstore", "citext"}
    for upstream in facts:
        if upstream.text.removesuffix("[]") in own:
            continue
        parsed = UpstreamType.parse(upstream.text)
        assert map_type(parsed) == map_type(upstream), upstream

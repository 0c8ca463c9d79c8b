"""Explicit casts.

https://docs.aws.amazon.com/redshift/latest/dg/r_CAST_function.html
https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html#r_Type_conversion
"""

from decimal import Decimal

import pytest


@pytest.fixture
def values(client):
    client.run("CREATE TABLE v (n numeric(8, 2), f float8, s varchar(10), b boolean, i int)")
    client.run("INSERT INTO v VALUES (-162.95, 2.9, 'äbc', true, 5)")
    return client


def test_rule_47_casts_cut_the_fractions_of_a_tables_values_and_round_constants(values):
    assert values.run(
        "SELECT n::int, cast(n AS smallint), convert(bigint, n), f::int, n::decimal(8, 1),"
        " b::int, i::decimal(8, 2), 1.96::decimal(2, 1), 1.5::int FROM v"
    ) == [(-162, -162, -162, 2, Decimal("-162.9"), 1, 5, Decimal("2.0"), 2)]
    assert values.value("SELECT cast(162.5 AS int)") == 163
    with values.connection.cursor() as cursor:
        cursor.execute("SELECT cast(n AS int), cast(n + 1 AS int), n::int AS x FROM v")
        assert [column.name for column in cursor.description] == ["n", "int4", "x"]
        assert [column.type_code for column in cursor.description] == [23, 23, 23]


def test_rule_47_floats_become_decimals_by_rounding(values):
    values.run("CREATE TABLE floats (a float8, b float4)")
    values.run("INSERT INTO floats VALUES (68.6029434, 2.96), (68.6029438, -2.96), (2.9, NULL)")
    assert values.run(
        "SELECT a::decimal(28, 6), cast(b AS decimal(3, 1)), convert(numeric(4), a)"
        " FROM floats AS t ORDER BY t.a"
    ) == [
        (Decimal("2.900000"), None, 3),
        (Decimal("68.602943"), Decimal("3.0"), 69),
        (Decimal("68.602944"), Decimal("-3.0"), 69),
    ]
    for value in ("(a * 100)::decimal(3, 0)", "(a * 1e18)::decimal(19, 0)"):
        error = values.error(f"SELECT {value} FROM floats")
        assert "Numeric data overflow" in str(error), value


def test_rule_47_other_types_become_numbers_too(values):
    assert (
        values.value("SELECT cast(oid AS bigint) FROM pg_class WHERE relname = 'pg_class'") == 1259
    )
    values.run("CREATE TABLE s (a super)")
    values.run("INSERT INTO s SELECT json_parse('5')")
    assert values.run("SELECT a::int, a::decimal(4, 1), a::float8, a::varchar(2) FROM s") == [
        (5, Decimal("5.0"), 5.0, "5")
    ]


def test_rule_47_enable_numeric_rounding(values):
    assert values.value("SHOW enable_numeric_rounding") == "off"
    values.run("SET enable_numeric_rounding TO on")
    assert values.run("SELECT n::int, convert(int, n), n::decimal(8, 1) FROM v") == [
        (-163, -163, Decimal("-163.0"))
    ]
    values.run("SET enable_numeric_rounding TO off")
    assert values.value("SELECT n::int FROM v") == -162


def test_rule_47_errors_name_the_types_of_the_cast(values):
    assert "cannot cast type date to integer" in str(
        values.error("SELECT date '2008-01-01'::int + i FROM v")
    )
    assert values.error("SELECT s::int FROM v").pgcode == "22P02"
    assert values.error("SELECT f::int * 1e30::float8::int FROM v").pgcode == "22003"


def test_rule_9_a_cast_cuts_text_by_bytes(values):
    query = (
        "SELECT s::varchar(2), cast(s AS varchar(3)), convert(varchar(1), s), n::varchar(4) FROM v"
    )
    assert values.run(query) == [("ä", "äb", "", "-162")]
    assert values.value("SELECT NULL::varchar(2)") is None


def test_rule_11_a_cast_to_char_takes_ascii(values):
    assert values.value("SELECT i::char(3) FROM v") == "5  "
    for cast in ("s::char(3)", "cast('ä' AS char(3))"):
        error = values.error(f"SELECT {cast} FROM v")
        assert error.pgcode == "XX000"
        assert "CHAR string contains invalid ASCII character" in str(error)


def test_rule_13_decimals_that_do_not_fit(values):
    assert values.value("SELECT 9223372036854775807::decimal(19, 0)") == 2**63 - 1
    for value in (
        "9223372036854775808::decimal(19, 0)",
        "i::decimal(19, 0) * 0 + 9223372036854775808::decimal(19, 0)",
        "'NaN'::decimal(8, 2)",
        "n::decimal(3, 2)",
        "123456789012345678901234567890123456789",
        "1.23456789012345678901234567890123456789",
    ):
        assert "Numeric data overflow" in str(values.error(f"SELECT {value} FROM v")), value


def test_rule_43_computed_text_has_up_to_65535_bytes(values):
    assert values.value("SELECT len(repeat('x', 65535)) FROM v") == 65535
    assert "65535 bytes" in str(values.error("SELECT len(repeat('ä', 32768)) FROM v"))
    error = values.error(
        "SELECT len(listagg(repeat('x', 40000), ',')) FROM (SELECT 1 UNION ALL SELECT 2)"
    )
    assert "LISTAGG limit" in str(error)


def test_rule_13_dates_end_in_294276(client):
    client.run("CREATE TABLE d (a date)")
    client.run("INSERT INTO d VALUES ('294276-12-31')")
    assert "not documented" in str(client.error("INSERT INTO d VALUES ('300000-01-01')"))


def test_the_type_of_a_cast_has_no_schema(client):
    for expression in ("'b'::varbyte . x", "CAST(1 AS integer.x)", "'b'::varchar.x"):
        assert client.error(f"SELECT {expression}").pgcode == "42601", expression


@pytest.mark.parametrize(
    "expression",
    [
        *("b::varchar", "cast(b AS varchar(5))", "b::text", "b || 'x'", "'x' || b"),
        *("concat(b, 'x')", "md5(b)", "listagg(b, ',')", "true::varchar"),
    ],
)
def test_rule_48_a_boolean_is_not_cast_to_text(values, expression):
    error = values.error(f"SELECT {expression} FROM v")
    assert (error.pgcode, error.diag.message_primary) == (
        "42846",
        "cannot cast type boolean to character varying",
    )


def test_rule_48_a_boolean_is_not_stored_in_a_text(values):
    assert values.error("INSERT INTO v (s) SELECT b FROM v").pgcode == "42804"
    assert values.error("UPDATE v SET s = b").pgcode == "42804"


def test_rule_48_a_text_is_not_cast_to_a_boolean(values):
    error = values.error("SELECT s::boolean FROM v")
    assert (error.pgcode, error.diag.message_primary) == (
        "42846",
        "cannot cast type character varying to boolean",
    )


def test_rule_48_literals_numbers_and_super_values_become_booleans(values):
    assert values.run(
        "SELECT 't'::boolean, cast('no' AS bool), boolean 'yes', b = 'true', i::boolean, b::int,"
        " json_parse('true')::boolean, json_parse('\"f\"')::boolean, json_parse('true')::int"
        " FROM v"
    ) == [(True, False, True, True, True, 1, True, False, 1)]


@pytest.mark.parametrize("target", ["int", "bigint", "decimal(9, 2)"])
@pytest.mark.parametrize("number", ["0x1F", " 1_000", "-0b11"])
def test_rule_13_a_text_is_a_number_in_decimal_digits(values, target, number):
    values.run(f"UPDATE v SET s = '{number}'")
    kind = "integer" if target.endswith("int") else "type numeric"
    for operand in ("s", f"'{number}'"):
        error = values.error(f"SELECT {operand}::{target} FROM v")
        assert (error.pgcode, error.diag.message_primary) == (
            "22P02",
            f'invalid input syntax for {kind}: "{number}"',
        )
    values.run("UPDATE v SET s = ' 12 '")
    assert values.value(f"SELECT s::{target} FROM v") == 12


def test_try_cast_converts_the_documented_types_only(client):
    client.run("CREATE TABLE t (a varchar(9), b boolean)")
    client.run("INSERT INTO t VALUES ('1.5', true), ('x', NULL), (NULL, false)")
    query = "SELECT try_cast(a AS decimal(5, 1))::float, try_cast(b AS int) FROM t ORDER BY a"
    assert client.run(query) == [(1.5, 1), (None, None), (None, 0)]
    assert client.value("SELECT try_cast('2024-02-29'::date AS date)::varchar") == "2024-02-29"
    for cast in ("a AS boolean", "b AS timestamp", "b AS varchar(5)"):
        assert client.error(f"SELECT try_cast({cast}) FROM t").pgcode == "42846"
    client.run("CREATE TABLE u AS SELECT try_cast(a AS decimal(5, 1)) AS d FROM t")
    query = "SELECT type FROM pg_table_def WHERE tablename = 'u'"
    assert client.value(query) == "numeric(5,1)"

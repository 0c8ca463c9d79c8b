"""Redshift's functions; expected values follow the examples of its documentation."""

import datetime as dt
import hashlib
import re
from decimal import Decimal

import pytest

at = dt.datetime.fromisoformat

CASES = [
    ("nvl(NULL, 'a')", "a"),
    ("isnull(NULL, 'a')", "a"),
    ("try_cast('12' AS int)", 12),
    ("try_cast('x' AS int)", None),
    ("try_cast(NULL AS int)", None),
    ("try_cast(300000::int AS smallint)", None),
    ("try_cast('1.25' || '9' AS decimal(5, 2))::varchar", "1.26"),
    ("try_cast('2024-02-30' AS date)", None),
    ("try_cast('2024-02-29' AS date)::varchar", "2024-02-29"),
    ("try_cast('abcdef' AS varchar(3))", "abc"),
    ("try_cast(1 AS bool)", True),
    ("try_cast((SELECT 'x' || 1) AS double precision)", None),
    ("isnull('b', 'a')", "b"),
    ("1 ISNULL", False),
    ("nvl(NULL, NULL, 3)", 3),
    ("nvl2('x', 'has', 'none')", "has"),
    ("nvl2(NULL, 'has', 'none')", "none"),
    ("decode(2, 1, 'one', 2, 'two', 'other')", "two"),
    ("decode(9, 1, 'one', 2, 'two', 'other')", "other"),
    ("decode(9, 1, 'one')", None),
    ("decode(NULL, NULL, 'null', 'other')", "null"),
    ("decode(nvl(NULL, 2), 1 + 1, nvl2(1, 'x', 'y'), 'z')", "x"),
    ("len('Žluť')", 4),
    ("charindex('dog', 'a dog')", 3),
    ("concat('a', 'b')", "ab"),
    ("concat('a', NULL)", None),
    ("concat('n', 1)", "n1"),
    ("'abc'::varbyte", "616263"),
    ("concat('abc'::varbyte, 'def'::varbyte)", "616263646566"),
    ("''::varbyte", ""),
    ("NULL::varbyte", None),
    ("dateadd(day, 30, '2008-11-01')", at("2008-12-01 00:00:00")),
    ("dateadd('month', 1, '2008-01-31'::date)", at("2008-02-29 00:00:00")),
    ("dateadd(month, 1, '2008-02-29'::timestamp)", at("2008-03-29 00:00:00")),
    ("dateadd(month, 1, '2008-04-30')", at("2008-05-30 00:00:00")),
    ("dateadd(year, 1, '2016-02-29')", at("2017-03-01 00:00:00")),
    ("dateadd(year, 4, '2016-02-29 10:00')", at("2020-02-29 10:00:00")),
    ("dateadd(quarter, 1, '2008-11-30')", at("2009-02-28 00:00:00")),
    ("dateadd(hr, -25, '2008-01-02 00:30:00'::timestamp)", at("2007-12-31 23:30:00")),
    ("dateadd(qtr, 2, '2008-01-01'::date)", at("2008-07-01 00:00:00")),
    ("datediff(week, '2009-01-01', '2009-12-31')", 52),
    ("datediff(qtr, '1998-07-01'::date, '2008-10-01'::date)", 41),
    ("datediff(hour, '2009-01-01 00:59', '2009-01-01 01:00')", 1),
    ("datediff(year, '2009-12-31', '2010-01-01')", 1),
    ("datediff('day', '2009-01-02'::date, '2009-01-01'::timestamp)", -1),
    ("date_part(dow, '2008-06-17'::date)", 2.0),
    ("date_part(w, '2008-06-17 09:44:54')", 25.0),
    ("extract(day FROM '2008-06-17'::date)", 17),
    ("extract(epoch FROM '1970-01-02'::timestamp)", 86400),
    ("extract(ms FROM '2009-09-09 12:08:43.101'::timestamp)", 101),
    ("extract(ms FROM '12:08:43.101'::time)", 101),
    ("extract(decade FROM '1999-02-16'::timestamp)", 200),
    ("extract(decade FROM '1990-12-31'::date)", 200),
    ("extract(century FROM '1999-02-16'::date)", 20),
    ("date_part(microsecond, '2019-05-02 04:05:06.789')", 789000.0),
    ("date_part(minute, '04:05:06.789'::time)", 5.0),
    ("date_part_year('2016-02-29'::date)", 2016.0),
    ("date_trunc('month', '2008-06-17'::date)", at("2008-06-01 00:00:00")),
    ("date_trunc('hour', '2008-06-17 09:44:54'::timestamp)", at("2008-06-17 09:00:00")),
    ("last_day('2008-02-03'::date)", dt.date(2008, 2, 29)),
    ("add_months('2008-01-31', 1)", at("2008-02-29 00:00:00")),
    ("add_months('2008-04-30 05:07:30', 1)", at("2008-05-31 05:07:30")),
    ("add_months('2008-02-28'::date, 1)", at("2008-03-28 00:00:00")),
    ("months_between('1969-01-18'::date, '1969-03-18'::date)", -2.0),
    ("next_day('2014-08-20', 'Tuesday')", dt.date(2014, 8, 26)),
    ("trunc('2008-06-17 09:44:54'::timestamp)", dt.date(2008, 6, 17)),
    ("trunc(111.86)", Decimal(111)),
    ("trunc(111.868, 1)", Decimal("111.8")),
    ("round(28.05, 1)", Decimal("28.1")),
    ("round(2.5::float8, 0)", 3.0),
    (
        "convert_timezone('UTC', 'America/New_York', '2008-06-17 16:00:00'::timestamp)",
        at("2008-06-17 12:00:00"),
    ),
    (
        "convert_timezone('Europe/Berlin', '2008-06-17 16:00:00'::timestamp)",
        at("2008-06-17 18:00:00"),
    ),
    ("'2008-06-17'::date + 3", dt.date(2008, 6, 20)),
    ("to_char('2008-06-17 09:44:54'::timestamp, 'YYYY-MM-DD HH24')", "2008-06-17 09"),
    ("to_date('02 Oct 2001', 'DD Mon YYYY')", dt.date(2001, 10, 2)),
    ("to_date('20010631', 'YYYYMMDD')", dt.date(2001, 7, 1)),
    ("to_date('20010631', 'YYYYMMDD', false)", dt.date(2001, 7, 1)),
    ("to_date('29.02.2001', 'DD.MM.YYYY')", dt.date(2001, 3, 1)),
    (
        "to_timestamp('2011-12-18 24:38:15', 'YYYY-MM-DD HH24:MI:SS')::timestamp",
        at("2011-12-19 00:38:15"),
    ),
    ("md5('Amazon Redshift')", "f7415e33f972c03abd4f3fed36748f7a"),
    ("sha2('Amazon Redshift', 256)", hashlib.sha256(b"Amazon Redshift").hexdigest()),
    ("strtol('abcd1234', 16)", 2882343476),
    ("strtol('1234567', 10)", 1234567),
    ("strtol('-110', 2)", -6),
    ("regexp_replace('a1b2', '[0-9]', 'x')", "axbx"),
    ("regexp_substr('a12b3', '[0-9]+')", "12"),
    ("regexp_substr('abc', '[0-9]+')", ""),
    ("regexp_substr('home@x.org, work@y.org', '@[a-z]+', 1, 2)", "@y"),
    ("regexp_substr('a12b3', '([0-9])([0-9])', 1, 1, 'e')", "1"),
    ("regexp_substr('ABC', 'b', 1, 1, 'i')", "B"),
    ("regexp_count('abcabc', 'C', 4, 'i')", 1),
    ("regexp_instr('abcabc', 'c', 1, 2)", 6),
    ("regexp_instr('abcabc', 'c', 1, 2, 1)", 7),
    ("regexp_replace('a1b2', '([0-9])', '<$1>', 3)", "a1b<2>"),
    ("regexp_replace('AbA', 'a', '', 1, 'i')", "b"),
    ("7.5::dec(3,1)", Decimal("7.5")),
    ("'2008-06-17 09:44:54'::datetime", at("2008-06-17 09:44:54")),
    ("split_part('a$b$c', '$', 2)", "b"),
    ("left('abc', 2) || right('abc', 1)", "abc"),
    ("'Abc' ILIKE 'a%'", True),
    (
        'json_extract_path_text(\'{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}}\', \'f4\', \'f6\')',
        "star",
    ),
    ("json_extract_path_text('{\"a\": 1}', 'b')", None),
    ("json_extract_path_text('{\"farm\": {\"barn\": {}}}', 'farm', 'barn', 'color')", None),
    ("json_extract_path_text('{\"a\": {\"b\": {\"c\": 1}}}', 'a', 'b', 'c', true)", "1"),
    ("json_extract_path_text('no json', 'b', true)", None),
    ("json_array_length('[11,12,13]')", 3),
    ("json_extract_array_element_text('[111,112,113]', 2)", "113"),
    ("is_valid_json('{\"a\": 1}')", True),
    ("is_valid_json('no')", False),
    ("greatest(1, NULL, 3)", 3),
    ("convert(varchar(3), 'abcdef')", "abc"),
    ("convert(numeric(4, 1), '2.25')", Decimal("2.3")),
    ("CAST('12' AS int) + '3'::int8", 15),
    ("7 / 2", 3),
]


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[case[0][:60] for case in CASES])
def test_rule_39_functions(client, expression, expected):
    assert client.value(f"SELECT {expression}") == expected


def test_rule_39_is_strict_refuses_what_is_carried_over(client):
    for call in (
        "to_date('20010631', 'YYYYMMDD', true)",
        "to_timestamp('2011-12-18 24:38:15', 'YYYY-MM-DD HH24:MI:SS', true)",
        "to_date('20011301', 'YYYYMMDD')",
        "to_date('20010632', 'YYYYMMDD')",
    ):
        assert client.error(f"SELECT {call}").pgcode == "22008"
    assert client.error("SELECT split_part('a-b', '-', -1)").pgcode == "22023"


def test_rule_39_other_parameters_of_regular_expressions_do_not_exist(client):
    assert client.error("SELECT regexp_count('a', 'a', 1, 'x')").pgcode == "22023"


def test_rule_39_names_that_touch_a_number_are_aliases(client):
    assert client.run("SELECT 0x1F, 1_000") == [(0, 1)]
    assert client.run("SELECT x1f FROM (SELECT 0x1F) AS q") == [(0,)]


def test_rule_8_super_and_varbyte_have_the_numbers_that_drivers_know(client):
    with client.connection.cursor() as cursor:
        cursor.execute("SELECT json_parse('[1]'), 'abc'::varbyte, 'a'")
        assert [column.type_code for column in cursor.description][:2] == [4000, 6551]
        assert cursor.fetchall() == [("[1]", "616263", "a")]
        cursor.execute("SELECT 'a'::varbyte UNION ALL SELECT NULL ORDER BY 1")
        assert cursor.fetchall() == [("61",), (None,)]


def test_rule_8_super_keeps_what_was_written_and_is_compared_by_value(client):
    written = '{"b":1,"a":[1,"x y"]}'
    spaced = written.replace(":", " : ").replace(",", ", ")
    assert client.run(
        "SELECT json_parse(%s), json_serialize(json_parse(%s))", (spaced, spaced)
    ) == [(written, written)]
    client.run("CREATE TABLE s (a super)")
    for text in ('{"b": 1, "a": 2}', '{"a": 2, "b": 1}'):
        client.run("INSERT INTO s SELECT json_parse(%s)", (text,))
    assert client.value("SELECT count(*) FROM (SELECT a FROM s GROUP BY a)") == 1
    assert client.value("SELECT count(DISTINCT a) FROM s") == 1
    assert client.run('SELECT a FROM s WHERE a = json_parse(\'{"a":2,"b":1}\') LIMIT 1') == [
        ('{"b":1,"a":2}',)
    ]


def test_rule_39_postgresql_itself_differs(client, plain):
    """PostgreSQL gives another result, or does not have the function."""
    assert plain.value("SELECT regexp_replace('a1b2', '[0-9]', 'x')") == "axb2"
    assert plain.value("SELECT concat('a', NULL)") == "a"
    for expression in ("nvl(1, 2)", "getdate()", "len('a')", "dateadd(day, 1, '2020-01-01')"):
        plain.run("SAVEPOINT s")
        assert plain.error(f"SELECT {expression}").pgcode in {"42883", "42703"}
        plain.run("ROLLBACK TO SAVEPOINT s")


def test_rule_39_getdate_has_whole_seconds_and_sysdate_is_the_transactions(client):
    now, sysdate = client.run("SELECT getdate(), sysdate")[0]
    assert now.tzinfo is None
    assert now.microsecond == 0
    assert abs(sysdate - now) < dt.timedelta(minutes=1)
    client.run("BEGIN")
    first = client.value("SELECT sysdate")
    assert client.value("SELECT sysdate") == first
    client.run("COMMIT")


@pytest.fixture
def sales(client):
    client.run(
        "CREATE TABLE sales (region varchar(10), seller varchar(10), amount int, price"
        " numeric(8, 2))"
    )
    client.run(
        "INSERT INTO sales VALUES ('n', 'b', 10, 1.50), ('n', 'a', 20, 2.50), ('s', 'c',"
        " 31, 3.00), ('s', 'a', NULL, 4.00)"
    )
    return client


def test_rule_39_the_average_of_integers_is_an_integer(sales, plain):
    assert sales.run("SELECT avg(amount), avg(price) FROM sales") == [(20, Decimal("2.75"))]
    assert sales.run("SELECT region, avg(amount) FROM sales GROUP BY 1 ORDER BY 1") == [
        ("n", 15),
        ("s", 31),
    ]
    assert sales.value("SELECT avg(amount) FROM sales WHERE region = 'x'") is None
    assert (
        sales.value("SELECT avg(amount::bigint) FROM sales WHERE amount < 31 OR amount = 31") == 20
    )
    assert plain.value("SELECT avg(a) FROM (VALUES (1), (2)) AS t (a)") == Decimal("1.5")


def test_rule_39_aggregates(sales):
    query = (
        "SELECT region, listagg(seller, ',') WITHIN GROUP (ORDER BY seller),"
        " listagg(DISTINCT region),"
        " median(amount), approximate count(distinct seller), count(*) FROM sales GROUP BY"
        " region ORDER BY 1"
    )
    assert sales.run(query) == [("n", "a,b", "n", 15, 2, 2), ("s", "a,c", "s", 31, 2, 2)]
    assert (
        sales.value("SELECT listagg(amount, '|') WITHIN GROUP (ORDER BY amount DESC) FROM sales")
        == "31|20|10"
    )


def test_rule_39_windows(sales):
    query = (
        "SELECT seller, ratio_to_report(amount) OVER (PARTITION BY region), sum(amount) OVER"
        " (PARTITION BY region ORDER BY amount ROWS UNBOUNDED PRECEDING), row_number()"
        " OVER (ORDER BY price)"
        " FROM sales WHERE amount IS NOT NULL ORDER BY price"
    )
    sales.run("SET extra_float_digits TO 2")
    assert sales.run(query) == [("b", 1 / 3, 10, 1), ("a", 2 / 3, 30, 2), ("c", 1.0, 31, 3)]


def test_doubles_have_15_digits_unless_extra_float_digits_is_set(client, plain):
    assert client.value("SELECT (1::float8 / 3)::varchar") == "0.333333333333333"
    assert (
        plain.value("SET extra_float_digits TO 1; SELECT (1::float8 / 3)::varchar")
        == "0.3333333333333333"
    )
    client.run("SET extra_float_digits TO 2")
    assert client.value("SELECT (1::float8 / 3)::varchar") == "0.3333333333333333"


def test_rule_39_top_and_minus(sales):
    assert sales.run("SELECT TOP 2 price FROM sales ORDER BY price DESC") == [(4,), (3,)]
    assert sales.run("SELECT a FROM (SELECT TOP 1 price AS a FROM sales ORDER BY 1) x") == [
        (Decimal("1.50"),)
    ]
    assert sales.run("SELECT region FROM sales MINUS SELECT 's'") == [("n",)]


def test_rule_39_invalid_json_is_an_error(client):
    assert "JSON parsing error" in str(client.error("SELECT json_extract_path_text('no', 'a')"))


def test_rule_40_leader_node_functions_run_only_without_tables(client):
    client.run("CREATE TABLE t (a int)")
    assert client.value("SELECT current_schema()") == client.schema
    assert client.run("SELECT * FROM generate_series(1, 2)") == [(1,), (2,)]
    for statement in (
        "SELECT now() FROM t",
        "SELECT current_timestamp FROM t",
        "CREATE TABLE c AS SELECT current_timestamp AS b FROM t",
        "CREATE TABLE c AS SELECT now() AS b",
        # https://github.com/liquibase/liquibase-redshift/issues/9
        "INSERT INTO t VALUES (extract(year FROM now()))",
        "INSERT INTO t VALUES (1), (len(current_schema()))",
    ):
        error = client.error(statement)
        assert error.pgcode == "0A000"
        assert "not supported on Amazon Redshift tables" in str(error)
        assert re.search("now|current_", client.notices())
    # https://github.com/salsita/node-pg-migrate/pull/766
    client.run("INSERT INTO t VALUES (extract(year FROM current_timestamp))")
    # the tests of dbt-redshift
    client.run("CREATE TABLE c AS SELECT 1 || '-' || current_timestamp AS b, 'x' AS d")
    client.run("INSERT INTO c SELECT current_timestamp, 'y'")
    assert client.value("SELECT count(*) FROM c WHERE b LIKE '%20__-__-__ %'") == 2


def test_rule_40_tables_of_the_catalog_are_joined_with_users_tables(client):
    client.run_all(
        "CREATE TABLE t (a int, n varchar(20)); INSERT INTO t VALUES (2, 't'), (3, 'x')"
    )
    query = "SELECT a, c.relname FROM t JOIN pg_class c ON c.relname = t.n AND c.relnatts = t.a"
    assert client.run(query) == [(2, "t")]
    assert client.value("SELECT count(*) FROM t, (SELECT * FROM pg_attribute LIMIT 2) x") == 4
    # elementary's, https://github.com/elementary-data/dbt-data-reliability
    client.run(
        "CREATE TABLE days AS WITH integers AS"
        " (SELECT (row_number() OVER (ORDER BY 1)) - 1 AS num FROM pg_catalog.pg_class LIMIT 4)"
        " SELECT t.*, num FROM t JOIN integers ON num < a"
    )
    assert client.value("SELECT count(*) FROM days") == 5


def test_rule_44_names_of_result_columns_are_lower_case(client):
    with client.connection.cursor() as cursor:
        cursor.execute('SELECT 1 AS Total, 2 AS "QuoTed", NVL(1, 2)')
        assert [column.name for column in cursor.description] == ["total", "quoted", "coalesce"]

"""Scales of quotients and averages, and the types of the columns of CREATE TABLE AS.

https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

import pytest


@pytest.fixture
def prices(client):
    client.run(
        "CREATE TABLE prices (paid numeric(8, 2), fee numeric(8, 2), sold smallint, id int,"
        " total bigint, rate float8, name varchar(5))"
    )
    client.run("INSERT INTO prices VALUES (10, 3, 3, 7, 2, 2.5, 'x'), (20, 3, 4, 8, 3, 2.5, 'y')")
    return client


QUOTIENTS = [
    ("paid / fee", "3.333333333"),
    ("paid / sold", "3.33333333"),
    ("-paid / fee", "-3.333333333"),
    ("1 + paid / fee * 2", "7.666666666"),
    ("paid * fee / fee", "10.00000000000"),
    ("(paid / fee) / fee", "1.1111111110000000"),
    ("id / 2.0", "3.5000"),
    ("id / 2", "3"),
    ("paid / rate", "4"),
    ("id / rate", "2.8"),
    ("paid / nullif(fee, 0)", "3.333333333"),
    ("CASE WHEN fee > 0 THEN paid / fee END", "3.333333333"),
    ("paid / cast(id AS decimal(5, 1))", "1.4285714"),
    ("(SELECT sum(paid) FROM prices) / fee", "10.0000"),
    ("round(100.0 * paid / fee, 2)", "333.33"),
]


def test_rule_13_the_scale_of_a_quotient_follows_from_the_types(prices):
    for expression, expected in QUOTIENTS:
        found = prices.run(f"SELECT ({expression})::varchar(50) FROM prices WHERE id = 7")
        assert found == [(expected,)], expression


STATEMENTS = [
    (
        "SELECT sum(paid) / count(*), sum(paid) / 7, max(paid) / 3 FROM prices",
        "15.0000|4.2857|6.6666666666666",
    ),
    (
        "SELECT avg(paid), avg(id), avg(DISTINCT paid) / 2, avg(rate) FROM prices",
        "15.00|7|7.5000|2.5",
    ),
    (
        "SELECT paid / fee AS q FROM prices GROUP BY paid / fee ORDER BY paid / fee LIMIT 1",
        "3.333333333",
    ),
    ("SELECT avg(paid) OVER (PARTITION BY fee) FROM prices LIMIT 1", "15.00"),
    (
        "WITH t AS (SELECT sum(paid) AS s FROM prices) SELECT (SELECT s / 7.0 FROM t)",
        "4.2857",
    ),
]


def test_rule_13_quotients_and_averages_in_every_clause(prices):
    for statement, expected in STATEMENTS:
        ((*values,),) = prices.run(statement)
        assert "|".join(str(value) for value in values) == expected, statement


def test_rule_13_quotients_of_views_writes_and_unknown_scales(prices):
    prices.run("CREATE VIEW shares AS SELECT paid / fee AS share FROM prices")
    found = prices.run("SELECT share / 2.0 FROM shares ORDER BY 1")
    assert [str(value) for (value,) in found] == ["1.66666666650", "3.33333333300"]
    definition = prices.value("SELECT definition FROM pg_views WHERE viewname = 'shares'")
    assert "pg_internal" not in definition
    prices.run(
        f"CREATE VIEW late AS SELECT paid / fee AS share FROM {prices.schema}.prices"
        " WITH NO SCHEMA BINDING"
    )
    found = prices.run("SELECT share, share / 2.0 FROM late ORDER BY 1 LIMIT 1")
    assert [str(value) for value in found[0]] == ["3.333333333", "1.66666666650"]
    prices.run("CREATE TABLE kept (a numeric(18, 6))")
    prices.run("INSERT INTO kept VALUES (10 / 3.0)")
    prices.run("INSERT INTO kept SELECT 20 / 3.0")
    prices.run("UPDATE kept SET a = a + 1 / 3.0 WHERE a / 2.0 > 2")
    found = prices.run("SELECT a FROM kept ORDER BY 1")
    assert [str(value) for (value,) in found] == ["3.333300", "6.999900"]
    error = prices.error("SELECT to_number('12', '99') / 5 FROM prices")
    assert error.pgcode == "0A000"
    assert "emulator" in str(error)
    assert "DECIMAL(precision, scale)" in error.diag.message_hint
    assert prices.error("SELECT paid / name FROM prices").pgcode == "42883"
    assert prices.error("SELECT paid / 0 FROM prices").pgcode == "22012"


COLUMNS = [
    ("'abc'", "character varying(3)"),
    ("'äb'", "character varying(3)"),
    ("name || 'x'", "character varying(6)"),
    ("upper(trim(name))", "character varying(5)"),
    ("CASE WHEN id > 1 THEN name ELSE 'abcdefg' END", "character varying(7)"),
    ("nvl(max(name), 'n')", "character varying(5)"),
    ("md5(name)", "character varying(32)"),
    ("CASE WHEN id > 1 THEN NULL ELSE id END::text", "character varying(11)"),
    ("CAST(id AS varchar) || name", "character varying(16)"),
    ("id || '-' || name", "character varying(17)"),
    ("paid::varchar", "character varying(10)"),
    ("listagg(name, ',') WITHIN GROUP (ORDER BY name)", "character varying(65535)"),
    ("id + 1", "integer"),
    ("paid * fee", "numeric(17,4)"),
    ("paid / fee", "numeric(17,9)"),
    ("paid + 1", "numeric(13,2)"),
    ("-paid", "numeric(8,2)"),
    ("avg(paid)", "numeric(38,2)"),
    ("sum(paid) * 2", "numeric(38,2)"),
    ("1.25", "numeric(3,2)"),
    ("coalesce(paid, 1.255)", "numeric(9,3)"),
]


def test_rule_18_create_table_as_has_the_types_of_computed_columns(prices):
    listed = ", ".join(f"{expression} AS c{n}" for n, (expression, _) in enumerate(COLUMNS))
    prices.run(
        f"CREATE TABLE computed AS SELECT {listed} FROM prices GROUP BY name, id, paid, fee"
    )
    rows = prices.run(
        f"SELECT \"column\", type FROM pg_table_def WHERE schemaname = '{prices.schema}'"
        " AND tablename = 'computed'"
    )
    found = dict(rows)
    for number, (expression, expected) in enumerate(COLUMNS):
        assert found[f"c{number}"] == expected, expression


def test_rule_18_set_operations_and_nested_queries(prices):
    query = (
        "WITH w AS (SELECT name || name AS n, sum(paid) AS s FROM prices GROUP BY 1)"
        " SELECT n, s / 2 AS h FROM w UNION ALL SELECT 'a', 1.23456"
    )
    prices.run(f"CREATE TABLE both_kinds AS {query}")
    rows = prices.run("SELECT \"column\", type FROM pg_table_def WHERE tablename = 'both_kinds'")
    assert dict(rows) == {"n": "character varying(10)", "h": "numeric(38,5)"}


def test_rule_18_types_that_cannot_be_derived_are_refused(prices):
    for expression, cast in (("replace(name, 'a', 'bb')", "VARCHAR(n)"), ("NULL", "VARCHAR(n)")):
        error = prices.error(f"CREATE TABLE u AS SELECT {expression} AS c FROM prices")
        assert error.pgcode == "0A000"
        assert 'column "c"' in str(error)
        assert cast in error.diag.message_hint
    prices.run("CREATE TABLE u AS SELECT replace(name, 'a', 'bb')::varchar(9) AS c FROM prices")

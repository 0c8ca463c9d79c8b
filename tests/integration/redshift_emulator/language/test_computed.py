"""Scales of quotients and averages, and the types of the columns of CREATE TABLE AS.

https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

import pytest


@pytest.fixture
def prices(client):
    client.run(
        "CREATE TABLE prices (paid numeric(8, 2), fee numeric(8, 2), sold smallint, id int,"
        " total bigint, rate float8, name varchar(5), code char(3))"
    )
    client.run(
        "INSERT INTO prices VALUES (10, 3, 3, 7, 2, 2.5, 'x', 'c'),"
        " (20, 3, 4, 8, 3, 2.5, 'y', 'd')"
    )
    return client


QUOTIENTS = [
    ("paid / fee", "3.333333333"),
    ("paid / sold", "3.33333333"),
    ("-paid / fee", "-3.333333333"),
    ("1 + paid / fee * 2", "7.666666666"),
    ("paid * fee / fee", "10.00000000000"),
    ("(paid / fee) / fee", "1.1111111110000000"),
    ("paid/fee/fee", "1.1111111110000000"),
    ("paid/2/3", "1.666666666666666666666666"),
    ("fee / paid / 2.0 * 3 / sold", "0.15000000000000000"),
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


def test_rule_13_a_difference_of_dates_is_an_integer(client):
    client.run_all("CREATE TABLE t (d date); INSERT INTO t VALUES ('2020-01-08'), ('2020-01-01')")
    quotients = "(max(d) - '2020-01-02') / 2.5, (max(d) - min(d)) / 4.0, 1.5 / (max(d) - min(d))"
    ((*values,),) = client.run(f"SELECT {quotients} FROM t")
    assert list(map(str, values)) == ["2.4000", "1.7500", "0.214285714285"]


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
    ("split_part(name, 'x', 1)", "character varying(5)"),
    ("split_part(name || name, 'x', 1) || 'a'", "character varying(11)"),
    ("NULL::varchar", "character varying(1)"),
    ("CAST(NULL AS text)", "character varying(1)"),
    ("CASE WHEN id > 1 THEN NULL ELSE NULL::varchar END", "character varying(1)"),
    ("coalesce(NULL::varchar, name)", "character varying(5)"),
    ("listagg(DISTINCT name, ',') WITHIN GROUP (ORDER BY name)", "character varying(65535)"),
    ("CASE WHEN id > 1 THEN NULL ELSE id END::text", "character varying(11)"),
    ("CAST(id AS varchar) || name", "character varying(16)"),
    ("id || '-' || name", "character varying(17)"),
    ("paid::varchar", "character varying(10)"),
    ("listagg(name, ',') WITHIN GROUP (ORDER BY name)", "character varying(65535)"),
    ("listagg(DISTINCT name, ',')", "character varying(65535)"),
    ("id + 1", "integer"),
    ("paid * fee", "numeric(17,4)"),
    ("paid / fee", "numeric(17,9)"),
    ("paid + 1", "numeric(13,2)"),
    ("-paid", "numeric(8,2)"),
    ("avg(paid)", "numeric(38,2)"),
    ("sum(paid) * 2", "numeric(38,2)"),
    ("1.25", "numeric(3,2)"),
    ("coalesce(paid, 1.255)", "numeric(9,3)"),
    ("mod(id, 2.5)", "numeric(11,1)"),
    ("CASE WHEN id > 1 THEN code ELSE 'abcd'::char(4) END", "character(4)"),
]
GROUPED = "FROM prices GROUP BY name, id, paid, fee, code"
# Of TEXT in a bound view.
TEXTS = {
    "name || 'x'",
    "upper(trim(name))",
    "md5(name)",
    "split_part(name || name, 'x', 1) || 'a'",
    "CAST(id AS varchar) || name",
    "id || '-' || name",
}


def test_rule_18_create_table_as_has_the_types_of_computed_columns(prices):
    prices.run(f"CREATE TABLE computed AS SELECT {_listed()} {GROUPED}")
    rows = prices.run(
        f"SELECT \"column\", type FROM pg_table_def WHERE schemaname = '{prices.schema}'"
        " AND tablename = 'computed'"
    )
    found = dict(rows)
    for number, (expression, expected) in enumerate(COLUMNS):
        assert found[f"c{number}"] == expected, expression


def _listed():
    return ", ".join(f"{expression} AS c{n}" for n, (expression, _) in enumerate(COLUMNS))


@pytest.mark.parametrize("kind", ["VIEW", "MATERIALIZED VIEW"])
def test_rule_36_views_have_the_types_of_computed_columns(prices, kind):
    query = f"SELECT {_listed()} {GROUPED}"
    prices.run(f"CREATE {kind} computed AS {query}")
    prices.run(f"CREATE TABLE stored AS {query}")
    rows = prices.run(
        "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a"
        " WHERE a.attrelid = 'computed'::regclass AND a.attnum > 0"
    )
    found = dict(rows)
    is_text = {n for n, (each, _) in enumerate(COLUMNS) if kind == "VIEW" and each in TEXTS}
    for number, (expression, expected) in enumerate(COLUMNS):
        assert found[f"c{number}"] == ("text" if number in is_text else expected), expression
    sizes = (
        "SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale"
        " FROM {} WHERE table_name = '{}' ORDER BY ordinal_position"
    )
    for catalog in ("svv_columns", "information_schema.columns"):
        shown, stored = (prices.run(sizes.format(catalog, n)) for n in ("computed", "stored"))
        for number, (column, same) in enumerate(zip(shown, stored, strict=True)):
            text = (f"c{number}", "text", None, None, None)
            assert column == (text if number in is_text else same)
    rows, stored = (prices.run(f"SELECT * FROM {n} ORDER BY c2") for n in ("computed", "stored"))
    assert rows == stored


def test_rule_36_cursors_describe_the_computed_columns_of_a_view(prices):
    prices.run("CREATE VIEW v (a, b, c) AS SELECT nvl(name, 'n'), paid * 2, id FROM prices -- all")
    prices.run("CREATE VIEW w AS SELECT b / 2 AS half, a || 'y' AS longer FROM v")
    with prices.connection.cursor() as cursor:
        cursor.execute("SELECT * FROM v CROSS JOIN w")
        found = [(c.type_code, c.internal_size, c.precision, c.scale) for c in cursor.description]
    assert found == [
        (1043, 5, None, None),
        (1700, 19, 19, 2),
        (23, 4, None, None),
        (1700, 30, 30, 13),
        (25, -1, None, None),
    ]


def test_rule_36_a_view_shows_its_query_and_is_replaced_by_one_with_the_same_types(prices):
    prices.run("CREATE VIEW v AS SELECT name || 'x' AS a FROM prices UNION ALL SELECT ') b'")
    definition = "SELECT ((prices.name)::text || 'x'::text) AS a FROM prices UNION ALL"
    for query in (
        "SELECT definition FROM pg_views WHERE viewname = 'v'",
        "SELECT view_definition FROM information_schema.views WHERE table_name = 'v'",
        "SELECT pg_get_viewdef('v'::regclass)",
        "SHOW VIEW v",
    ):
        shown = " ".join(prices.value(query).split())
        assert shown == f"{definition} SELECT ') b'::text AS a;"
    prices.run("CREATE VIEW reader AS SELECT a FROM v")
    prices.run("CREATE OR REPLACE VIEW v AS SELECT name || 'zz' AS a FROM prices")
    assert prices.run("SELECT a FROM reader ORDER BY 1") == [("xzz",), ("yzz",)]
    error = prices.error("CREATE OR REPLACE VIEW v AS SELECT paid * 2 AS a FROM prices")
    assert "from text to numeric(19,2)" in str(error)
    error = prices.error("CREATE VIEW u AS SELECT name || 'x' AS a, missing FROM prices")
    assert (error.pgcode, error.diag.statement_position) == ("42703", "43")


def test_rule_36_late_binding_views_list_the_types_of_computed_columns(prices):
    table = f"{prices.schema}.prices"
    unknown = "replace(name, 'a', 'bb') AS unknown"
    query = f"SELECT {_listed()}, {unknown} {GROUPED}".replace("FROM prices", f"FROM {table}")
    prices.run(f"CREATE VIEW late AS {query} WITH NO SCHEMA BINDING")
    prices.run(
        f"CREATE VIEW later AS SELECT c2 || 'y' AS longer FROM {prices.schema}.late"
        " WITH NO SCHEMA BINDING"
    )
    columns = (
        "SELECT c, t FROM pg_get_late_binding_view_cols()"
        " cols(s name, v name, c name, t varchar, n int) WHERE s = %s ORDER BY v, n"
    )
    expected = [(f"c{number}", kind) for number, (_, kind) in enumerate(COLUMNS)]
    assert prices.run(columns, (prices.schema,)) == [
        *expected,
        ("unknown", "character varying"),
        ("longer", "character varying(7)"),
    ]


def test_rule_36_a_length_that_cannot_be_derived_is_not_shown(prices):
    prices.run(
        "CREATE VIEW v AS SELECT regexp_substr(name, 'a') AS a,"
        " CASE WHEN id > 1 THEN paid / 3 ELSE to_number('1.5', '9D9') END AS b FROM prices"
    )
    found = prices.run(
        "SELECT data_type, character_maximum_length, numeric_precision FROM svv_columns"
        " WHERE table_name = 'v' ORDER BY ordinal_position"
    )
    assert found == [("character varying", None, None), ("numeric", None, None)]


def test_rule_36_a_text_of_a_view_has_its_width_in_a_table(prices):
    prices.run("CREATE VIEW v AS WITH w AS (SELECT name || 'x' AS a FROM prices) SELECT a FROM w")
    prices.run("CREATE VIEW w AS SELECT a, 'b' AS b FROM v UNION ALL SELECT 'cc', 'dd'")
    prices.run("CREATE TABLE stored AS SELECT a, a || 'y' AS longer, b FROM w")
    types = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = "
    assert dict(prices.run(f"{types} 'w'::regclass")) == {"a": "text", "b": "character varying(2)"}
    assert dict(prices.run(f"{types} 'stored'::regclass AND attnum > 0")) == {
        "a": "character varying(6)",
        "longer": "character varying(7)",
        "b": "character varying(2)",
    }


def test_rule_18_set_operations_and_nested_queries(prices):
    query = (
        "WITH w AS (SELECT name || name AS n, sum(paid) AS s FROM prices GROUP BY 1)"
        " SELECT n, s / 2 AS h FROM w UNION ALL SELECT 'a', 1.23456"
    )
    prices.run(f"CREATE TABLE both_kinds AS {query}")
    rows = prices.run("SELECT \"column\", type FROM pg_table_def WHERE tablename = 'both_kinds'")
    assert dict(rows) == {"n": "character varying(10)", "h": "numeric(38,5)"}


def test_rule_18_types_that_cannot_be_derived_are_refused(prices):
    refused = {
        "NULL": "VARCHAR(n)",
        "upper(NULL)": "VARCHAR(n)",
        "to_number('1.5', '9D9')": "DECIMAL(precision, scale)",
    }
    for expression, cast in refused.items():
        error = prices.error(f"CREATE TABLE u AS SELECT {expression} AS c FROM prices")
        assert error.pgcode == "0A000"
        assert 'column "c"' in str(error)
        assert cast in error.diag.message_hint
    for expression, kind in (("current_user", "name"), ("interval '1 day'", "interval")):
        error = prices.error(f"CREATE TABLE u AS SELECT {expression} AS c FROM prices")
        assert error.pgcode == "0A000"
        assert f'Column "c" has unsupported type "{kind}".' in str(error)


def test_rule_18_values_that_ignore_nulls_keep_their_type(prices):
    window = "IGNORE NULLS) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING)"
    columns = f"last_value(name {window} AS a, first_value(paid {window} AS b"
    prices.run(f"CREATE TABLE u AS SELECT {columns} FROM prices")
    types = prices.run("SELECT type FROM pg_table_def WHERE tablename = 'u' ORDER BY \"column\"")
    assert types == [("character varying(5)",), ("numeric(8,2)",)]

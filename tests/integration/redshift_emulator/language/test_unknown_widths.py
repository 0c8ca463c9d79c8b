"""Columns of CREATE TABLE AS with computed texts whose length in Redshift is not documented."""

import pytest


@pytest.fixture
def prices(client):
    client.run("CREATE TABLE prices (id int, rate float8, name varchar(5))")
    client.run("INSERT INTO prices VALUES (7, 2.5, 'x'), (8, 2.5, 'y')")
    return client


# Of these Amazon documents no length.
UNKNOWN = [
    ("replace(name, 'x', 'abc')", "abc"),
    ("replace(name, 'x', 'abc') || name", "abcx"),
    ("upper(replace(name, 'x', 'abc'))", "ABC"),
    ("coalesce(replace(name, 'x', 'abc'), 'longer')", "abc"),
    ("translate(name, 'x', 'ä')", "ä"),
    ("regexp_replace(name, '[a-z]', 'yy')", "yy"),
    ("regexp_substr(name, '[a-z]')", "x"),
    ("lpad(name, 3, '*')", "**x"),
    ("to_char(id, 'FM00')", "07"),
    ("json_extract_path_text('{\"a\": \"b\"}', 'a')", "b"),
    ("json_typeof(json_parse('{}'))", "object"),
    ("json_serialize(json_parse('[1]'))", "[1]"),
    ("CASE WHEN id > 1 THEN '2020-01-01'::date::varchar ELSE 'n' END", "2020-01-01"),
    ("rate::varchar", "2.5"),
]


def test_rule_18_texts_of_unknown_width_are_stored_and_shown_without_it(prices):
    listed = ", ".join(f"{expression} AS c{n}" for n, (expression, _) in enumerate(UNKNOWN))
    prices.run(f"CREATE TABLE u AS SELECT {listed} FROM prices WHERE id = 7")
    ((*values,),) = prices.run("SELECT * FROM u")
    assert values == [expected for _, expected in UNKNOWN]
    shown = prices.run("SELECT type FROM pg_table_def WHERE tablename = 'u'")
    assert shown == [("character varying",)] * len(UNKNOWN)
    sizes = "SELECT character_maximum_length FROM svv_columns WHERE table_name = 'u'"
    assert prices.run(sizes) == [(None,)] * len(UNKNOWN)
    assert prices.value("SELECT max_varchar FROM svv_table_info WHERE \"table\" = 'u'") is None
    prices.run("CREATE TABLE again AS SELECT c0 || 'd' AS c FROM u")
    assert prices.value("SELECT type FROM pg_table_def WHERE tablename = 'again'") == (
        "character varying"
    )


# Of a text whose width is known, and of one whose width is not, in both orders.
MIXED = [
    "SELECT CASE WHEN id > 7 THEN {} ELSE {} END AS c FROM prices",
    "SELECT coalesce({}, {}) AS c FROM prices",
    "SELECT nvl2(id, {}, {}) AS c FROM prices",
    "SELECT decode(id, 7, {}, {}) AS c FROM prices",
    "SELECT max(greatest({}, {})) OVER () AS c FROM prices",
    "SELECT {} AS c FROM prices UNION ALL SELECT {} FROM prices",
    "SELECT {} AS c FROM prices EXCEPT SELECT {} FROM prices",
    "WITH w AS (SELECT {} AS c FROM prices UNION SELECT {} FROM prices) SELECT upper(c) c FROM w",
]


@pytest.mark.parametrize("query", MIXED)
def test_rule_18_a_text_of_known_or_unknown_width_has_an_unknown_one(prices, query):
    for known in ("name", "'literal'", "id::varchar", "name || 'x'"):
        for texts in ((known, "lpad(name, 2)"), ("rate::varchar", known)):
            prices.run(f"CREATE TABLE m AS {query.format(*texts)}")
            shown = "SELECT type FROM pg_table_def WHERE tablename = 'm'"
            assert prices.value(shown) == "character varying", texts
            prices.run("DROP TABLE m")


def test_rule_18_a_longer_text_than_all_of_the_query_is_refused_where_the_width_is_unknown(prices):
    prices.run("CREATE TABLE u AS SELECT id, replace(name, 'x', 'äb') AS c FROM prices")
    prices.run("INSERT INTO u VALUES (1, 'abc'), (2, NULL)")
    prices.run("UPDATE u SET c = 'ä' WHERE id = 1")
    for statement in (
        "INSERT INTO u VALUES (3, 'abcd')",
        "UPDATE u SET c = c || 'c' WHERE id = 7",
        "INSERT INTO u SELECT id, name || name || 'ab' FROM prices",
    ):
        error = prices.error(statement)
        assert error.pgcode == "0A000"
        assert 'more than 3 bytes in column 2 of "u"' in str(error)
        assert "VARCHAR(n)" in error.diag.message_hint
    prices.run("ALTER TABLE u ALTER COLUMN c TYPE varchar(4)")
    prices.run("INSERT INTO u VALUES (3, 'abcd')")
    assert "character varying(4)" in str(prices.error("INSERT INTO u VALUES (3, 'abcde')"))


def test_rule_18_what_needs_an_unknown_width_is_refused(prices):
    prices.run("CREATE TABLE u AS SELECT replace(name, 'x', 'y') AS c FROM prices")
    prices.run("CREATE VIEW v AS SELECT replace(name, 'x', 'y') AS c FROM prices")
    prices.run("CREATE TABLE w AS SELECT * FROM u")
    for statement in (
        "SHOW TABLE u",
        "CREATE TABLE n (LIKE u)",
        "CREATE TABLE n (LIKE v)",
        "ALTER TABLE w APPEND FROM u",
        "COPY u FROM 's3://bucket/key' IAM_ROLE default CSV",
    ):
        error = prices.error(statement)
        assert error.pgcode == "0A000", statement
        assert 'column "c" has a computed width' in str(error)

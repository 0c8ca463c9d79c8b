"""Exact texts of queries rewritten for PostgreSQL."""

import pytest

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries.expressions import Rewriter
from redshift_emulator.language.queries.text.rewriting import Given
from redshift_emulator.language.tokens import split


def rewritten(text, views=None, **constants):
    (statement,) = split(text)
    return Rewriter(statement, given=Given(constants)).query(views or {})


SAME = [
    "SELECT a, b AS c FROM s.t AS x WHERE a = 'it''s' AND b <> 3 -- comment",
    "WITH a (x) AS (SELECT 1) SELECT count(*) FROM a JOIN b USING (x) GROUP BY 1 HAVING max(x)>1",
    "SELECT trim(BOTH ' ' FROM 'a'), substring('abc' FROM 1 FOR 2), position('a' IN 'b') FROM t",
    "SELECT CASE WHEN a IN (1, 2) THEN coalesce(b, 0) ELSE NULL END FROM t u (a, b)",
    "SELECT rank() OVER (PARTITION BY a ORDER BY b) FROM t",
    "UPDATE t SET a = b.a FROM b WHERE t.id = b.id",
    "DELETE FROM t USING b WHERE t.id = b.id",
]


@pytest.mark.parametrize("text", SAME)
def test_common_syntax_is_unchanged_byte_for_byte(text):
    assert rewritten(text).sql.text == text.removesuffix(" -- comment")


CHANGED = [
    ("SELECT NVL(a, b)", "SELECT coalesce(a, b)"),
    ("SELECT nvl2(a, b, c)", "SELECT (CASE WHEN (a) IS NOT NULL THEN  b ELSE  c END)"),
    (
        "SELECT decode(a, 1, nvl(b, 2), 'z')",
        "SELECT (CASE WHEN (a) IS NOT DISTINCT FROM ( 1) THEN  coalesce(b, 2) ELSE  'z' END)",
    ),
    (
        "SELECT dateadd(mon, 1, '2020-01-01')",
        "SELECT pg_internal.dateadd('month', ( 1)::bigint,  '2020-01-01'::timestamp)",
    ),
    ("SELECT datediff(d, a, b)", "SELECT pg_internal.datediff('day',  a, b)"),
    ("SELECT extract(yr FROM a)", "SELECT pg_internal.extract_part('year', a)"),
    ("SELECT sysdate, getdate()", "SELECT pg_internal.sysdate(), pg_internal.getdate()"),
    ("SELECT a::text, c::int4, d::date", "SELECT a::varchar, c::integer, d::date"),
    (
        "SELECT a::int, 1.5::int, cast(b AS dec(8, 2)) FROM t",
        (
            "SELECT a::pg_internal.whole::integer, 1.5::integer,"
            " cast(b AS pg_internal.cut(8,2))::numeric(8,2) FROM t"
        ),
    ),
    ("SELECT 1.5::decimal", "SELECT 1.5::pg_internal.rounded(18,0)::numeric(18,0)"),
    (
        "SELECT CAST(a AS varchar(max)), $1::varchar(3) FROM t",
        ("SELECT CAST(a AS pg_internal.bytes(65535))::varchar(65535), $1::varchar(3) FROM t"),
    ),
    ("SELECT convert(int, a)", "SELECT CAST( a AS integer)"),
    ("SELECT convert(char(3), a)", "SELECT CAST( a AS pg_internal.ascii(3))::bpchar(3)"),
    ("SELECT listagg(a, ',')", "SELECT pg_internal.listagg(string_agg((a)::varchar, ','))"),
    (
        "SELECT listagg(DISTINCT a) WITHIN GROUP (ORDER BY a)",
        "SELECT pg_internal.listagg(pg_internal.joined(array_agg(DISTINCT a ORDER BY a), ''))",
    ),
    (
        "SELECT substring(a FROM 2 FOR 3), len($1)",
        "SELECT substring(pg_internal.as_text(a) FROM 2 FOR 3), length($1)",
    ),
    ("SELECT stddev(DISTINCT a + 1)", "SELECT stddev(DISTINCT (a + 1)::double precision)"),
    ("SELECT TOP 3 a FROM t ORDER BY a", "SELECT  a FROM t ORDER BY a LIMIT 3"),
    (
        "SELECT a FROM (SELECT TOP 3 a FROM t) x UNION ALL SELECT 1",
        "SELECT a FROM (SELECT  a FROM t LIMIT 3) x UNION ALL SELECT 1",
    ),
    ("SELECT 1 MINUS SELECT 2", "SELECT 1 EXCEPT SELECT 2"),
    (r"SELECT 'a\'b', 'c\\d'", r"SELECT 'a''b', 'c\d'"),
    ('SELECT "A"."B" FROM "A"', 'SELECT "a"."b" FROM "a"'),
    ("SELECT * FROM #t", 'SELECT * FROM "#t"'),
    ("SELECT approximate count(DISTINCT a)", "SELECT  count(DISTINCT a)"),
    ("SELECT * FROM pg_user", 'SELECT * FROM "pg_internal"."pg_user" AS "pg_user"'),
    (
        "SELECT * FROM information_schema.tables AS t, pg_catalog.pg_am",
        ('SELECT * FROM "pg_internal"."information_tables" AS t, "pg_catalog"."pg_am" AS "pg_am"'),
    ),
]


@pytest.mark.parametrize(("text", "expected"), CHANGED, ids=[row[0] for row in CHANGED])
def test_different_syntax_is_rewritten(text, expected):
    assert rewritten(text).sql.text == expected


def test_tables_are_found_in_every_clause():
    query = rewritten(
        "WITH c AS (SELECT a FROM s.one) SELECT (SELECT max(b) FROM two), extract(day FROM d)"
        " FROM c, three t LEFT JOIN (four JOIN s.five USING (x)) ON true"
        " WHERE a IN (SELECT a FROM six WHERE b IS NOT NULL) UNION SELECT a FROM seven"
    )
    names = [str(table.name) for table in query.relations]
    assert names == ["s.one", "two", "three", "four", "s.five", "six", "seven"]


def test_a_replaced_view_keeps_its_name_as_alias():
    views = {Name("s", "v"): "pg_temp.x", Name(None, "w"): "pg_temp.y"}
    query = rewritten(
        "SELECT s.v.a, w.b FROM s.v JOIN w ON s.v.a = w.a JOIN s.v AS z ON true", views
    )
    assert query.sql.text == (
        'SELECT v.a, w.b FROM pg_temp.x AS "v" JOIN pg_temp.y AS "w" ON v.a = w.a'
        " JOIN pg_temp.x AS z ON true"
    )


def test_functions_of_the_session_become_literals():
    query = rewritten("SELECT pg_last_copy_count() AS n", pg_last_copy_count="7::bigint")
    assert query.sql.text == "SELECT 7::bigint AS n"


def test_leader_node_functions_are_listed():
    query = rewritten("SELECT now(), current_timestamp, count(*) FROM t JOIN pg_class ON true")
    assert sorted(query.leader_only) == ["current_timestamp", "now", "pg_class"]


@pytest.mark.parametrize(
    ("text", "sqlstate"),
    [
        ("SELECT a FROM t WHERE tag = 1", "42601"),
        ("SELECT frobnicate(1)", "42883"),
        ("SELECT s.f(1)", "42883"),
        ("SELECT sum(a) OVER (ORDER BY b) FROM t", "42601"),
        ("SELECT a -> 'b' FROM t", "0A000"),
        ("SELECT dateadd(fortnight, 1, a) FROM t", "22023"),
        ("SELECT nvl2(a, b) FROM t", "42883"),
        ("SELECT a::uuid FROM t", "0A000"),
        ("SELECT a::nosuch FROM t", "42704"),
        ("SELECT count(*) FROM (SELECT 1", "42601"),
        ("SELECT 1)", "42601"),
        ("SELECT * FROM pg_catalog.pg_stat_io", "42P01"),
    ],
)
def test_queries_that_redshift_refuses(text, sqlstate):
    with pytest.raises(RedshiftError) as caught:
        rewritten(text)
    assert caught.value.sqlstate == sqlstate


def test_respect_nulls_is_removed_as_postgresqls_default():
    query = rewritten("SELECT lag(a) RESPECT NULLS OVER (ORDER BY b) FROM t")
    assert query.sql.text == "SELECT lag(a)  OVER (ORDER BY b) FROM t"

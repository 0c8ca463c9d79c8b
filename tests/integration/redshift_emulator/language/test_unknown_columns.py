"""Literals without a type in the select list of a subquery or WITH, of the type unknown."""

import pytest


@pytest.fixture
def pages(client):
    client.run("CREATE TABLE pages (id int, name varchar(5))")
    client.run("INSERT INTO pages VALUES (1, 'a'), (2, 'b')")
    return client


# As users of clusters report them; the sources are in language/computed/unknown_columns.py.
REFUSED = [
    # ORDER BY: OHDSI/SqlRender#66 and #192
    "WITH t AS (SELECT 'test' AS d, 10 AS n) SELECT d, n FROM t ORDER BY d",
    "WITH t AS (SELECT 'x' AS d) SELECT t.d, p.* FROM pages AS p, t ORDER BY t.d, id, name",
    "SELECT id FROM (SELECT 'x' d, * FROM pages) ORDER BY d",
    "SELECT d FROM (SELECT * FROM (SELECT 'x' AS d, id FROM pages) AS i) AS o ORDER BY 1",
    # GROUP BY: growthbook/growthbook#4132
    "SELECT d, count(*) FROM (SELECT '' AS d, id FROM pages) AS t GROUP BY d",
    # PARTITION BY: fleetio/dbt-segment#16
    "WITH t AS (SELECT 'p' AS s, * FROM pages) SELECT rank() OVER (PARTITION BY s, id) FROM t",
    # comparisons: calogica/dbt-expectations#99 and #130
    "SELECT 1 FROM (WITH t AS (SELECT 'A' AS a, 'B' AS b) SELECT * FROM t WHERE a != b) AS q",
    "WITH t AS (SELECT 'ID' AS c, 'INT' AS kind) SELECT * FROM t WHERE c = 'ID'",
    "WITH t AS (SELECT 'ID' AS c, 'INT' AS kind) SELECT * FROM t WHERE kind NOT IN ('A', 'B')",
    "SELECT * FROM pages AS p JOIN (SELECT 'a' AS name) AS t ON p.name = t.name",
    "CREATE TABLE w AS SELECT p.id FROM pages AS p JOIN (SELECT 'a' AS n) AS t ON n = name",
    # NULL in MIN: snowplow/dbt-snowplow-attribution#9
    "SELECT min(spend) FROM (SELECT id, NULL AS spend FROM pages) AS t",
]


def test_rule_46_what_needs_the_type_of_an_unknown_column_is_refused(pages):
    for query in REFUSED:
        error = pages.error(query)
        assert error.pgcode == "XX000", query
        assert 'failed to find conversion function from "unknown" to text' in str(error), query
    error = pages.error("SELECT * FROM (SELECT '1' AS n) AS t JOIN pages ON n = id")
    assert 'failed to find conversion function from "unknown" to integer' in str(error)


ACCEPTED = [
    # a cast in the subquery, and the list of the query itself: OHDSI/SqlRender#66 and #192
    ("WITH t AS (SELECT 'test'::text AS d) SELECT d FROM t ORDER BY d", "test"),
    ("SELECT 'x' AS d, id FROM pages ORDER BY d, id", "x"),
    ("SELECT d FROM (SELECT 'x' AS d FROM pages GROUP BY d) AS t ORDER BY d", "x"),
    # the snapshots of dbt, whose second run has UNION ALL of such columns
    ("WITH i AS (SELECT 'i' AS c) SELECT * FROM i UNION ALL SELECT * FROM i ORDER BY c", "i"),
    ("SELECT x FROM (SELECT 'b' AS x UNION ALL SELECT 'a') AS t ORDER BY x", "a"),
    ("SELECT x FROM (SELECT 'b' AS x, 1 AS n) AS t ORDER BY n", "b"),
    # other constants beside such a literal
    ("SELECT k FROM (SELECT text 'k' AS k, 'b' AS x) AS t ORDER BY k", "k"),
    ("SELECT g FROM (SELECT current_setting('query_group') g, 'b' AS x) t ORDER BY g", "default"),
    ("SELECT x FROM (SELECT CASE id WHEN 1 THEN 'a' END x FROM pages) t WHERE x = 'a'", "a"),
    ("SELECT count(x)::varchar FROM (SELECT 'a' AS x FROM pages) AS t", "2"),
]


def test_rule_46_what_does_not_need_the_type_of_an_unknown_column_runs(pages):
    for query, expected in ACCEPTED:
        assert pages.run(query)[0][0] == expected, query
    pages.run(
        "CREATE TABLE w AS WITH t AS (SELECT 'Direct' AS kind, * FROM pages) SELECT * FROM t"
    )
    assert pages.run("SELECT kind FROM w WHERE kind = 'Direct' ORDER BY kind") == [("Direct",)] * 2


def test_rule_46_parameters_of_prepared_statements_have_a_type(pages):
    pages.run("PREPARE p (varchar) AS SELECT x FROM (SELECT $1 AS x, 'b' AS y) AS t ORDER BY x")
    assert pages.run("EXECUTE p ('a')") == [("a",)]
    pages.run("DEALLOCATE p")


def test_rule_46_an_unknown_column_within_a_late_binding_view_is_refused(pages):
    inner = f"SELECT d FROM (SELECT 'x' AS d, id FROM {pages.schema}.pages) AS t ORDER BY d"
    pages.run(f"CREATE VIEW v AS {inner} WITH NO SCHEMA BINDING")
    assert 'from "unknown" to text' in str(pages.error("SELECT * FROM v"))

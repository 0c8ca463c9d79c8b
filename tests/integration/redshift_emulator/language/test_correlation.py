"""Correlated subqueries, and other statements that only PostgreSQL runs.

https://docs.aws.amazon.com/redshift/latest/dg/r_correlated_subqueries.html
"""

import pytest


@pytest.fixture
def tables(client):
    client.run("CREATE TABLE t (a int, b varchar(9))")
    client.run("CREATE TABLE u (a int, b varchar(9))")
    return client


CORRELATED = [
    (
        "SELECT a FROM t WHERE NOT EXISTS (SELECT * FROM u WHERE NOT EXISTS"
        " (SELECT * FROM u x WHERE x.a = t.a))"
    ),
    "SELECT 1 FROM t LEFT JOIN u ON t.a = u.a AND u.a = (SELECT max(a) FROM u x WHERE x.b = u.b)",
    "SELECT 1 FROM t RIGHT JOIN u ON EXISTS (SELECT 1 FROM u x WHERE x.b = u.b)",
    "SELECT a FROM t WHERE a NOT IN (SELECT sum(u.a) OVER () FROM u WHERE u.a = t.a)",
    "SELECT (SELECT count(*) FROM u WHERE u.a = t.a) AS k FROM t GROUP BY k",
    "SELECT a FROM t WHERE a IN (SELECT sum(u.a) FROM u WHERE t.a > 4 GROUP BY b)",
    "DELETE FROM t WHERE a IN (SELECT sum(u.a) FROM u WHERE t.a > 4 GROUP BY b)",
]
EXECUTABLE = [
    "SELECT (SELECT count(*) FROM u WHERE u.a = t.a) AS k FROM t",
    "SELECT a FROM t WHERE a IN (SELECT max(u.a) FROM u WHERE t.a > 4 GROUP BY b)",
    "SELECT a FROM t WHERE a IN (SELECT sum(u.a) FROM u WHERE u.a > 4 GROUP BY b)",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.b <> t.b)",
    "SELECT 1 FROM t JOIN u ON t.a = u.a AND u.a = (SELECT max(a) FROM u x WHERE x.b = u.b)",
    "SELECT a FROM t WHERE a NOT IN (SELECT sum(u.a) OVER () FROM u)",
    "UPDATE t SET a = 1 WHERE a IN (SELECT u.a FROM u LEFT JOIN t t2 ON t2.a = u.a)",
    "SELECT q.a FROM (SELECT a FROM t WHERE a IN (SELECT a FROM u WHERE u.b = t.b)) q",
    (
        "SELECT (SELECT count(*) FROM pg_class c WHERE c.relnamespace = n.oid) AS k"
        " FROM pg_namespace n GROUP BY k"
    ),
]


def test_rule_45_correlated_subqueries_of_patterns_that_are_not_supported(tables, plain):
    for statement in CORRELATED:
        error = tables.error(statement)
        assert error.pgcode == "0A000", statement
        assert "correlated subquery pattern is not supported" in str(error)
    for statement in EXECUTABLE:
        tables.run(statement)
    plain.run("CREATE TABLE t (a int, b varchar(9))")
    plain.run("CREATE TABLE u (a int, b varchar(9))")
    for statement in CORRELATED:
        plain.run(statement)  # PostgreSQL accepts it


OTHERS = [
    ("UPDATE t SET a = 1 FROM u LEFT JOIN u x ON x.a = u.a WHERE t.a = u.a", "0A000"),
    ("UPDATE t SET a = 1 FROM u FULL OUTER JOIN u x ON x.a = u.a WHERE t.a = u.a", "0A000"),
    (
        (
            "SELECT n FROM (WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r"
            " WHERE n < 3) SELECT n FROM r) q"
        ),
        "0A000",
    ),
    ("SELECT a::oid FROM t", "0A000"),
    ("SELECT random(1, 10)", "42883"),
]


def test_rule_45_further_statements_that_only_postgresql_runs(tables):
    for statement, sqlstate in OTHERS:
        assert tables.error(statement).pgcode == sqlstate, statement
    assert tables.value("SELECT 'pg_class'::regclass::oid") == 1259
    assert tables.value("SELECT random() < 1") is True

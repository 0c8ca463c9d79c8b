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
    "SELECT (SELECT u.b FROM u WHERE u.a = t.a LIMIT 1) FROM t",
    "SELECT a FROM t WHERE a = (SELECT max(u.a) FROM u WHERE u.a < t.a)",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a OR u.b = t.b)",
    "SELECT a FROM t WHERE a IN (SELECT a FROM u WHERE u.a > 1 AND (u.b = t.b OR u.b = 'x'))",
    (
        "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u"
        " WHERE (u.a = t.a AND u.b = 'x') OR (u.b = t.b AND u.a = 1))"
    ),
]
EXECUTABLE = [
    "SELECT (SELECT count(*) FROM u WHERE u.a = t.a) AS k FROM t",
    "SELECT a FROM t WHERE a IN (SELECT max(u.a) FROM u WHERE t.a > 4 GROUP BY b)",
    "SELECT a FROM t WHERE a IN (SELECT sum(u.a) FROM u WHERE u.a > 4 GROUP BY b)",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.b <> t.b)",
    "SELECT 1 FROM t JOIN u ON t.a = u.a AND u.a = (SELECT max(a) FROM u x WHERE x.b = u.b)",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND (u.b = t.b OR u.a = 1))",
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = 1 OR u.b = 'x') OR t.a = 1",
    (
        "SELECT a FROM t WHERE (SELECT count(*) FROM u"
        " WHERE (u.a = t.a AND (u.b = 'x' OR u.a > 1)) OR (u.a = t.a AND u.b = 'y')) > 0"
    ),
    "SELECT a FROM t WHERE a NOT IN (SELECT sum(u.a) OVER () FROM u)",
    "UPDATE t SET a = 1 WHERE a IN (SELECT u.a FROM u LEFT JOIN t t2 ON t2.a = u.a)",
    "SELECT q.a FROM (SELECT a FROM t WHERE a IN (SELECT a FROM u WHERE u.b = t.b)) q",
    "SELECT (SELECT count(*) FROM u WHERE u.a = t.a AND u.b > t.b) FROM t",
    "SELECT (SELECT u.b FROM u WHERE u.a > 1 LIMIT 1) FROM t",
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
    (
        (
            "CREATE TABLE v AS WITH x AS (WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL"
            " SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r) SELECT n FROM x"
        ),
        "0A000",
    ),
    ("SELECT a::oid FROM t", "0A000"),
    ("SELECT random(1, 10)", "42883"),
    ("SELECT (a, b) FROM t", "0A000"),
    ("SELECT a, (a, b) AS pair FROM t", "0A000"),
    ("SELECT a FROM t WHERE b IS NOT NORMALIZED", "0A000"),
    ("SELECT a OPERATOR(pg_catalog.+) 1 FROM t", "0A000"),
    ('SELECT b COLLATE "C" FROM t', "0A000"),
    ("SELECT timestamp '2020-01-01' AT LOCAL FROM t", "0A000"),
    ("SELECT sum(a) OVER (ORDER BY a ROWS UNBOUNDED PRECEDING EXCLUDE TIES) FROM t", "0A000"),
    ("SELECT rank(1) WITHIN GROUP (ORDER BY a) FROM t", "0A000"),
    ("SELECT row_number() OVER (ORDER BY a ROWS UNBOUNDED PRECEDING) FROM t", "0A000"),
    ("SELECT lag(a) OVER (ORDER BY a ROWS UNBOUNDED PRECEDING) FROM t", "0A000"),
    ("SELECT ratio_to_report(a) OVER (ORDER BY a) FROM t", "0A000"),
    ("SELECT a FROM t GROUP BY DISTINCT a", "0A000"),
    ("SELECT a FROM t INTERSECT ALL SELECT a FROM u", "0A000"),
    ("SELECT a FROM t EXCEPT ALL SELECT a FROM u", "0A000"),
    ("SELECT a FROM t MINUS ALL SELECT a FROM u", "0A000"),
    ("SELECT APPROXIMATE sum(DISTINCT a) FROM t", "0A000"),
    ("SELECT substring(b FROM 'a.') FROM t", "0A000"),
    ("SELECT circle '((0,0),1)'", "0A000"),
    ("SELECT uuid '00000000-0000-0000-0000-000000000000'", "0A000"),
    ("SELECT '300000-01-01'::date", "22008"),
    ("SELECT cast('infinity' AS timestamp)", "22008"),
    ("SELECT date '-infinity'", "22008"),
    ("SELECT clock_timestamp()", "42883"),
    ("SELECT version(), a FROM t", "0A000"),
    ("SELECT * FROM t, LATERAL (SELECT t.a) AS q", "0A000"),
    ("SELECT * FROM t, LATERAL upper(t.b) AS q", "0A000"),
    ("INSERT INTO t SELECT 1, 'b' RETURNING a", "0A000"),
    ("CREATE TABLE x (a int, EXCLUDE (a WITH =))", "0A000"),
    ("WITH v AS (VALUES (1)) SELECT * FROM v", "0A000"),
    ("SELECT a FROM t FOR NO KEY UPDATE", "0A000"),
    ("SELECT a FROM t FOR KEY SHARE", "0A000"),
    ("SELECT a FROM t OFFSET 1 ROWS", "0A000"),
    ("SELECT t.*::varchar FROM t", "0A000"),
    ("SELECT current_role", "0A000"),
    (
        (
            "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n FROM r)"
            " SEARCH DEPTH FIRST BY n SET o SELECT * FROM r"
        ),
        "0A000",
    ),
    (
        (
            "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n FROM r)"
            " CYCLE n SET c USING p SELECT * FROM r"
        ),
        "0A000",
    ),
    ("CREATE MATERIALIZED VIEW x AS SELECT a FROM t WITH NO DATA", "0A000"),
    ('CREATE TABLE x (a "char")', "0A000"),
    ("CREATE TABLE x AS TABLE t", "0A000"),
    ("CREATE TABLE x AS VALUES (1)", "0A000"),
    ("CREATE TABLE x AS SELECT 1 AS q UNION ALL VALUES (5)", "0A000"),
    ("CREATE TABLE x AS WITH w AS (SELECT 1) TABLE w", "0A000"),
    ("CREATE VIEW x AS VALUES (1)", "0A000"),
    ("DELETE FROM t WHERE CURRENT OF c", "0A000"),
    ("UPDATE t SET a = 1 WHERE CURRENT OF c", "0A000"),
    ("CLOSE ALL", "42601"),
    ("CREATE VIEW x AS SELECT a FROM t WITH CHECK OPTION", "0A000"),
]
SIMILAR = [
    "SELECT a FROM t WHERE (a, b) IN (SELECT a, b FROM u)",
    "SELECT (a), (SELECT count(*) FROM t x, u), count(*) FROM t GROUP BY GROUPING SETS ((a), ())",
    "SELECT rank() OVER (ORDER BY a), ratio_to_report(a) OVER (PARTITION BY b) FROM t",
    "SELECT APPROXIMATE COUNT(DISTINCT a), substring(b FROM 1 FOR 2) FROM t GROUP BY b",
    "SELECT 'infinity' AS date, cast((SELECT '1234567-8' AS timestamp) AS varchar)",
    "SELECT date '294276-12-31' > '2020-01-01', 'infinity'::varchar, version()",
    "SELECT a AS operator, b AS normalized FROM t",
    "CREATE TABLE names (exclude int, qualify int, returning int, lateral int)",
    "SELECT exclude, returning, lateral, 1 AS lateral FROM names ORDER BY returning",
    "SELECT relkind FROM pg_class WHERE relkind = 'v'::\"char\" LIMIT 1",
]


def test_rule_45_further_statements_that_only_postgresql_runs(tables):
    for statement, sqlstate in OTHERS:
        assert tables.error(statement).pgcode == sqlstate, statement
    for statement in SIMILAR:
        tables.run(statement)
    assert tables.value("SELECT 'pg_class'::regclass::oid") == 1259
    assert tables.value("SELECT random() < 1") is True


NOT_HERE = [
    "GRANT USAGE ON DATASHARE d TO NAMESPACE 'n'",
    "GRANT USAGE ON DATABASE d TO public",
    "GRANT EXECUTE ON MODEL m TO public",
    "GRANT CREATE MODEL TO GROUP g",
    "GRANT SELECT ON TABLE t TO MASKING POLICY m",
    "CREATE FUNCTION f(x float) RETURNS float STABLE AS $$ return x $$ LANGUAGE plpythonu",
    "ALTER MASKING POLICY m USING (1)",
    "DROP IDENTITY PROVIDER i",
    "DROP SCHEMA s DROP EXTERNAL DATABASE",
    "COPY t FROM 's3://b/x' IAM_ROLE default JOB CREATE j",
    "SET max_cursor_result_set_size TO 100",
    "SELECT current_namespace",
    "SELECT pg_get_late_binding_view_cols()",
]


# Types and functions of access control lists, which administrators' scripts use.
OF_THE_CATALOG = {
    "SELECT makeaclitem(1, 2, 3, 'SELECT', false)": "function makeaclitem",
    "SELECT aclcontains(relacl, 'u=r/u'::aclitem) FROM pg_class": "type aclitem",
    "SELECT count(*) FROM pg_class WHERE relacl = '{}'::aclitem[]": "type aclitem",
    "SELECT makeaclitem(1, 2, 3, 'SELECT'::cstring, false)": "type cstring",
}


@pytest.mark.emulator_only
def test_what_is_unsupported_in_a_call_is_named(tables):
    for statement, named in OF_THE_CATALOG.items():
        error = tables.error(statement)
        assert error.pgcode == "0A000", statement
        assert str(error).startswith(f"{named}: not supported by the emulator"), statement
    assert tables.error("SELECT f('a'::nosuch)").pgcode == "42704"
    refused = str(tables.error("CREATE TABLE x (a aclitem)"))
    assert refused.startswith('Column "x.a" has unsupported type "aclitem"')


@pytest.mark.emulator_only
def test_what_only_redshift_has_is_refused_in_the_emulators_name(tables):
    for statement in NOT_HERE:
        error = tables.error(statement)
        assert (error.pgcode, "emulator" in str(error)) == ("0A000", True), statement

"""Statements that PostgreSQL runs and Redshift refuses; rules as in docs/emulator/README.md."""

import psycopg2
import pytest

# rule, preparing statement, statement, SQLSTATE
REFUSED = [
    (2, "", "SELECT E'a\\n'", "42704"),
    (5, "", "CREATE TABLE t (tag int)", "42601"),
    (5, "", "CREATE TABLE t (delta int)", "42601"),
    (5, "", "CREATE TABLE open (a int)", "42601"),
    (
        5,
        "CREATE TABLE t (a int)",
        "SELECT a AS x, open FROM (SELECT a, a AS open FROM t) q",
        "42601",
    ),
    (7, "", "CREATE TABLE t (a int CHECK (a > 0))", "0A000"),
    (7, "", "CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0))", "0A000"),
    (7, "CREATE TABLE t (a int)", "CREATE INDEX i ON t (a)", "0A000"),
    (7, "CREATE TABLE t (a int)", "CREATE UNIQUE INDEX i ON t (a)", "0A000"),
    (7, "", "CREATE SEQUENCE q", "0A000"),
    (7, "", "CREATE TYPE mood AS ENUM ('sad')", "0A000"),
    (7, "", "CREATE DOMAIN d AS int", "0A000"),
    (7, "", "CREATE TABLE t (a int) PARTITION BY RANGE (a)", "42601"),
    (7, "CREATE TABLE t (a int)", "CREATE TABLE u () INHERITS (t)", "42601"),
    (8, "", "CREATE TABLE t (a serial)", "0A000"),
    (8, "", "CREATE TABLE t (a int[])", "0A000"),
    (8, "", "CREATE TABLE t (a uuid)", "0A000"),
    (8, "", "CREATE TABLE t (a jsonb)", "0A000"),
    (8, "", "CREATE TABLE t (a bytea)", "0A000"),
    (8, "", "CREATE TABLE t (a inet)", "0A000"),
    (8, "", "CREATE TABLE t (a money)", "0A000"),
    (8, "", "CREATE TABLE t (a timestamp(3))", "0A000"),
    (8, "", "SELECT '{}'::jsonb", "0A000"),
    (8, "CREATE TABLE t (a int)", "SELECT ARRAY[a, 2] FROM t", "0A000"),
    (10, "", "CREATE TABLE t (a varchar(65536))", "22023"),
    (10, "", "CREATE TABLE t (a char(4097))", "22023"),
    (13, "", "CREATE TABLE t (a numeric(39, 0))", "22023"),
    (13, "", "CREATE TABLE t (a numeric(5, -2))", "22023"),
    (13, "", "CREATE TABLE t (a numeric(3, 5))", "22023"),
    (18, "", "CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS a", "0A000"),
    (21, "", "BEGIN; SAVEPOINT s", "0A000"),
    (21, "", "DO $$ BEGIN END $$", "0A000"),
    (21, "", "LISTEN c", "0A000"),
    (21, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "0A000"),
    (21, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1) RETURNING a", "0A000"),
    (21, "CREATE TABLE t (a int)", "DELETE FROM t RETURNING a", "0A000"),
    (21, "CREATE TABLE t (a int)", "ALTER TABLE t ADD COLUMN b int, ADD COLUMN c int", "0A000"),
    (21, "CREATE TABLE t (a int)", "ALTER TABLE t SET SCHEMA public", "0A000"),
    (21, "CREATE TABLE t (a int)", "SELECT DISTINCT ON (a) a FROM t", "0A000"),
    (21, "CREATE TABLE t (a int)", "SELECT a FROM t FOR UPDATE", "0A000"),
    (21, "CREATE TABLE t (a int)", "ALTER TABLE t ALTER COLUMN a TYPE bigint", "0A000"),
    (21, "CREATE TABLE t (a int)", "ALTER TABLE t ALTER COLUMN a SET NOT NULL", "0A000"),
    (21, "CREATE TABLE t (a int)", "COPY t FROM STDIN", None),
    (21, "", "SET ROLE postgres", "42601"),
    (
        21,
        "CREATE TABLE t (a int)",
        "MERGE INTO t USING t u ON t.a = u.a WHEN MATCHED THEN DELETE",
        "42601",
    ),
    (39, "", "SELECT string_agg('a', 'b')", "42883"),
    (39, "", "SELECT array_agg(1)", "42883"),
    (39, "", "SELECT gen_random_uuid()", "42883"),
    (39, "", "SELECT generate_series(1.5, 3.5)", "42883"),
    (
        39,
        "",
        "SELECT g FROM generate_series(timestamp '2020-01-01', '2020-01-03', '1 day') AS g",
        "42883",
    ),
    (33, "", "SELECT typcategory FROM pg_type", "42703"),
    (45, "CREATE TABLE t (a int)", "SELECT a FROM t LIMIT 3 / 2", "0A000"),
    (45, "CREATE TABLE t (a int)", "SELECT a FROM t LIMIT NULL", "0A000"),
    (45, "CREATE TABLE t (a int)", "SELECT a FROM t LIMIT 1 OFFSET (SELECT 1)", "0A000"),
    (45, "", "SELECT * FROM current_date", "42601"),
    (39, "", "SELECT current_schema", "42703"),
    (39, "", "SELECT to_char(timestamp '2020-01-01 10:00', 'SS.FF3')", "0A000"),
    (39, "", "SELECT to_timestamp('2020-01-01 +01', 'YYYY-MM-DD TZH')", "0A000"),
    (39, "", "SELECT pg_read_file('PG_VERSION')", "42883"),
    (39, "", "SELECT make_date(2020, 1, 1)", "42883"),
    (39, "CREATE TABLE t (a int)", "SELECT sum(a) OVER (ORDER BY a) FROM t", "42601"),
    (40, "CREATE TABLE t (a int)", "SELECT now() FROM t", "0A000"),
    (40, "CREATE TABLE t (a int)", "SELECT '{1}'::int[] FROM t", "0A000"),
    (40, "CREATE TABLE t (a int)", "SELECT a, current_schema() FROM t", "0A000"),
    (40, "CREATE TABLE t (a int)", "SELECT a FROM t JOIN generate_series(1, 2) ON true", "0A000"),
    (40, "CREATE TABLE t (a int)", "SELECT * FROM t JOIN pg_class ON true", "0A000"),
    (40, "CREATE TABLE t (a int)", "SELECT a, c.* FROM t JOIN pg_class c ON true", "0A000"),
    (40, "CREATE TABLE t (a int)", "SELECT a FROM t JOIN pg_class ON relacl IS NULL", "0A000"),
    (40, "CREATE TABLE t (a int)", "SELECT a FROM t, (SELECT * FROM pg_user) u", "0A000"),
    (40, "CREATE TABLE t (a int)", "SELECT a FROM t JOIN pg_stats ON true", "0A000"),
    (40, "CREATE TABLE t (a int)", "SELECT a FROM t, information_schema.tables", "0A000"),
    (40, "CREATE TABLE t (a int)", "INSERT INTO t SELECT oid::int FROM pg_class", "0A000"),
    (41, "", "SET work_mem TO '1GB'", "42704"),
    (41, "", "SET standard_conforming_strings TO off", "42704"),
    (44, "CREATE TABLE t (a int)", "SELECT a FROM t WHERE a IS DISTINCT FROM 1", "0A000"),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "WITH x AS (INSERT INTO t VALUES (1, 'b')) SELECT 1",
        "0A000",
    ),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "WITH x AS (UPDATE t SET a = 1) SELECT 1",
        "0A000",
    ),
    (45, "CREATE TABLE t (a int, b varchar(9))", "WITH x AS (DELETE FROM t) SELECT 1", "0A000"),
    (45, "CREATE TABLE t (a int)", "WITH x AS (SELECT 1) INSERT INTO t TABLE x", "0A000"),
    (45, "", "WITH x AS (SELECT 1), y (a) AS (SELECT 2) TABLE x", "0A000"),
    (45, "", "WITH x AS (SELECT 1) VALUES (2)", "0A000"),
    (45, "CREATE TABLE t (a int, b int)", "SELECT 1, 2 UNION TABLE t", "0A000"),
    (45, "", "SELECT 1 UNION ALL VALUES (2)", "0A000"),
    (45, "", "EXPLAIN VALUES (1)", "0A000"),
    (45, "CREATE TABLE t (a int)", "EXPLAIN VERBOSE TABLE t", "0A000"),
    (45, "", "SELECT (1, 2) AS x", "0A000"),
    (45, "", "SELECT 1, (2, 3) x", "0A000"),
    (
        45,
        "CREATE TABLE t (a int)",
        "SELECT rank() OVER (ORDER BY a ROWS UNBOUNDED PRECEDING) FROM t",
        "0A000",
    ),
    (8, "", "SELECT xid8 '1'", "42704"),
    (8, "", "SELECT pg_lsn '0/0'", "42704"),
    (45, "", "SELECT (relname::text).md5 FROM pg_class", "0A000"),
    (45, "", "SELECT (relacl)[1].text FROM pg_class", "0A000"),
    (45, "CREATE TABLE t (a text)", "INSERT INTO t VALUES (('x'::text).md5)", "0A000"),
    (45, "CREATE TABLE t (a int)", "UPDATE t SET a = (1.5).int4", "0A000"),
    (45, "CREATE TABLE t (a int)", "SELECT 1 WHERE (1, 2) BETWEEN (1, 1) AND (1, 3)", "0A000"),
    (
        45,
        "CREATE TABLE t (a int)",
        "SELECT a FROM t WHERE (a, 2) NOT BETWEEN (1, 1) AND (1, 3)",
        "0A000",
    ),
    (8, "CREATE TABLE t (a int)", "SELECT a FROM t WHERE a = ANY('{1,2}')", "0A000"),
    (13, "", "SELECT '0x1F'::int", "22P02"),
    (13, "", "SELECT cast('1_000' AS numeric(9, 2))", "22P02"),
    (13, "", "SELECT int '0b11'", "22P02"),
    (13, "CREATE TABLE t (n numeric(9, 2))", "SELECT n / '2' FROM t", "0A000"),
    (45, "", "SELECT", "42601"),
    (45, "CREATE TABLE t (a int)", "SELECT FROM t", "42601"),
    (45, "CREATE TABLE t (a int)", "SELECT 1 WHERE EXISTS (SELECT FROM t)", "42601"),
    (45, "CREATE TABLE t (a int)", 'SELECT a AS U&"x" FROM t', "42601"),
    (45, "CREATE TABLE t (a int)", "SELECT 1 FROM t JOIN t u USING (a) AS j", "0A000"),
    (45, "", "SELECT COLLATION FOR ('x')", "0A000"),
    (
        45,
        "",
        (
            "WITH RECURSIVE g (a, b) AS (SELECT 1, 2 UNION ALL SELECT a, b FROM g)"
            " CYCLE a, b SET c USING d SELECT a FROM g"
        ),
        "0A000",
    ),
    (45, "CREATE TABLE t (a int, b int)", "SELECT a FROM t WHERE (a, b) > (1, 2)", "0A000"),
    (45, "CREATE TABLE t (a int, b int)", "SELECT a FROM t WHERE (1, 2) <= (a, b)", "0A000"),
    (45, "CREATE TABLE t (a int)", "SELECT t FROM t", "0A000"),
    (45, "CREATE TABLE t (a int)", "SELECT q FROM (SELECT a FROM t) q", "0A000"),
    (45, "CREATE TABLE t (a int)", "SELECT count(t) FROM t", "0A000"),
    (45, "CREATE TABLE t (a int)", "SELECT count(u.*) FROM t u", "0A000"),
    (45, "CREATE TABLE t (a int)", "SELECT a FROM t WHERE t IS NOT NULL", "0A000"),
    (45, "CREATE TABLE t (a int)", "SELECT u.to_json FROM t u", "0A000"),
    (45, "CREATE TABLE t (a int)", "SELECT d.record_out FROM (SELECT a FROM t) d", "0A000"),
    (45, "CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT count(t) AS n FROM t", "0A000"),
    (33, "", "SELECT rolname FROM pg_roles", "42P01"),
    (33, "", "SELECT rolname FROM pg_catalog.pg_authid", "42P01"),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "SELECT * FROM (VALUES (1), (2)) AS v (a)",
        "0A000",
    ),
    (45, "CREATE TABLE t (a int, b varchar(9))", "SELECT 1 WHERE EXISTS (TABLE t)", "0A000"),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "SELECT count(*) FILTER (WHERE a > 1) FROM t",
        "0A000",
    ),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "SELECT lag(a, 1, 0) OVER (ORDER BY a) FROM t",
        "0A000",
    ),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "SELECT first_value(a) OVER (ORDER BY b) FROM t",
        "42601",
    ),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "SELECT sum(a) OVER (ORDER BY a RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t",
        "0A000",
    ),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY b)",
        "0A000",
    ),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT 1 LIMIT 1",
        "42601",
    ),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "WITH RECURSIVE r (n) AS (SELECT 1 UNION SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r",
        "0A000",
    ),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "SELECT a FROM t FETCH FIRST 1 ROW ONLY",
        "0A000",
    ),
    (45, "CREATE TABLE t (a int, b varchar(9))", "SELECT a FROM t ORDER BY a USING >", "0A000"),
    (45, "CREATE TABLE t (a int, b varchar(9))", "SELECT a FROM ONLY t", "0A000"),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "SELECT * FROM ROWS FROM (upper('a')) AS r",
        "0A000",
    ),
    (45, "CREATE TABLE t (a int, b varchar(9))", "UPDATE t SET (a, b) = (1, 'x')", "0A000"),
    (45, "CREATE TABLE t (a int, b varchar(9))", "SELECT a FROM t WHERE b ^@ 'x'", "0A000"),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "SELECT a FROM t WHERE a BETWEEN SYMMETRIC 2 AND 1",
        "0A000",
    ),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "SELECT a FROM t WHERE b LIKE ANY ('{a,b}')",
        "0A000",
    ),
    (45, "CREATE TABLE t (a int, b varchar(9))", "SELECT ctid FROM t", "42703"),
    (45, "CREATE TABLE t (a int, b varchar(9))", "SELECT t.xmin FROM t", "42703"),
    (45, "CREATE TABLE t (a int, b varchar(9))", "SELECT current_catalog", "0A000"),
    (45, "CREATE TABLE t (a int, b varchar(9))", "SELECT bit_length('a')", "42883"),
    (
        45,
        "CREATE TABLE t (a int, b varchar(9))",
        "SELECT overlay('abc' PLACING 'x' FROM 2)",
        "42883",
    ),
    (45, "CREATE TABLE t (a int, b varchar(9))", "SELECT to_timestamp(1700000000)", "42883"),
]


@pytest.mark.parametrize(
    ("prepared", "statement", "sqlstate"),
    [row[1:] for row in REFUSED],
    ids=[f"rule {row[0]}: {row[2][:60]}" for row in REFUSED],
)
def test_statements_that_redshift_refuses_are_refused(
    client, plain, prepared, statement, sqlstate
):
    if prepared:
        client.run(prepared)
        plain.run(prepared)
    error = client.error(statement)
    assert sqlstate is None or error.pgcode == sqlstate, error
    if sqlstate is not None:
        plain.run(statement)  # PostgreSQL accepts it


# Redshift supports these; the emulator must refuse them, not ignore them or pass them on.
NOT_SUPPORTED = [
    "CREATE FUNCTION f(c bool, b anyelement) RETURNS int STABLE AS $$ 1 $$ LANGUAGE plpythonu",
    "CREATE EXTERNAL SCHEMA e FROM DATA CATALOG DATABASE 'd' IAM_ROLE 'arn'",
    'CREATE ROLE r EXTERNALID "a"',
    "SELECT checksum('a')",
    "SELECT try_cast('1' AS super)",
    "SELECT try_cast(current_date AS timestamp)",
    "WITH w AS (SELECT * EXCLUDE (a) FROM t) SELECT * FROM w",
    "CREATE OR REPLACE PROCEDURE p() AS $$ BEGIN PERFORM 1; END $$ LANGUAGE plpgsql",
    "CREATE PROCEDURE p(x s.t.a%TYPE) AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql",
    "CREATE PROCEDURE p() AS $$ DECLARE r t%ROWTYPE; BEGIN NULL; END $$ LANGUAGE plpgsql",
    "GRANT ROLE sys:dba TO ROLE sys:secadmin",
    "SHOW TABLES FROM SCHEMA d.s",
    "SHOW GRANTS ON FUNCTION s.f(int)",
    "CREATE TABLE t (a geometry)",
    "CREATE TABLE t (a varchar(3) COLLATE CASE_INSENSITIVE)",
    "GRANT DROP ON TABLE t TO public",
    "GRANT USAGE ON DATASHARE d TO ACCOUNT '123456789012' VIA DATA CATALOG",
    "REVOKE SHARE ON DATASHARE d FROM public",
    "GRANT USAGE ON DATABASE d TO public",
    "GRANT ALTER FOR TABLES IN SCHEMA public TO public",
    "REVOKE USAGE FOR SCHEMAS IN DATABASE d FROM ROLE r",
    "ALTER TABLE t SET LOCATION 's3://bucket/folder/'",
    "ALTER TABLE t SET TABLE PROPERTIES ('numRows' = '5')",
    "ALTER TABLE t ADD IF NOT EXISTS PARTITION (a = 1) LOCATION 's3://bucket/folder/'",
    "ALTER TABLE t PARTITION (a = 1) SET LOCATION 's3://bucket/folder/'",
    "ALTER TABLE t ROW LEVEL SECURITY ON",
    "SELECT * FROM stl_file_scan",
    "CREATE DATABASE other",
    "ANALYZE COMPRESSION t",
]


@pytest.mark.emulator_only
@pytest.mark.parametrize("statement", NOT_SUPPORTED)
def test_the_message_states_that_the_emulator_does_not_support_it(client, statement):
    client.run("CREATE TABLE t (a int)")
    error = client.error(statement)
    assert error.pgcode == "0A000"
    assert "emulator" in str(error)


ACCEPTED = [
    "SELECT d.count FROM (SELECT 1 AS count) d",
    "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r",
    "SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t",
    "SELECT first_value(a) OVER (PARTITION BY a) FROM t",
    "SELECT lag(a, 1) OVER (ORDER BY a) FROM t",
    "SELECT listagg(a, ',') WITHIN GROUP (ORDER BY a) FROM t",
    "SELECT a AS filter, (a) AS window, 1 AS rows FROM t",
    "SELECT rows FROM (SELECT a AS rows FROM t) AS q",
    "UPDATE t SET a = (SELECT 1)",
    "WITH RECURSIVE b AS (SELECT 1), r (n) AS (SELECT 1 UNION ALL SELECT 2 FROM r) SELECT 1",
    "SELECT sum(groups) OVER (ORDER BY groups ROWS 1 PRECEDING) FROM (SELECT a AS groups FROM t)",
    "SELECT exclude FROM (SELECT a AS exclude FROM t) AS q",
    "SELECT rank() OVER (ORDER BY rows DESC) FROM (SELECT a AS rows FROM t) AS q",
    "SELECT lag(rows) OVER (ORDER BY rows) FROM (SELECT a AS rows FROM t) AS q",
    "SELECT rank() OVER (ORDER BY q.range BETWEEN 1 AND 2) FROM (SELECT a AS range FROM t) AS q",
    "SELECT (a, 1) IN (SELECT a, 1 FROM t) FROM t",
    "SELECT (a, 1) IS NULL FROM t",
    "SELECT (a) BETWEEN (0) AND (1 + 1) AND abs(a) NOT BETWEEN 2 AND 3 AS b FROM t",
    "SELECT sum(a) OVER (PARTITION BY a, a % 2) > 0, rank() OVER (ORDER BY a, 1) < 2 FROM t",
    "SELECT listagg(a) WITHIN GROUP (ORDER BY a, 1) > 'x', a IN (1, 2) < true FROM t GROUP BY a",
    "SELECT materialized FROM (SELECT a AS materialized, 1 AS b FROM t) AS q",
    "CREATE TABLE u AS WITH c AS (SELECT table_name n FROM svv_columns) SELECT n::char(9) FROM c",
    "CREATE TABLE u AS (WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT 2 FROM r) SELECT 1)",
    "SELECT values FROM (SELECT a AS values FROM t) AS q UNION SELECT (a) AS values FROM t",
    "EXPLAIN WITH x AS (SELECT 1) SELECT count(*) AS values FROM x",
    "SELECT grouping(a), count(*) FROM t GROUP BY ROLLUP (a)",
    "CREATE TABLE u (a int, b int) INTERLEAVED SORTKEY (a, b)",
    "CREATE TABLE u (a int ENCODE zstd) ENCODE AUTO",
    "CREATE TABLE u DISTKEY (1) SORTKEY (1, 2) AS SELECT a, 2 AS b FROM t",
    "SHOW TRANSACTION ISOLATION LEVEL",
    "SELECT a AS t, count(*) FROM t GROUP BY t",
    "SELECT a cycle, (a) cycle FROM (SELECT a FROM t) cycle",
    "SELECT 1 FROM t JOIN t u USING (a)",
    "DELETE FROM t USING (SELECT 1 AS b) AS u WHERE a = b",
    "SELECT a FROM t WHERE (a, 1) IN (SELECT a, 1 FROM t) AND abs(a) > 0 AND (a + 1) < 2",
    "SELECT 3 = ANY('{1,2}')",
    "SELECT a FROM t LIMIT ALL OFFSET 1",
    "SELECT count(*) FROM (SELECT a FROM t LIMIT 0 + 1) AS u HAVING count(*) <= 0",
    "SELECT to_char(date '2020-01-01', 'SS.US \"FF3\"')",
    "SELECT extract(day FROM current_date), trim('x' FROM current_user) FROM t",
    "SELECT current_schema(), current_user, a FROM (SELECT 1 AS a) q LIMIT 1 OFFSET 0",
    "SELECT generate_series(1, 9, 4), g FROM generate_series(1, 3::bigint) AS g",
    "SET seed TO 0.25",
    "SELECT CAST(nspname AS information_schema.sql_identifier) FROM pg_namespace",
    "CREATE TABLE u (a bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL)",
    "BEGIN; DECLARE c NO SCROLL CURSOR FOR SELECT a FROM t; FETCH 1 FROM c; END",
]


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("SELECT 'x'::pg_node_tree", "42704"),
        ("SELECT 'x'::\"pg_node_tree\"", "42704"),
        ("SELECT pg_node_tree 'x'", "42704"),
        ("SELECT cast('x'::text AS pg_catalog.pg_node_tree)", "42704"),
        ("SELECT convert(pg_node_tree, 'x')", "42704"),
        ("SELECT pg_node_tree('x'::text)", "42883"),
        ("SELECT (adsrc).pg_node_tree FROM pg_attrdef", "0A000"),
        ("CREATE TABLE t (a pg_node_tree)", "42704"),
        ("CREATE FUNCTION f(pg_node_tree) RETURNS int STABLE AS 'SELECT 1' LANGUAGE sql", "42704"),
        ("PREPARE p (pg_node_tree) AS SELECT $1", "42704"),
    ],
)
def test_rule_8_clients_cannot_make_a_tree_of_postgresql(client, statement, sqlstate):
    assert client.error(statement).pgcode == sqlstate


@pytest.mark.parametrize("statement", ACCEPTED)
def test_similar_statements_are_accepted(client, statement):
    client.run("CREATE TABLE t (a int)")
    client.run(statement)


def test_invalid_statements_are_syntax_errors(client):
    assert client.error("FROBNICATE").pgcode == "42601"
    assert client.error("CREATE TABLE t (a int) DISTYLE EVEN").pgcode == "42601"
    assert client.error("CREATE TABLE t (a int").pgcode == "42601"
    assert client.error("SELECT (1").pgcode == "42601"
    for query in ("SELECT user,", "SELECT len('a'),", "SELECT len('a') UNION SELECT"):
        assert client.error(query).pgcode == "42601", query


def test_rule_45_the_oid_of_a_users_table_is_named(client):
    client.run("CREATE TABLE t (a int)")
    for query in ("SELECT a FROM t WHERE t.oid::bigint % 2 = 0", "SELECT max(oid) FROM t"):
        error = client.error(query)
        message = "column OID: not supported by the emulator"
        assert (error.pgcode, error.diag.message_primary) == ("0A000", message), query
    assert client.value("SELECT oid FROM (SELECT 1 AS oid) AS q") == 1


SYNTAX_ERRORS = {
    "CREATE GLOBAL TEMPORARY TABLE x (a int)": "global",
    "CREATE RECURSIVE VIEW x AS SELECT 1": "recursive",
    "DROP NOSUCH x": "nosuch",
    "NOSUCH x": "nosuch",
    "SELECT [a] FROM t": "[",
    "SELECT * FROM [t]": "[",
}


def test_a_syntax_error_names_the_word_that_is_wrong(client):
    for statement, word in SYNTAX_ERRORS.items():
        message = client.error(statement).diag.message_primary
        assert message.lower() == f'syntax error at or near "{word}"', statement
    assert client.error("CREATE").diag.message_primary == "syntax error at end of input"


def test_a_refused_statement_aborts_the_transaction(client):
    client.run_all("BEGIN; CREATE TABLE t (a int)")
    assert client.error("CREATE INDEX i ON t (a)").pgcode == "0A000"
    assert client.error("SELECT 1").pgcode == "25P02"
    assert client.run("COMMIT") == "ROLLBACK"
    assert client.error("SELECT * FROM t").pgcode == "42P01"


def test_redshifts_other_system_tables_are_named(client):
    for table in ("stl_file_scan", "pg_attribute_info"):
        error = client.error(f"SELECT * FROM {table}")
        assert error.pgcode == "0A000"
        assert f"system table {table}: not supported by the emulator" in str(error)
        assert "system tables" in error.diag.message_hint


def test_the_numbers_of_columns_are_keys_of_create_table_as(client):
    client.run("CREATE TABLE u DISTKEY (2) SORTKEY (1, 2) AS SELECT 1 AS a, 2 AS b")
    rows = client.run(
        f'SELECT "column", distkey, sortkey FROM pg_table_def WHERE schemaname ='
        f" '{client.schema}' AND tablename = 'u'"
    )
    assert sorted(rows) == [("a", False, 1), ("b", True, 2)]


def test_an_errors_position_refers_to_the_clients_text(client):
    client.run("CREATE TABLE t (a int)")
    error = client.error("SELECT nvl(a, 1), 'x\\'y', nosuch FROM t")
    assert isinstance(error, psycopg2.errors.UndefinedColumn)
    assert error.diag.statement_position == "27"


NAMED = {
    "SAVEPOINT s": "SAVEPOINT",
    "CLUSTER t USING i": "CLUSTER",
    "CREATE UNIQUE INDEX i ON t (a)": "CREATE UNIQUE",
    "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)": "CREATE TEXT",
    "CREATE OR REPLACE RULE r AS ON INSERT TO t DO NOTHING": "CREATE OR REPLACE RULE",
    "ALTER DOMAIN d DROP DEFAULT": "ALTER DOMAIN",
    "DROP POLICY p ON t": "DROP POLICY",
    "TABLE t": "TABLE",
    "VALUES (1), (2)": "VALUES",
}


@pytest.mark.parametrize("statement", NAMED)
def test_statements_that_redshift_lacks_are_named_without_their_objects(client, statement):
    message = client.error(statement).diag.message_primary
    assert message == f"{NAMED[statement]}: not supported by Redshift"


@pytest.mark.parametrize(
    "call", ["extract(isoyear FROM d)", "date_part('isoyear', d)", "date_part(isoyear, d)"]
)
def test_rule_39_unknown_date_parts_are_named(client, call):
    client.run("CREATE TABLE t (d date)")
    error = client.error(f"SELECT {call} FROM t")
    assert (error.pgcode, error.diag.message_primary) == ("22023", 'Invalid date part: "isoyear"')


def test_rule_39_a_date_part_is_no_expression(client):
    message = client.error("SELECT date_part('da' || 'y', getdate())").diag.message_primary
    assert message == "Invalid date part: it must be one word or a literal"


def test_rule_39_a_date_part_is_one_word(client):
    client.run("CREATE TABLE t (j super)")
    error = client.error("SELECT dateadd(year t.j, 1, '2016-02-29') FROM t")
    assert (error.pgcode, "pg_internal" in str(error)) == ("22023", False)

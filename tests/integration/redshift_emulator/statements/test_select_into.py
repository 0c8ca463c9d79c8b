"""SELECT INTO.

https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_INTO.html
"""


def test_rule_66_select_into_creates_a_table_of_the_result(client):
    client.run_all("CREATE TABLE t (a int, b varchar(7)); INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    assert client.run("SELECT * INTO u FROM t WHERE a > 1") == "SELECT 1"
    assert client.run("SELECT a, b FROM u") == [(2, "y")]
    client.run("WITH w AS (SELECT a FROM t) SELECT sum(a) AS n INTO TEMP TABLE v FROM w")
    assert client.run("SELECT n FROM v") == [(3,)]
    client.run("SELECT TOP 1 a INTO #tmp FROM t ORDER BY a DESC")
    assert client.run("SELECT a FROM #tmp") == [(2,)]
    client.run("SELECT 1 AS a INTO w")
    columns = (
        'SELECT type FROM pg_table_def WHERE schemaname = %s AND tablename = %s AND "column" = %s'
    )
    assert client.value(columns, (client.schema, "u", "b")) == "character varying(7)"


def test_rule_66_select_into_that_is_refused(client):
    client.run_all("CREATE TABLE t (a int); BEGIN READ ONLY")
    assert client.error("SELECT a INTO u FROM t").pgcode == "25006"
    client.run("ROLLBACK")
    assert client.error("SELECT a INTO t FROM t").pgcode == "42P07"
    assert client.error("SELECT a INTO TEMP s.u FROM t").pgcode == "42P16"
    assert client.error("SELECT a INTO FROM t").pgcode == "42601"
    assert client.error("CREATE TABLE u AS SELECT a INTO v FROM t").pgcode == "0A000"
    error = client.error("SELECT a, none INTO u FROM t")
    assert (error.pgcode, error.diag.statement_position) == ("42703", "11")

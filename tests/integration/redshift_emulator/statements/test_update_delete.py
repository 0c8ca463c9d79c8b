"""UPDATE and DELETE behind WITH, and DELETE without FROM.

https://docs.aws.amazon.com/redshift/latest/dg/r_UPDATE.html
https://docs.aws.amazon.com/redshift/latest/dg/r_DELETE.html
"""

import pytest

ROWS = "SELECT a, b FROM t ORDER BY a"


@pytest.fixture
def tables(client):
    client.run_all(
        "CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3);"
        "CREATE TABLE u (a int, c int); INSERT INTO u VALUES (1, 10), (2, 20)"
    )
    return client


def test_rule_106_update_and_delete_follow_with(tables):
    update = "WITH x AS (SELECT a, c FROM u) UPDATE t SET b = x.c FROM x WHERE x.a = t.a"
    assert tables.run(update) == "UPDATE 2"
    assert tables.run(ROWS) == [(1, 10), (2, 20), (3, 3)]
    tables.run(
        "WITH x AS (SELECT max(a) AS m FROM u), y AS (SELECT m FROM x)"
        " DELETE FROM t USING y WHERE t.a > y.m"
    )
    assert tables.run(ROWS) == [(1, 10), (2, 20)]
    tables.run(
        "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3)"
        " UPDATE t SET b = (SELECT max(n) FROM r) WHERE a = 1"
    )
    tables.run("PREPARE p AS WITH x AS (SELECT 2 AS a) DELETE t WHERE a IN (SELECT a FROM x)")
    tables.run("EXECUTE p")
    assert tables.run(ROWS) == [(1, 3)]
    tables.run(
        "CREATE PROCEDURE empty() LANGUAGE plpgsql AS $$ BEGIN"
        " WITH x AS (SELECT 1 AS a) DELETE FROM t USING x WHERE t.a = x.a; END $$"
    )
    tables.run("CALL empty()")
    assert tables.run(ROWS) == []


def test_rule_106_from_can_be_missing(tables):
    assert tables.run("DELETE t WHERE a = 1") == "DELETE 1"
    assert tables.run("DELETE t USING u WHERE u.a = t.a") == "DELETE 1"
    error = tables.error("DELETE t WHERE nosuch = 1")
    assert error.pgcode == "42703"
    assert "LINE 1: DELETE t WHERE nosuch = 1" in str(error)
    assert tables.run(ROWS) == [(3, 3)]


def test_rule_106_what_is_refused(tables):
    for statement, code in {
        "WITH x AS (SELECT 1 AS a) INSERT INTO t SELECT a, a FROM x": "0A000",
        "WITH x AS (SELECT 1) MERGE INTO t USING u ON t.a = u.a REMOVE DUPLICATES": "0A000",
        "WITH x AS (SELECT 1 AS a) DELETE FROM x": "42P01",
        "WITH x AS (SELECT 1 AS a) DELETE FROM": "42601",
        "WITH x AS (SELECT 1 AS a) UPDATE": "42601",
        "DELETE": "42601",
    }.items():
        assert tables.error(statement).pgcode == code, statement
    tables.run("BEGIN READ ONLY")
    assert tables.error("WITH x AS (SELECT 1) DELETE FROM t").pgcode == "25006"
    tables.run("ROLLBACK")
    assert len(tables.run(ROWS)) == 3

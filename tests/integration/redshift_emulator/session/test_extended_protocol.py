"""The extended query protocol, used by pg8000: psycopg2 uses the simple one."""

import datetime as dt
from decimal import Decimal

import pg8000.native
import pytest


@pytest.fixture
def driver(emulator, client):
    connection = pg8000.native.Connection(
        emulator.user,
        host=emulator.host,
        port=emulator.port,
        database=emulator.database,
        password=emulator.password,
    )
    connection.run(f"SET search_path TO {client.schema}")
    yield connection
    connection.close()


def test_parameters_are_bound(driver):
    assert driver.run("SELECT :a::int + 1, :b::varchar", a=1, b="it's \\ é") == [[2, "it's \\ é"]]


def test_statements_are_rewritten(driver, client):
    driver.run("CREATE TABLE t (a int PRIMARY KEY, b varchar(5))")
    driver.run("INSERT INTO t VALUES (:a, :b)", a=1, b="x")
    driver.run("INSERT INTO t VALUES (:a, nvl(:b, 'none'))", a=1, b=None)
    assert driver.run("SELECT a, len(b) FROM t WHERE b <> :b ORDER BY 2", b="") == [[1, 1], [1, 4]]
    assert client.value("SELECT count(*) FROM t") == 2


def test_a_prepared_statement_can_be_executed_repeatedly(driver):
    driver.run("CREATE TABLE t (a int)")
    insert = driver.prepare("INSERT INTO t VALUES (:a)")
    for value in range(3):
        insert.run(a=value)
    select = driver.prepare("SELECT a FROM t WHERE a >= :a ORDER BY a")
    assert select.run(a=1) == [[1], [2]]
    assert select.run(a=2) == [[2]]
    assert [column["name"] for column in select.columns] == ["a"]
    insert.close()
    select.close()


def test_rule_70_names_and_patterns_of_show_are_parameters(driver, client, emulator):
    """As Amazon's drivers send them, which ask for the columns before they give values."""
    place = {"d": emulator.database, "s": client.schema, "t": "Odd \"one'"}
    client.run("SET enable_case_sensitive_identifier TO true")
    client.run('CREATE TABLE "Odd ""one\'" (a int, b int)')
    driver.run("CREATE PROCEDURE p(first decimal(5, 2)) AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql")
    columns = driver.prepare("SHOW COLUMNS FROM TABLE :d.:s.:t LIKE :p")
    assert [row[3] for row in columns.run(**place, p="%")] == ["a", "b"]
    assert [row[3] for row in columns.run(**place, p="b")] == ["b"]
    assert columns.columns[3]["name"] == "column_name"
    assert columns.run(**{**place, "t": place["t"].upper()}, p="%") == []
    tables = driver.run("SHOW TABLES FROM SCHEMA :d.:s LIKE :t", **place)
    assert [row[2] for row in tables] == [place["t"]]
    of = "SHOW PARAMETERS OF PROCEDURE :d.:s.p(:a)"
    assert driver.run(of, **place, a="date") == []
    assert [row[3:] for row in driver.run(of, **place, a="numeric")] == [
        ["first", 1, "IN", "numeric", None, 5, 2]
    ]
    for wrong, code in (("numeric); SELECT (1", "42704"), ("nosuch", "42704")):
        with pytest.raises(pg8000.native.DatabaseError) as caught:
            driver.run(of, **place, a=wrong)
        assert caught.value.args[0]["C"] == code


def test_errors_are_those_of_redshift(driver):
    driver.run("CREATE TABLE t (a varchar(5))")
    with pytest.raises(pg8000.native.DatabaseError) as caught:
        driver.run("INSERT INTO t VALUES (:a)", a="ééé")
    assert caught.value.args[0]["C"] == "XX000"
    with pytest.raises(pg8000.native.DatabaseError) as caught:
        driver.run("CREATE INDEX i ON t (a)")
    assert caught.value.args[0]["C"] == "0A000"
    assert driver.run("SELECT count(*) FROM t") == [[0]]


def test_a_transaction_rolls_back(driver):
    driver.run("CREATE TABLE t (a int)")
    driver.run("BEGIN")
    driver.run("INSERT INTO t VALUES (:a)", a=1)
    driver.run("ROLLBACK")
    assert driver.run("SELECT a FROM t") == []


def test_late_binding_views_can_be_queried(driver, client):
    driver.run("CREATE TABLE t (a int)")
    driver.run("INSERT INTO t VALUES (7)")
    driver.run(f"CREATE VIEW v AS SELECT a FROM {client.schema}.t WITH NO SCHEMA BINDING")
    assert driver.run("SELECT a FROM v WHERE a > :a", a=1) == [[7]]
    driver.run("DROP TABLE t")


def test_describing_a_statement_does_not_execute_it(driver, client):
    driver.run("CREATE TABLE t (a int)")
    driver.prepare("INSERT INTO t VALUES (:a)").close()
    driver.prepare("DROP TABLE t").close()
    assert client.run("SELECT a FROM t") == []


def test_rule_72_call_takes_parameters_of_drivers(driver, client):
    driver.run("CREATE TABLE t (a int, b varchar(20), c decimal(5, 2), d date, e boolean)")
    driver.run(
        "CREATE PROCEDURE p(a int, b varchar(20), c decimal(5, 2), d date, e boolean) AS $$"
        " BEGIN INSERT INTO t VALUES (a, b, c, d, e); END $$ LANGUAGE plpgsql"
    )
    driver.run(
        "CREATE PROCEDURE twice(a IN int, b INOUT varchar(20), c OUT int) AS $$"
        " BEGIN b := b || b; c := a * 2; END $$ LANGUAGE plpgsql"
    )
    call = driver.prepare("CALL p(:a, :b, :c, :d, :e)")
    row = {"a": -1, "b": "it's \\ é", "c": Decimal("1.25"), "d": dt.date(2020, 1, 2), "e": True}
    call.run(**row)
    call.run(**dict.fromkeys(row))
    assert driver.run("SELECT * FROM t ORDER BY a") == [list(row.values()), [None] * 5]
    assert driver.run("CALL twice(:a, :b)", a=21, b="x") == [["xx", 42]]
    assert [column["name"] for column in driver.columns] == ["b", "c"]
    with pytest.raises(pg8000.native.DatabaseError, match="nosuch"):
        driver.run("CALL nosuch(:a)", a=1)
    assert client.error("CALL twice($1, 'x')").pgcode == "42P02"

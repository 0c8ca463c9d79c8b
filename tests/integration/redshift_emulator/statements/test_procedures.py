"""Stored procedures in PL/pgSQL.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_PROCEDURE.html
"""

import threading
from decimal import Decimal

import psycopg2
import pytest
from psycopg2.extras import wait_select

INPUT = """
CREATE OR REPLACE PROCEDURE test_sp1(f1 int, f2 varchar(20))
AS $$
DECLARE
  min_val int;
BEGIN
  DROP TABLE IF EXISTS tmp_tbl;
  CREATE TEMP TABLE tmp_tbl(id int);
  INSERT INTO tmp_tbl values (f1),(10001),(10002);
  SELECT INTO min_val MIN(id) FROM tmp_tbl;
  RAISE INFO 'min_val = %, f2 = %', min_val, f2;
END;
$$ LANGUAGE plpgsql
"""
OUTPUT = """
CREATE OR REPLACE PROCEDURE test_sp2(f1 IN int, f2 INOUT varchar(256), out_var OUT varchar(256))
AS $$
DECLARE
  loop_var int;
BEGIN
  IF f1 is null OR f2 is null THEN
    RAISE EXCEPTION 'input cannot be null';
  END IF;
  DROP TABLE if exists my_etl;
  CREATE TEMP TABLE my_etl(a int, b varchar);
    FOR loop_var IN 1..f1 LOOP
        insert into my_etl values (loop_var, f2);
        f2 := f2 || '+' || f2;
    END LOOP;
  SELECT INTO out_var count(*) from my_etl;
END;
$$ LANGUAGE plpgsql
"""
NESTED = """
CREATE OR REPLACE PROCEDURE inner_proc(INOUT a int, b int, INOUT c int) LANGUAGE plpgsql
AS $$
BEGIN
  a := b * a;
  c := b * c;
END;
$$;
CREATE OR REPLACE PROCEDURE outer_proc(multiplier int) LANGUAGE plpgsql
AS $$
DECLARE
  x int := 3;
  y int := 4;
BEGIN
  DROP TABLE IF EXISTS test_tbl;
  CREATE TEMP TABLE test_tbl(a int, b varchar(256));
  CALL inner_proc(x, multiplier, y);
  insert into test_tbl values (x, y::varchar);
END;
$$
"""


@pytest.fixture
def procedure(client, procedure):
    """Return a function that creates a procedure and calls it."""

    def run(body, arguments="", values="", head=""):
        procedure(f"{head} BEGIN {body} END", arguments)
        return client.run(f"CALL p({values})")

    return run


def test_rule_72_the_examples_of_the_documentation(client):
    assert client.run(INPUT) == "CREATE PROCEDURE"
    assert client.run("CALL test_sp1(3, 'book')") == "CALL"
    assert "INFO:  min_val = 3, f2 = book" in client.notices()
    client.run(OUTPUT)
    assert client.run("CALL test_sp2(2, '2019')") == [("2019+2019+2019+2019", "2")]
    error = client.error("CALL test_sp2(NULL, '2019')")
    assert (error.pgcode, error.diag.message_primary) == ("P0001", "input cannot be null")
    client.run(NESTED)
    client.run("CALL outer_proc(5)")
    assert client.run("SELECT * FROM test_tbl") == [(15, "20")]
    assert client.run("DROP PROCEDURE inner_proc(int, int, int)") == "DROP PROCEDURE"
    assert client.error("CALL outer_proc(5)").pgcode == "42883"


def test_rule_72_statements_of_the_language(client, procedure):
    client.run_all("CREATE TABLE t (a int, b varchar(9)); INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    body = """
      WHILE n < 3 LOOP n := n + 1; CONTINUE WHEN n = 2; EXIT WHEN n > 9; s := s || n; END LOOP;
      FOR i IN REVERSE 3..1 LOOP s := s || i; END LOOP;
      FOR r IN SELECT a, nvl(b, '-') AS b FROM t ORDER BY a LOOP s := s || r.b || r.a; END LOOP;
      FOR r IN (SELECT a FROM t UNION ALL (SELECT 5) ORDER BY a) LOOP s := s || r.a; END LOOP;
      FOR r IN EXECUTE 'SELECT 7 AS a' LOOP s := s || r.a; END LOOP;
      LOOP EXIT; END LOOP;
      IF n = 1 THEN s := 'no'; ELSIF NOT found THEN s := 'no'; ELSE s := s || '!'; END IF;
      SELECT b INTO s2 FROM t WHERE a = 9;
      IF NOT FOUND AND s2 IS NULL THEN s := s || '?'; END IF;
      EXECUTE 'UPDATE t SET b = ' || quote_literal('it''s %') || ' WHERE a = ' || n - 1;
      GET DIAGNOSTICS n := ROW_COUNT;
      DECLARE n int := 50; BEGIN s := s || n; END;
      NULL;
      SELECT 1;
      RAISE NOTICE '100%% % %', s, s2;
      RETURN;
      s := 'no';
    """
    head = "DECLARE s varchar := ''; s2 varchar(9) DEFAULT 'z'; n int = 0; r RECORD;"
    assert procedure(body, head=head) == "CALL"
    assert "NOTICE:  100% 13321x1y21257!?50 <NULL>" in client.notices()
    assert client.value("SELECT b FROM t WHERE a = 2") == "it's %"


def test_rule_72_a_call_is_one_statement_unless_it_commits(client, second, procedure):
    client.run("CREATE TABLE t (a int)")
    failing = "INSERT INTO t VALUES (x); {} INSERT INTO t VALUES (x / 0);"
    count = "SELECT count(*) FROM t"
    for control, rows in (("", 0), ("COMMIT;", 1), ("ROLLBACK;", 1), ("TRUNCATE t;", 0)):
        with pytest.raises(psycopg2.Error, match="division by zero"):
            procedure(failing.format(control), "x int", "1")
        assert second.value(count) == rows, control
    client.run("BEGIN")
    error = client.error("CALL p(1)")
    assert "TRUNCATE cannot be invoked from a procedure" in error.diag.message_primary
    client.run("ROLLBACK")
    procedure("INSERT INTO t VALUES (a1);", "a1 int", "1 + 1")
    client.run_all("BEGIN; CALL p(3); ROLLBACK")
    assert second.run("SELECT a FROM t") == [(2,)]
    client.run("BEGIN READ ONLY")
    assert client.error("CALL p(4)").pgcode == "25006"


def test_rule_72_values_and_types(client, procedure):
    declared = "DECLARE c CONSTANT int := 1; n int NOT NULL := 1; v varchar(3);"
    cases = {
        "c := 2;": "22005",
        "n := NULL;": "22004",
        "v := 'abcd';": "22001",
        "n := 'x';": "22P02",
        "nosuch := 1;": "42601",
        "SELECT 1, 2 INTO n;": "42601",
        "EXECUTE NULL;": "22004",
        "EXECUTE 'COMMIT';": "0A000",
        "VACUUM;": "0A000",
        "PREPARE q AS SELECT 1;": "0A000",
        "ALTER TABLE t APPEND FROM u;": "0A000",
        "EXIT;": "42601",
        "SELECT nosuch(1);": "42883",
    }
    found = {}
    for body in cases:
        with pytest.raises(psycopg2.Error) as error:
            procedure(body, head=declared)
        found[body] = error.value.pgcode
    assert found == cases
    values = procedure(
        "b := '2026-11-22'; a := a * 2;", "a INOUT numeric(6,2), OUT b date", "1.25"
    )
    assert [(str(a), str(b)) for a, b in values] == [("2.50", "2026-11-22")]


def test_rule_72_what_is_refused(client, new_user):
    head, tail = "CREATE PROCEDURE p() {} AS $$", "$$ LANGUAGE plpgsql"
    cases = {
        f"{head} BEGIN SELEC 1 END {tail}": "42601",
        f"{head} BEGIN IF true THEN END; {tail}": "42601",
        f"{head} BEGIN RAISE INFO '%'; END {tail}": "42601",
        f"{head} BEGIN RAISE INFO '%', 1 + 1; END {tail}": "42601",
        f"{head} BEGIN RAISE INFO '%', 'a'; END {tail}": "42601",
        f"{head} {'BEGIN ' * 300} NULL; {'END; ' * 300} {tail}": "54001",
        f"{head} DECLARE {'v int;' * 1025} BEGIN NULL; END {tail}": "54000",
        f"{head} BEGIN NULL; EXCEPTION WHEN division_by_zero THEN NULL; END {tail}": "0A000",
        f"{head} BEGIN LOOP NULL; END LOOP nosuch; END {tail}": "42601",
        f"{head} BEGIN <<l>> NULL; END {tail}": "42601",
        f"{head} DECLARE c CURSOR SELECT 1; BEGIN OPEN c; END {tail}": "42601",
        f"{head} BEGIN CASE 1 ELSE NULL; END CASE; END {tail}": "42601",
        f"{head} BEGIN PERFORM 1; END {tail}": "0A000",
        f"{head} BEGIN NULL; END {tail} SECURITY": "42601",
        f"{head} BEGIN NULL; END {tail} SECURITY INVOKER SECURITY DEFINER": "42601",
        f"{head} BEGIN NULL; END $$ LANGUAGE plpythonu": "42601",
        "DROP PROCEDURE nosuch()": "42883",
        "CALL nosuch(1)": "42883",
    }
    found = {statement: client.error(statement.format("")).pgcode for statement in cases}
    assert found == cases
    client.run("CREATE PROCEDURE p(a int) AS $$ BEGIN CALL p(a + 1); END $$ LANGUAGE plpgsql")
    assert client.error("CALL p(1)").pgcode == "54001"
    assert client.error("CALL p((SELECT 1))").pgcode == "0A000"
    assert client.error("CALL p()").pgcode == "42883"
    _, user = new_user()
    assert user.error(f"CALL {client.schema}.p(1)").pgcode == "42501"


def test_rule_72_records_keep_the_fractions_of_computed_decimals(client, procedure):
    client.run_all("CREATE TABLE t (a decimal(8, 2)); INSERT INTO t VALUES (1), (2)")
    client.run(
        "CREATE FUNCTION f_negative(decimal(12, 4)) RETURNS decimal(12, 4) IMMUTABLE AS"
        " $$ select -$1 $$ LANGUAGE sql"
    )
    loop = "FOR r IN SELECT {} AS q FROM t LOOP total := total + r.q{}; END LOOP;"
    for query, change, expected in (
        ("a / 3.00", "", "0.9999"),
        ("a / 3.00", " / 7.00", "0.142842"),
        ("f_negative(a / 3.00)", "", "-0.9999"),
    ):
        found = procedure(
            "total := 0;" + loop.format(query, change),
            "OUT total decimal(20, 8)",
            head="DECLARE r record;",
        )
        assert found[0][0] == Decimal(expected)


def test_rule_72_variables_keep_all_digits_of_doubles(client, procedure):
    client.run("CREATE TABLE t (d float8, r real)")
    client.run("INSERT INTO t VALUES (0.1::float8 + 0.2::float8, 1::real / 3)")
    body = """
      SELECT d, r INTO f, g FROM t;
      SELECT count(*) INTO n FROM t WHERE d = f AND r = g;
      RAISE INFO '% %', n, f;
      FOR q IN SELECT d FROM t LOOP
        f := q.d; SELECT count(*) INTO n FROM t WHERE d = f AND d = q.d; RAISE INFO '%', n;
      END LOOP;
      SELECT d INTO s FROM t;
      RAISE INFO '%', s;
      SELECT r INTO s FROM t;
      RAISE INFO '%', s;
    """
    procedure(body, head="DECLARE f float8; g real; n int; s varchar(30); q record;")
    assert client.notices() == "INFO:  1 0.3\nINFO:  1\nINFO:  0.3\nINFO:  0.333333\n"


def test_rule_72_found_tells_about_the_last_query_or_change(client, procedure):
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    body = """
      SELECT a INTO n FROM t;
      ANALYZE t;
      EXECUTE 'DELETE FROM t WHERE a = 9';
      GET DIAGNOSTICS n := ROW_COUNT;
      RAISE INFO '% %', found, n;
      UPDATE t SET a = 2 WHERE a = 9;
      COMMIT;
      RAISE INFO '%', found;
    """
    procedure(body, head="DECLARE n int;")
    assert client.notices() == "INFO:  t 0\nINFO:  f\n"


def test_a_client_that_disconnects_ends_its_endless_loop(client, second, emulator):
    client.run("CREATE TABLE t (a int)")
    client.run(
        "CREATE PROCEDURE p() AS $$ BEGIN INSERT INTO t VALUES (1); RAISE INFO 'begun'; LOOP NULL;"
        " END LOOP; END $$ LANGUAGE plpgsql"
    )
    leaving = psycopg2.connect(
        host=emulator.host, port=emulator.port, dbname=emulator.database, user=emulator.user,
        password=emulator.password, sslmode="disable", async_=True,
    )  # fmt: skip
    wait_select(leaving)
    leaving.cursor().execute(f"SET search_path TO {client.schema}; CALL p()")
    while not leaving.notices:
        assert leaving.poll() == psycopg2.extensions.POLL_READ
    leaving.close()
    second.run("SET statement_timeout TO 20000")
    second.run_all("BEGIN; LOCK t; ROLLBACK")


def test_an_endless_loop_ends_after_statement_timeout(client, procedure):
    client.run("SET statement_timeout TO 100")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        procedure("LOOP NULL; END LOOP; EXCEPTION WHEN OTHERS THEN NULL;")
    with pytest.raises(psycopg2.errors.QueryCanceled):
        procedure("WHILE n < 2 LOOP n := 1; END LOOP;", head="DECLARE n int := 1;")


def test_an_endless_loop_can_be_canceled(client, second, procedure):
    process = client.value("SELECT pg_backend_pid()")
    client.run("SET statement_timeout TO 20000")
    for cancel in (
        client.connection.cancel,
        lambda: second.run(f"SELECT pg_cancel_backend({process})"),
    ):
        timer = threading.Timer(0.5, cancel)
        timer.start()
        with pytest.raises(psycopg2.errors.QueryCanceled, match="due to user request"):
            procedure("LOOP NULL; END LOOP; EXCEPTION WHEN OTHERS THEN NULL;")
        timer.join()
        assert second.notices() == ""
    # what came before a procedure does not end it
    client.connection.cancel()
    procedure("FOR i IN 1..3 LOOP RAISE INFO 'on'; END LOOP;")
    assert client.notices() == "INFO:  on\n" * 3


@pytest.mark.parametrize(
    ("setting", "sqlstate"), [("work_mem = '256MB'", "42704"), ("query_group TO 'x'", "0A000")]
)
def test_rule_93_parameters_that_a_procedure_cannot_set(client, setting, sqlstate):
    create = f"CREATE PROCEDURE p() AS $$ BEGIN END $$ LANGUAGE plpgsql SET {setting}"
    assert client.error(create).pgcode == sqlstate

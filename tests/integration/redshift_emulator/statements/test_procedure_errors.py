"""Errors and transactions in stored procedures: the examples of the documentation, and the rules.

https://docs.aws.amazon.com/redshift/latest/dg/stored-procedure-trapping-errors.html
https://docs.aws.amazon.com/redshift/latest/dg/stored-procedure-transaction-management.html
"""

import psycopg2
import pytest
from psycopg2.extras import wait_select

TABLES = """
CREATE TABLE employee (firstname varchar, lastname varchar);
INSERT INTO employee VALUES ('Tomas','Smith');
CREATE TABLE employee_error_log (message varchar)
"""
HANDLED = """
BEGIN
    UPDATE employee SET firstname = 'Adam' WHERE lastname = 'Smith';
    EXECUTE 'select invalid';
EXCEPTION WHEN OTHERS THEN
    RAISE INFO 'An exception occurred.';
    INSERT INTO employee_error_log VALUES ('Error message: ' || SQLERRM);
END;
"""
TWICE = """
BEGIN
    BEGIN
        UPDATE employee SET firstname = 'Adam' WHERE lastname = 'Smith';
        EXECUTE 'select invalid1';
    EXCEPTION WHEN OTHERS THEN
        RAISE INFO 'An exception occurred in the first block.';
        INSERT INTO employee_error_log VALUES ('Error message: ' || SQLERRM);
    END;
    BEGIN
        INSERT INTO employee VALUES ('Edie','Robertson');
        EXECUTE 'select invalid2';
    EXCEPTION WHEN OTHERS THEN
        RAISE INFO 'An exception occurred in the second block.';
        INSERT INTO employee_error_log VALUES ('Error message: ' || SQLERRM);
    END;
END;
"""
LOOP = """
DECLARE
  rec RECORD;
  cur1 cursor for select * from a order by 1;
BEGIN
  {start}
  open cur1;
  Loop
    fetch cur1 into rec;
    exit when not found;
    raise info '%', rec.n;
    insert into b values (rec.n);
  End Loop;
  {end}
END
"""


@pytest.fixture
def employees(client):
    client.run_all(TABLES)
    return client


@pytest.fixture
def tables(client):
    client.run_all("CREATE TABLE a (n int); CREATE TABLE b (n int)")
    return client


def count(session, table):
    return session.value(f"SELECT count(*) FROM {table}")


def counts(session):
    return count(session, "a"), count(session, "b")


def test_rule_90_a_handler_follows_the_rollback_and_the_error_is_thrown_again(
    employees, second, procedure
):
    procedure(HANDLED)
    error = employees.error("CALL p()")
    assert error.pgcode == "42703"
    assert error.diag.message_primary == 'column "invalid" does not exist'
    assert employees.notices() == "INFO:  An exception occurred.\n"
    assert second.run("SELECT * FROM employee") == [("Tomas", "Smith")]
    expected = [('Error message: column "invalid" does not exist',)]
    assert second.run("SELECT * FROM employee_error_log") == expected


def test_rule_90_a_nonatomic_procedure_goes_on_after_a_handled_error(employees, second, procedure):
    procedure(HANDLED, options="NONATOMIC")
    assert employees.run("CALL p()") == "CALL"
    assert employees.notices() == "INFO:  An exception occurred.\n"
    assert second.run("SELECT * FROM employee") == [("Adam", "Smith")]
    procedure(TWICE, options="NONATOMIC")
    assert employees.run("CALL p()") == "CALL"
    assert "first block.\nINFO:  An exception occurred in the second" in employees.notices()
    assert second.run("SELECT * FROM employee ORDER BY 1") == [
        ("Adam", "Smith"),
        ("Edie", "Robertson"),
    ]
    log = "SELECT message FROM employee_error_log ORDER BY 1"
    assert [message for (message,) in second.run(log)] == [
        f'Error message: column "invalid{number}" does not exist' for number in ("", 1, 2)
    ]


def test_rule_90_handlers_within_handlers(tables, second, procedure):
    procedure("""
    BEGIN
      BEGIN
        INSERT INTO a VALUES (1);
        RAISE EXCEPTION 'first';
      EXCEPTION WHEN OTHERS THEN
        INSERT INTO a VALUES (2);
        RAISE INFO '% %', SQLSTATE, SQLERRM;
        RAISE EXCEPTION 'second';
      END;
    EXCEPTION WHEN OTHERS THEN
      RAISE INFO '%', SQLERRM;
      INSERT INTO a VALUES (3);
    END;
    """)
    assert tables.error("CALL p()").diag.message_primary == "second"
    assert tables.notices() == "INFO:  P0001 first\nINFO:  second\n"
    assert second.run("SELECT n FROM a") == [(3,)]


def test_rule_90_what_handlers_do_not_catch(tables, second, procedure):
    handled = "BEGIN {} EXCEPTION WHEN OTHERS THEN {} END"
    procedure(handled.format("SELECT checksum('a');", "NULL;"), options="NONATOMIC")
    assert "not supported by the emulator" in tables.error("CALL p()").diag.message_primary
    mentioned = "RAISE EXCEPTION 'said by the emulator';"
    procedure(handled.format(mentioned, "RAISE INFO 'caught';"), options="NONATOMIC")
    assert tables.run("CALL p()") == "CALL"
    assert tables.notices() == "INFO:  caught\n"
    procedure(handled.format("INSERT INTO a VALUES (1);", "RAISE INFO 'caught';"))
    second.run_all("BEGIN; LOCK a")
    tables.run("SET statement_timeout TO 100")
    assert tables.error("CALL p()").pgcode == "57014"
    assert tables.notices() == ""
    tables.run("SET statement_timeout TO 0")
    second.run("ROLLBACK")
    procedure(handled.format("SELECT 1 / 0;", "RETURN;"))
    assert tables.error("CALL p()").pgcode == "22012"
    procedure(handled.format("SELECT 1 / 0;", "INSERT INTO a VALUES (1); RAISE;"))
    assert tables.error("CALL p()").pgcode == "0Z002"
    procedure(
        handled.format("SELECT 1 / 0;", "INSERT INTO a VALUES (1); RAISE;"), options="NONATOMIC"
    )
    assert tables.error("CALL p()").pgcode == "22012"
    assert count(tables, "a") == 1
    procedure("BEGIN RAISE INFO '%', sqlerrm; END")
    assert tables.error("CALL p()").pgcode == "42703"


def test_rule_90_the_continue_handler_goes_on_with_the_next_statement(tables, procedure):
    body = """
    BEGIN
      INSERT INTO a VALUES (1);
      INSERT INTO a VALUES ('val');
      INSERT INTO a VALUES (2);
      {}
    EXCEPTION {} WHEN OTHERS THEN
      RAISE INFO '%', SQLSTATE;
    END;
    """
    procedure(body.format("", "CONTINUE_HANDLER"), options="NONATOMIC")
    tables.run("CALL p()")
    assert tables.run("SELECT n FROM a ORDER BY 1") == [(1,), (2,)]
    procedure(body.format("", "EXIT_HANDLER"), options="NONATOMIC")
    tables.run("CALL p()")
    assert count(tables, "a") == 3
    within = body.format("IF true THEN SELECT 1 / 0; END IF;", "CONTINUE_HANDLER")
    procedure(within, options="NONATOMIC")
    assert tables.error("CALL p()").pgcode == "0A000"
    with pytest.raises(psycopg2.Error, match="needs a procedure in NONATOMIC mode"):
        procedure(body.format("", "CONTINUE_HANDLER"))


def test_rule_90_handlers_of_procedures_called_in_a_block(tables, second, procedure):
    handled = "BEGIN INSERT INTO a VALUES (1); SELECT 1 / 0; EXCEPTION WHEN OTHERS THEN {} END"
    procedure(handled.format("RAISE INFO '%', SQLERRM;"))
    tables.run("BEGIN")
    assert tables.error("CALL p()").pgcode == "22012"
    assert tables.notices() == "INFO:  division by zero\n"
    assert tables.error("SELECT 1").pgcode == "25P02"
    tables.run("ROLLBACK")
    procedure(handled.format("INSERT INTO b VALUES (1);"))
    tables.run("BEGIN")
    error = tables.error("CALL p()")
    assert (error.pgcode, error.diag.message_hint) == (
        "0A000",
        "the error was: division by zero",
    )
    tables.run("ROLLBACK")
    procedure(handled.format("INSERT INTO b VALUES (1);"), options="NONATOMIC")
    tables.run_all("BEGIN; INSERT INTO a VALUES (7); CALL p(); COMMIT")
    assert counts(second) == (0, 1)


def test_rule_91_nonatomic_statements_are_committed_one_by_one(tables, second, procedure):
    body = "BEGIN INSERT INTO a VALUES (x); INSERT INTO b VALUES (y); {} END"
    procedure(body.format("SELECT 1 / 0;"), "x int, y int", "NONATOMIC")
    assert tables.error("CALL p(1, 2)").pgcode == "22012"
    assert counts(second) == (1, 1)
    procedure(body.format(""), "x int, y int", "NONATOMIC")
    tables.run_all("BEGIN; INSERT INTO a VALUES (10); CALL p(20, 30); ROLLBACK")
    assert counts(second) == (1, 1)


def test_rule_91_blocks_within_nonatomic_procedures(tables, second, procedure):
    body = "BEGIN START TRANSACTION; INSERT INTO a VALUES (x); INSERT INTO b VALUES (y); {} END"
    procedure(body.format("COMMIT; SELECT 1 / 0;"), "x int, y int", "NONATOMIC")
    assert tables.error("CALL p(1, 2)").pgcode == "22012"
    assert counts(second) == (1, 1)
    procedure(body.format("ROLLBACK; INSERT INTO b VALUES (y);"), "x int, y int", "NONATOMIC")
    tables.run("CALL p(1, 2)")
    assert counts(second) == (1, 2)
    # in a block of the client, COMMIT commits it and begins the next
    procedure(body.format("COMMIT;"), "x int, y int", "NONATOMIC")
    tables.run_all("BEGIN; INSERT INTO a VALUES (10); CALL p(20, 30); INSERT INTO b VALUES (40)")
    assert counts(second) == (3, 3)
    tables.run("COMMIT")
    assert count(second, "b") == 4
    # so does TRUNCATE
    procedure(body.format("TRUNCATE b; INSERT INTO b VALUES (y);"), "x int, y int", "NONATOMIC")
    tables.run_all("BEGIN; INSERT INTO a VALUES (10); CALL p(20, 30); ROLLBACK")
    assert counts(second) == (5, 0)
    procedure(body.format(""), "x int, y int", "NONATOMIC")
    assert tables.error("CALL p(1, 2)").pgcode == "0A000"
    assert count(second, "a") == 5
    procedure(body.format("COMMIT;"), "x int, y int")
    assert "NONATOMIC" in tables.error("CALL p(1, 2)").diag.message_primary


def test_rule_91_what_ends_a_transaction_closes_the_cursor(tables, second, procedure):
    tables.run("INSERT INTO a VALUES (1), (2), (3)")
    procedure(LOOP.format(start="", end=""), options="NONATOMIC")
    error = tables.error("CALL p()")
    assert (error.pgcode, error.diag.message_primary) == (
        "34000",
        'cursor "cur1" does not exist',
    )
    assert tables.notices() == "INFO:  1\n"
    procedure(LOOP.format(start="START TRANSACTION;", end="COMMIT;"), options="NONATOMIC")
    assert tables.run("CALL p()") == "CALL"
    assert tables.notices() == "INFO:  1\nINFO:  2\nINFO:  3\n"
    assert count(second, "b") == 4
    procedure("""
    DECLARE rec RECORD; cur1 cursor for select * from a order by 1;
    BEGIN open cur1; TRUNCATE table b; fetch cur1 into rec; END
    """)
    assert tables.error("CALL p()").diag.message_primary == 'cursor "cur1" does not exist'
    procedure("""
    DECLARE r RECORD;
    BEGIN FOR r IN SELECT n FROM a LOOP INSERT INTO b VALUES (r.n); COMMIT; END LOOP; END
    """)
    assert tables.error("CALL p()").pgcode == "34000"
    assert count(second, "b") == 1


def test_rule_91_nested_procedures_have_one_mode(tables, procedure):
    tables.run("CREATE PROCEDURE q() AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql")
    for body in ("CALL q();", "EXECUTE 'CALL q()';"):
        procedure(f"BEGIN {body} END", options="NONATOMIC")
        assert "must all be atomic" in tables.error("CALL p()").diag.message_primary
        procedure(f"BEGIN {body} END")
        assert tables.run("CALL p()") == "CALL"


def test_an_endless_loop_ends_with_its_terminated_session(client, second, emulator):
    client.run(
        f"CREATE PROCEDURE {client.schema}.p() AS $$ BEGIN RAISE INFO 'begun'; LOOP NULL;"
        " END LOOP; END $$ LANGUAGE plpgsql"
    )
    ended = psycopg2.connect(
        host=emulator.host, port=emulator.port, dbname=emulator.database, user=emulator.user,
        password=emulator.password, sslmode="disable", async_=True,
    )  # fmt: skip
    wait_select(ended)
    ended.cursor().execute(f"CALL {client.schema}.p()")
    while not ended.notices:
        assert ended.poll() == psycopg2.extensions.POLL_READ
    assert second.value("SELECT pg_terminate_backend(%s)", (ended.info.backend_pid,)) is True
    with pytest.raises(psycopg2.OperationalError):
        wait_select(ended)

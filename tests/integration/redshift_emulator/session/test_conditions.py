"""Latency, faults and other conditions that a superuser sets while the emulator runs."""

import time
from contextlib import closing, suppress

import psycopg2
import pytest

from tests.support.emulator import ROLE


@pytest.fixture
def conditions(client):
    """Set a condition by name; all are reset at the end."""
    used = []

    def set_condition(name, *values):
        used.append(name)
        shown = ", ".join(f"'{value}'" for value in values)
        client.run(f"SET emulator.{name} TO {shown}")

    yield set_condition
    for name in used:
        client.run(f"RESET emulator.{name}")


@pytest.fixture
def table(client):
    client.run("CREATE TABLE t (n integer)")


def rows(client):
    return client.value("SELECT count(*) FROM t")


def test_a_conflict_comes_at_the_commit_of_its_number_and_rolls_back(client, table, conditions):
    conditions("faults", "conflict 2")
    client.run_all("BEGIN; INSERT INTO t VALUES (1); COMMIT")
    client.run_all("BEGIN; INSERT INTO t VALUES (2)")
    assert client.error("COMMIT").diag.message_primary == "1023"
    client.run("INSERT INTO t VALUES (3)")
    assert client.run("SELECT n FROM t ORDER BY n") == [(1,), (3,)]


def test_a_transaction_that_reads_is_not_a_commit_of_a_fault(client, table, conditions):
    conditions("faults", "conflict")
    client.run_all("BEGIN; SELECT * FROM t; COMMIT")
    assert client.error("INSERT INTO t VALUES (1)").diag.message_primary == "1023"


@pytest.mark.parametrize(("when", "found"), [("before", 0), ("after", 1)])
def test_a_connection_is_lost_around_commit(client, second, table, conditions, when, found):
    conditions("faults", f"lose_{when}_commit")
    second.run_all("BEGIN; INSERT INTO t VALUES (1)")
    with pytest.raises(psycopg2.OperationalError, match="closed the connection"):
        second.run("COMMIT")
    client.run_all("BEGIN; LOCK t; COMMIT")  # the lost session has ended its transaction
    assert rows(client) == found


@pytest.mark.parametrize(
    ("fault", "statement", "message"),
    [
        ("disk_full", "INSERT INTO t VALUES (1)", "Disk Full"),
        ("read_only 1 all", "CREATE TABLE u (n integer)", "read-only mode"),
        (
            "copy 1 1 1204",
            f"COPY t FROM 's3://none/x' IAM_ROLE '{ROLE}'",
            "Error SlowDown",
        ),
    ],
)
def test_a_statement_fails_on_demand(client, table, conditions, fault, statement, message):
    conditions("faults", fault)
    error = client.error(statement)
    assert message in error.diag.message_primary
    if fault.startswith("copy"):
        assert "code:      1204" in error.diag.message_detail
    assert rows(client) == 0
    assert client.run("SHOW emulator.faults")[0][1] == 1


def test_a_cluster_that_is_read_only_still_answers_queries(client, table, conditions):
    conditions("faults", "read_only 1 all")
    for _ in range(2):
        assert "read-only" in client.error("INSERT INTO t VALUES (1)").diag.message_primary
    assert rows(client) == 0
    conditions("faults", "")
    client.run("INSERT INTO t VALUES (1)")


def test_a_serverless_workgroup_lacks_the_tables_of_clusters(client, conditions):
    conditions("serverless", "on")
    for name in ("stl_load_errors", "stv_slices", "svl_qlog"):
        error = client.error(f"SELECT * FROM {name}")
        assert (error.pgcode, error.diag.message_primary) == (
            "42501",
            f"permission denied for relation {name}",
        )
    client.run("SELECT * FROM sys_load_error_detail")
    conditions("serverless", "off")
    client.run("SELECT * FROM stv_slices")


def test_only_a_superuser_sets_conditions(client, new_user):
    _, session = new_user()
    refused = session.error("SET emulator.latency_ms TO 5")
    assert refused.pgcode == "42501"
    assert "as a superuser" in str(refused)
    assert session.run("SHOW emulator.latency_ms") == [("0",)]
    assert client.error("SET emulator.latency_ms TO -5").pgcode == "22023"
    assert client.error("SET emulator.latency TO 5").pgcode == "42704"


class Traffic:
    """The statements and round trips of an application, by command and lock."""

    def __init__(self, client, application):
        self.client, self.application = client, application

    def read(self):
        return {
            (in_lock, command): (statements, trips)
            for name, in_lock, command, statements, trips in self.client.run(
                "SHOW emulator.traffic"
            )
            if name == self.application
        }


def test_statements_and_round_trips_are_counted_by_application_and_lock(emulator, client, table):
    connection = emulator.connect(application_name="counted")
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"LOCK {client.schema}.t; SELECT 1; SELECT 2")
        cursor.execute("SELECT 3; SELECT 4")
        cursor.execute("COMMIT")
    assert Traffic(client, "counted").read() == {
        (False, "login"): (0, 3),
        (False, "begin"): (1, 1),
        (False, "lock"): (1, 1),
        (True, "select"): (4, 1),
        (True, "commit"): (1, 1),
    }


def test_a_call_is_one_statement_whose_writes_and_commits_meet_faults(
    emulator, client, table, conditions
):
    client.run(
        "CREATE PROCEDURE p(a int) AS $$ BEGIN INSERT INTO t VALUES (a); COMMIT;"
        " INSERT INTO t SELECT count(*) FROM t; END $$ LANGUAGE plpgsql"
    )
    client.run("CREATE PROCEDURE reads() AS $$ BEGIN SELECT * FROM t; END $$ LANGUAGE plpgsql")
    connection = emulator.connect(application_name="called")
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(f"SET search_path TO {client.schema}")
        cursor.execute("CALL p(1)")
        cursor.execute("PREPARE q AS SELECT n FROM t")
        cursor.execute("EXECUTE q")
    assert Traffic(client, "called").read() == {
        (False, "login"): (0, 3),
        **{(False, each): (1, 1) for each in ("set", "call", "prepare", "execute")},
    }
    conditions("faults", "conflict 2")
    assert client.error("CALL p(7)").diag.message_primary == "1023"
    assert client.run("SELECT n FROM t ORDER BY n") == [(1,), (1,), (7,)]
    conditions("faults", "read_only 1 all")
    assert client.run("CALL reads()") == "CALL"
    for statement in ("CALL p(8)", "SELECT n INTO u FROM t"):
        assert "read-only" in client.error(statement).diag.message_primary


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("latency_ms", "SELECT 1"),
        ("commit_ms", "INSERT INTO t VALUES (1)"),
        ("s3_ms", f"COPY t FROM 's3://none/x' IAM_ROLE '{ROLE}'"),
        ("s3_ms", f"UNLOAD ('SELECT 1') TO 's3://none/x' IAM_ROLE '{ROLE}'"),
    ],
)
def test_round_trips_commits_and_requests_to_s3_take_their_time(
    client, table, conditions, name, statement
):
    """A lower bound, which no other load of the machine can break."""
    conditions(name, "20")
    started = time.monotonic()
    with suppress(psycopg2.InternalError):  # there is no such bucket
        client.run(statement)
    assert time.monotonic() - started >= 0.02

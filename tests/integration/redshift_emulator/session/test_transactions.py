"""Transactions: implicit commits, commands refused in a block, locks, snapshots, conflicts."""

import threading

import psycopg2
import pytest


@pytest.fixture
def serializable(emulator, client):
    """Two sessions in transactions of isolation level SERIALIZABLE."""
    database = emulator.database
    client.run(f"ALTER DATABASE {database} ISOLATION LEVEL SERIALIZABLE")
    sessions = [type(client)(emulator.connect(), client.schema) for _ in range(2)]
    for session in sessions:
        session.run_all(f"SET search_path TO {client.schema}; BEGIN")
    yield sessions
    for session in sessions:
        session.connection.close()
    client.run(f"ALTER DATABASE {database} ISOLATION LEVEL SNAPSHOT")


class Worker:
    """Runs a session's statements in a thread, since they wait for a lock."""

    def __init__(self, session, statements):
        self._session = session
        self._statements = statements
        self.error = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        try:
            self._session.run_all(self._statements)
        except psycopg2.Error as error:
            self.error = error

    def end(self):
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.error


def wait_for_lock(emulator, session, statements):
    """Start a worker, and return it when its session's backend waits for a lock."""
    worker = Worker(session, statements)
    pid = session.connection.info.backend_pid
    with emulator.plain() as plain, plain.cursor() as cursor:
        for _ in range(100_000):
            cursor.execute("SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", (pid,))
            if cursor.fetchone():
                break
        else:
            pytest.fail("the session does not wait for a lock")
    plain.close()
    return worker


def test_rule_19_truncate_commits(client, plain):
    client.run_all("CREATE TABLE t (a int); CREATE TABLE u (a int); INSERT INTO t VALUES (1)")
    client.run_all("BEGIN; INSERT INTO u VALUES (1); TRUNCATE t; INSERT INTO u VALUES (2)")
    client.run("ROLLBACK")
    assert client.run("SELECT a FROM t") == []
    assert client.run("SELECT a FROM u") == [(1,)]
    plain.run("CREATE TEMP TABLE t AS SELECT 1 AS a")
    plain.connection.commit()
    plain.run("TRUNCATE t")
    plain.connection.rollback()
    assert plain.run("SELECT a FROM t") == [(1,)]


@pytest.mark.parametrize(
    "statement",
    [
        "VACUUM",
        "VACUUM t",
        "ALTER TABLE t ALTER COLUMN b TYPE varchar(20)",
        "ALTER TABLE t APPEND FROM u",
        "CREATE DATABASE d",
        "DROP DATABASE d",
    ],
)
def test_rule_20_commands_that_are_refused_in_a_block(client, statement):
    client.run_all("CREATE TABLE t (a int, b varchar(10)); BEGIN")
    assert client.error(statement).pgcode == "25001"
    client.run("ROLLBACK")


def test_rule_22_a_transaction_sees_one_snapshot(client, second):
    client.run("CREATE TABLE t (a int)")
    second.run("BEGIN")
    assert second.value("SELECT count(*) FROM t") == 0
    client.run("INSERT INTO t VALUES (1)")
    assert second.value("SELECT count(*) FROM t") == 0
    second.run("COMMIT")
    assert second.value("SELECT count(*) FROM t") == 1
    assert client.value("SHOW transaction_isolation") == "SNAPSHOT"


def test_the_modes_of_a_sessions_transactions_are_set_as_jdbc_does(client):
    """Its setTransactionIsolation; the level stays the database's."""
    head = "SET SESSION CHARACTERISTICS AS TRANSACTION"
    client.run_all(f"CREATE TABLE t (a int); {head} ISOLATION LEVEL READ COMMITTED")
    assert client.value("SHOW transaction_isolation") == "SNAPSHOT"
    client.run(f"{head} ISOLATION LEVEL SERIALIZABLE, READ ONLY")
    assert client.error("INSERT INTO t VALUES (1)").pgcode == "25006"
    client.run(f"{head} READ WRITE")
    client.run("INSERT INTO t VALUES (1)")
    for wrong in (head, f"{head} ISOLATION LEVEL LOW", "SET CHARACTERISTICS AS TRANSACTION"):
        assert client.error(wrong).pgcode == "42601"


def test_rule_22_changing_a_row_that_another_session_has_changed_is_error_1023(
    client, second, emulator
):
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    second.run_all("BEGIN; SELECT * FROM t")
    client.run("UPDATE t SET a = 2")
    error = second.error("DELETE FROM t")
    assert (error.pgcode, error.diag.message_primary) == ("XX000", "1023")
    assert "Serializable isolation violation on table" in error.diag.message_detail
    second.run("ROLLBACK")


def test_rule_22_crossing_reads_and_writes_succeed_under_snapshot(client, second):
    client.run_all("CREATE TABLE t (a int); CREATE TABLE u (a int)")
    for session in (client, second):
        session.run("BEGIN")
    client.run("INSERT INTO t SELECT count(*) FROM u")
    second.run("INSERT INTO u SELECT count(*) FROM t")
    client.run("COMMIT")
    second.run("COMMIT")


def test_rule_22_crossing_reads_and_writes_conflict_under_serializable(client, serializable):
    client.run_all("CREATE TABLE t (a int); CREATE TABLE u (a int)")
    one, other = serializable
    assert one.value("SHOW transaction_isolation") == "SERIALIZABLE"
    one.run("INSERT INTO t SELECT count(*) FROM u")
    other.run("INSERT INTO u SELECT count(*) FROM t")
    one.run("COMMIT")
    error = other.error("COMMIT")
    assert (error.pgcode, error.diag.message_primary) == ("XX000", "1023")


def test_rule_22_a_deadlock_is_error_1023_too(client, second, emulator):
    client.run_all("CREATE TABLE t (a int); CREATE TABLE u (a int); BEGIN")
    second.run("BEGIN")
    client.run("LOCK t")
    second.run("LOCK u")
    waiting = wait_for_lock(emulator, client, "LOCK u")
    other = Worker(second, "LOCK t")
    errors = [error for error in (waiting.end(), other.end()) if error]
    assert [(error.pgcode, error.diag.message_primary) for error in errors] == [("XX000", "1023")]
    for session in (client, second):
        session.run("ROLLBACK")


def test_rule_23_a_table_created_after_the_snapshot_is_error_1018(client, second, plain):
    client.run("CREATE TABLE t (a int)")
    second.run_all("BEGIN; SELECT * FROM t")
    client.run("CREATE TABLE later (a int)")
    error = second.error("SELECT * FROM later")
    assert (error.pgcode, error.diag.message_primary) == ("XX000", "1018")
    assert "Relation does not exist" in error.diag.message_detail
    second.run("ROLLBACK")
    assert second.run("SELECT * FROM later") == []


def test_rule_24_writers_of_a_table_wait_for_each_other_and_readers_do_not(
    client, second, emulator
):
    client.run_all("CREATE TABLE t (a int); BEGIN; INSERT INTO t VALUES (1)")
    assert second.run("SELECT * FROM t") == []
    # PostgreSQL itself would not make it wait
    waiting = wait_for_lock(emulator, second, "INSERT INTO t VALUES (2)")
    client.run("COMMIT")
    assert waiting.end() is None
    assert second.value("SELECT count(*) FROM t") == 2


SWAP = """
BEGIN; CREATE TABLE n (a int); INSERT INTO n VALUES (2), (3);
ALTER TABLE t RENAME TO o; ALTER TABLE n RENAME TO t; DROP TABLE o"""


@pytest.mark.parametrize("before", ["", "BEGIN;"])
@pytest.mark.parametrize(
    "read", ["CREATE TABLE u AS SELECT a FROM t", "INSERT INTO u SELECT * FROM v"]
)
def test_rule_23_a_query_that_waited_for_a_swap_reads_the_new_table(
    client, second, emulator, before, read
):
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    client.run(f"CREATE VIEW v AS SELECT a FROM {client.schema}.t WITH NO SCHEMA BINDING")
    if read.startswith("INSERT"):
        client.run("CREATE TABLE u (a int)")
    client.run_all(SWAP)
    waiting = wait_for_lock(emulator, second, f"{before} {read}; COMMIT")
    client.run("COMMIT")
    assert waiting.end() is None
    assert client.run("SELECT a FROM u ORDER BY a") == [(2,), (3,)]


def test_rule_23_a_table_that_is_replaced_after_the_snapshot_is_error_1018(
    client, second, emulator
):
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
    second.run_all("BEGIN; SELECT count(*) FROM pg_class")
    client.run_all(SWAP)
    waiting = wait_for_lock(emulator, second, "SELECT count(*) FROM t")
    client.run("COMMIT")
    assert waiting.end().diag.message_primary == "1018"


def test_rule_23_a_table_that_is_dropped_while_a_query_waits_does_not_exist(
    client, second, emulator
):
    client.run_all("CREATE TABLE t (a int); BEGIN; DROP TABLE t")
    waiting = wait_for_lock(emulator, second, "SELECT * FROM t")
    client.run("COMMIT")
    error = waiting.end()
    assert (error.pgcode, error.diag.context) == ("42P01", None)
    assert error.diag.message_primary == 'relation "t" does not exist'


@pytest.mark.parametrize("statement", ["UPDATE t SET a = a + 1", "DELETE FROM t"])
def test_rule_24_a_write_that_waited_sees_the_committed_rows(client, second, emulator, statement):
    client.run_all("CREATE TABLE t (a int); BEGIN; INSERT INTO t VALUES (1)")
    waiting = wait_for_lock(emulator, second, statement)
    client.run("COMMIT")
    assert waiting.end() is None
    assert client.run("SELECT a FROM t") == ([(2,)] if statement.startswith("UPDATE") else [])


def test_rule_24_lock_blocks_readers(client, second, emulator):
    client.run_all("CREATE TABLE t (a int); BEGIN; LOCK TABLE t")
    waiting = wait_for_lock(emulator, second, "SELECT * FROM t")
    client.run("COMMIT")
    assert waiting.end() is None
    assert client.error("LOCK t").pgcode == "25P01"


MARK = "LOCK TABLE marker; DELETE FROM marker WHERE id = 'x'; INSERT INTO marker VALUES ('x')"


def test_rule_24_a_transaction_that_begins_with_lock_sees_the_previous_marker(
    client, second, emulator
):
    client.run_all("CREATE TABLE marker (id varchar(9)); BEGIN")
    second.run("BEGIN")
    client.run_all(MARK)
    waiting = wait_for_lock(emulator, second, f"{MARK}; COMMIT")
    client.run("COMMIT")
    assert waiting.end() is None
    assert client.value("SELECT count(*) FROM marker") == 1


def test_rule_24_a_lock_after_the_snapshot_does_not_show_new_rows_under_snapshot(
    client, second, emulator
):
    """DELETE misses a row that is not in the snapshot: both markers remain."""
    client.run("CREATE TABLE marker (id varchar(9))")
    for session, table in ((client, "a"), (second, "b")):
        session.run("BEGIN")
        session.run(f"CREATE TABLE {table} (a int)")
    client.run_all(MARK)
    waiting = wait_for_lock(emulator, second, f"{MARK}; COMMIT")
    client.run("COMMIT")
    assert waiting.end() is None
    assert client.value("SELECT count(*) FROM marker") == 2


def test_rule_24_a_lock_after_the_snapshot_is_error_1023_under_serializable(
    client, emulator, serializable
):
    client.run("CREATE TABLE marker (id varchar(9))")
    one, other = serializable
    for session, table in ((one, "a"), (other, "b")):
        session.run(f"CREATE TABLE {table} (a int)")
    one.run_all(MARK)
    waiting = wait_for_lock(emulator, other, f"{MARK}; COMMIT")
    one.run("COMMIT")
    error = waiting.end()
    assert (error.pgcode, error.diag.message_primary) == ("XX000", "1023")
    assert client.value("SELECT count(*) FROM marker") == 1


def test_a_swap_of_tables_is_atomic_for_readers(client, second):
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1); BEGIN")
    client.run_all("CREATE TABLE t_next (a int); INSERT INTO t_next VALUES (2)")
    assert second.run("SELECT a FROM t") == [(1,)]
    client.run("ALTER TABLE t RENAME TO t_old")
    client.run("ALTER TABLE t_next RENAME TO t")
    client.run("DROP TABLE t_old")
    client.run("COMMIT")
    assert second.run("SELECT a FROM t") == [(2,)]


def test_disconnecting_without_commit_rolls_back(client, emulator):
    client.run("CREATE TABLE t (a int)")
    connection = emulator.connect(autocommit=False)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {client.schema}.t VALUES (1)")
    connection.close()
    assert client.value("SELECT count(*) FROM t") == 0


def test_insert_requires_only_the_insert_privilege(client, new_user):
    name, user = new_user()
    client.run_all(f"CREATE TABLE t (a int); GRANT USAGE ON SCHEMA {client.schema} TO {name}")
    client.run(f"GRANT INSERT ON t TO {name}")
    user.run(f"INSERT INTO {client.schema}.t VALUES (1)")
    assert user.error(f"SELECT * FROM {client.schema}.t").pgcode == "42501"
    assert user.error(f"DELETE FROM {client.schema}.t").pgcode == "42501"


def test_two_sessions_that_create_the_same_table_at_once_conflict(client, second, emulator):
    client.run_all("BEGIN; CREATE TABLE t (a int)")
    waiting = wait_for_lock(emulator, second, "CREATE TABLE t (a int)")
    client.run("COMMIT")
    error = waiting.end()
    assert (error.pgcode, error.diag.message_primary) == ("42P07", 'relation "t" already exists')

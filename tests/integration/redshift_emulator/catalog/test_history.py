"""System tables of what sessions did: connections, the steps that wrote, calls of procedures."""

import contextlib

import psycopg2
import pytest

from redshift_emulator.protocol.backend import log_in
from redshift_emulator.protocol.configuration import BackendAddress

STEPS = (
    "SELECT step_name, output_rows FROM sys_query_detail WHERE table_id = 't'::regclass::oid"
    " AND user_id = current_user_id AND end_time >= start_time ORDER BY query_id, step_name"
)
FRESHNESS = """
SELECT ns.nspname AS "schema", c.relname AS identifier, max(qd.start_time) AS last_modified,
    getdate() AS snapshotted_at
FROM pg_class c
JOIN pg_namespace ns ON ns.oid = c.relnamespace
JOIN sys_query_detail qd ON qd.table_id = c.oid
WHERE qd.step_name = 'insert'
    AND (upper(ns.nspname) = upper('{schema}') AND upper(c.relname) = upper('t'))
GROUP BY 1, 2, 4
"""


def test_rule_33_a_session_finds_its_own_connection(emulator, client):
    sent = {
        "application_name": "loader",
        "driver_version": "Redshift Python Driver 2.1",
        "os_version": "Linux 6.1",
        "plugin_name": "none",
    }
    address = BackendAddress(
        emulator.host, emulator.port, emulator.database, emulator.user, emulator.password
    )
    parameters = {"user": emulator.user, "database": emulator.database, **sent}
    query = (
        f"SELECT event, trim(username), trim(dbname), {', '.join(f'trim({n})' for n in sent)}"
        " FROM stl_connection_log WHERE pid = {pid} ORDER BY recordtime, event"
    )
    with contextlib.closing(log_in(address, parameters, emulator.password)) as session:
        own = session.query(query.format(pid="pg_backend_pid()"))
        pid = session.process_id
    values = (emulator.user, emulator.database, *sent.values())
    begun = [("authenticated".ljust(50), *values), ("initiating session".ljust(50), *values)]
    assert own == begun
    ended = [("disconnecting session".ljust(50), *values)]
    while (rows := client.run(query.format(pid=pid))) == begun:
        pass  # the emulator records the end after the client has left
    assert rows == begun + ended


def test_rule_33_a_wrong_password_is_logged_and_only_superusers_see_it(emulator, client, new_user):
    name, user = new_user()
    with pytest.raises(psycopg2.OperationalError):
        emulator.connect(name, "wrong")
    query = f"SELECT trim(event), pid FROM stl_connection_log WHERE username = '{name}'"
    rows = client.run(f"{query} ORDER BY recordtime DESC, event LIMIT 1")
    assert rows == [("authentication failure", 0)]
    assert user.run(query) == []


def test_rule_33_steps_that_wrote_into_a_table(client, second):
    client.run("CREATE TABLE t AS SELECT 1 AS a UNION ALL SELECT 2")
    client.run("INSERT INTO t VALUES (3)")
    client.run("UPDATE t SET a = 4 WHERE a < 3")
    client.run("DELETE FROM t WHERE a = 9")
    client.error("INSERT INTO t SELECT 1 / 0")
    written = [("insert", 2), ("insert", 1), ("delete", 2), ("insert", 2), ("delete", 0)]
    assert client.run(STEPS) == written
    client.run("MERGE INTO t USING (SELECT 3 AS b) AS s ON a = b REMOVE DUPLICATES")
    client.run_all("BEGIN; INSERT INTO t VALUES (5); ROLLBACK")
    merged = [("delete", None), ("insert", None)]
    assert second.run(STEPS) == [*written, *merged, ("insert", 1)]
    names = "SELECT DISTINCT trim(table_name) FROM sys_query_detail WHERE table_id = 't'::regclass"
    assert second.value(names).endswith(f".{client.schema}.t")


def test_rule_33_dbt_reads_when_a_table_was_written(client, new_user):
    client.run("CREATE TABLE t (a int)")
    query = FRESHNESS.format(schema=client.schema)
    assert client.run(query) == []
    client.run("INSERT INTO t VALUES (1)")
    ((schema, name, written, now),) = client.run(query)
    assert (schema, name) == (client.schema, "t")
    assert written <= now.replace(microsecond=999_999)
    _, user = new_user()
    assert user.run(query) == []


def test_rule_33_calls_of_procedures(client, new_user):
    head = "CREATE PROCEDURE {}() {} AS $$ BEGIN {} END $$ LANGUAGE plpgsql"
    client.run("CREATE TABLE t (a int)")
    client.run(head.format("inner_one", "", "INSERT INTO t VALUES (1);"))
    client.run(head.format("outer_one", "SECURITY DEFINER", "CALL inner_one();"))
    client.run(head.format("bad", "", "INSERT INTO t SELECT 1 / 0;"))
    name, user = new_user()
    client.run(f"GRANT USAGE ON SCHEMA {client.schema} TO {name}")
    client.run(f"GRANT EXECUTE ON PROCEDURE outer_one() TO {name}")
    user.run(f"SET search_path TO {client.schema}")
    user.run("SET query_group TO 'nightly'")
    user.run("CALL outer_one()")
    client.error("CALL bad()")
    query = (
        "SELECT trim(c.querytxt), u.usename, s.usename, trim(c.label), c.aborted, trim(o.querytxt)"
        " FROM svl_stored_proc_call c JOIN pg_user u ON u.usesysid = c.userid"
        " JOIN pg_user s ON s.usesysid = c.session_userid"
        " LEFT JOIN svl_stored_proc_call o ON o.query = c.from_sp_call"
        " WHERE s.usename = '{}' ORDER BY c.starttime"
    )
    owner = client.value("SELECT current_user")
    called = [
        ("CALL outer_one()", name, name, "nightly", 0, None),
        ("CALL inner_one()", owner, name, "nightly", 0, "CALL outer_one()"),
    ]
    assert client.run(query.format(name)) == called
    assert user.run(query.format(name)) == called
    failed = ("CALL bad()", owner, owner, "default", 1, None)
    assert failed in client.run(query.format(owner))
    assert user.run(query.format(owner)) == []

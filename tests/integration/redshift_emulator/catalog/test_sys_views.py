"""System views whose rows other system tables have with other names, and those without rows.

https://docs.aws.amazon.com/redshift/latest/dg/serverless_views-monitoring.html
"""

import pytest

MESSAGES = (
    "SELECT loglevel, trim(loglevel_text), trim(message), aborted FROM svl_stored_proc_messages"
    " WHERE trim(querytext) LIKE '{}' AND session_userid = current_user_id ORDER BY recordtime"
)
# https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_STORED_PROC_MESSAGES.html
TEST_PROC1 = """
CREATE OR REPLACE PROCEDURE test_proc1(f1 int) AS
$$
BEGIN
    RAISE INFO 'Log Level: Input f1 is %',f1;
    RAISE NOTICE 'Notice Level: Input f1 is %',f1;
    EXECUTE 'select invalid';
    RAISE NOTICE 'Should not print this';
EXCEPTION WHEN OTHERS THEN
     raise exception 'EXCEPTION level: Exception Handling';
END;
$$ LANGUAGE plpgsql
"""
TEST_PROC = """
CREATE OR REPLACE PROCEDURE test_proc() AS
$$
BEGIN
    RAISE LOG 'Raise LOG messages';
    RAISE INFO 'Raise INFO messages';
    RAISE NOTICE 'Raise NOTICE messages';
    RAISE WARNING 'Raise WARNING messages';
    RAISE EXCEPTION 'Raise EXCEPTION messages';
    RAISE WARNING 'Raise WARNING messages again'; -- not reachable
END;
$$ LANGUAGE plpgsql SET stored_proc_log_min_messages = NOTICE
"""
EMPTY = [
    "svv_datashares",
    "svv_datashare_objects",
    "svv_masking_policy",
    "svv_attached_masking_policy",
    "svv_rls_policy",
    "svv_rls_relation",
    "svl_udf_log",
    "sys_udf_log",
    "stl_restarted_sessions",
]


def test_rule_33_messages_of_procedures(client, new_user):
    client.run(TEST_PROC1)
    client.error("CALL test_proc1(2)")
    raised = [
        (30, "INFO", "Log Level: Input f1 is 2", 1),
        (40, "NOTICE", "Notice Level: Input f1 is 2", 1),
        (60, "EXCEPTION", "EXCEPTION level: Exception Handling", 1),
    ]
    assert client.run(MESSAGES.format("CALL test_proc1(2)%")) == raised
    own = "SELECT trim(log_level), trim(message) FROM sys_procedure_messages WHERE query_id = {}"
    query = client.value("SELECT max(query) FROM svl_stored_proc_call WHERE querytxt LIKE '%(2)%'")
    assert client.run(f"{own.format(query)} ORDER BY record_time") == [row[1:3] for row in raised]
    _, user = new_user()
    assert user.run(own.format(query)) == []


def test_rule_33_the_least_level_of_messages_of_a_procedure(client):
    client.run(TEST_PROC)
    client.error("CALL test_proc()")
    assert client.run(MESSAGES.format("CALL test_proc()%")) == [
        (40, "NOTICE", "Raise NOTICE messages", 1),
        (50, "WARNING", "Raise WARNING messages", 1),
        (60, "EXCEPTION", "Raise EXCEPTION messages", 1),
    ]
    shown = client.value(f"SHOW PROCEDURE {client.schema}.test_proc()")
    assert "\nSET stored_proc_log_min_messages TO notice" in shown


def test_rule_33_the_least_level_of_messages_of_a_session_and_of_nested_calls(client):
    raises = "RAISE LOG 'log'; RAISE INFO 'info'; RAISE WARNING 'warning'"
    client.run(f"CREATE PROCEDURE inner_one() AS $$ BEGIN {raises}; END $$ LANGUAGE plpgsql")
    client.run(
        "CREATE PROCEDURE outer_one() AS $$ BEGIN CALL inner_one(); END $$ LANGUAGE plpgsql"
    )
    client.run("CALL outer_one()")
    logged = MESSAGES.format("CALL inner_one()%")
    assert [row[2:] for row in client.run(logged)] == [("log", 0), ("info", 0), ("warning", 0)]
    assert client.notices() == "INFO:  info\nWARNING:  warning\n"
    client.run("SET stored_proc_log_min_messages TO WARNING")
    client.run("CALL outer_one()")
    assert [row[2] for row in client.run(logged)] == ["log", "info", "warning", "warning"]
    assert client.error("SET stored_proc_log_min_messages TO loud").pgcode == "22023"


def test_rule_93_settings_of_a_procedure(client):
    create = "CREATE PROCEDURE p() {} AS $$ BEGIN RAISE INFO 'x'; END $$ LANGUAGE plpgsql SET {}"
    level = "stored_proc_log_min_messages"
    client.run(create.format("", f"search_path TO public SET {level} TO EXCEPTION"))
    client.run(f"CALL {client.schema}.p()")
    assert client.run(MESSAGES.format(f"CALL {client.schema}.p()%")) == []
    ends = create.replace("RAISE INFO 'x'", "COMMIT").replace("p()", "ends()")
    client.run(ends.format("", f"{level} TO LOG"))
    assert client.error(f"CALL {client.schema}.ends()").pgcode == "2D000"
    assert client.error(create.format("", f"{level} TO loud")).pgcode == "22023"
    assert client.error(create.format("", f"{level} TO LOG SET {level} TO LOG")).pgcode == "42601"
    assert client.error(create.format("NONATOMIC", f"{level} TO LOG")).pgcode == "0A000"


def test_rule_33_calls_of_procedures_by_sys_procedure_call(client):
    client.run("CREATE PROCEDURE inner_one() AS $$ BEGIN END $$ LANGUAGE plpgsql")
    client.run(
        "CREATE PROCEDURE outer_one() AS $$ BEGIN CALL inner_one(); END $$ LANGUAGE plpgsql"
    )
    client.run("CREATE PROCEDURE bad() AS $$ BEGIN RAISE EXCEPTION 'x'; END $$ LANGUAGE plpgsql")
    client.run("CALL outer_one()")
    client.error("CALL bad()")
    rows = client.run(
        "SELECT trim(c.query_text), trim(c.status), trim(o.query_text) FROM sys_procedure_call c"
        " LEFT JOIN sys_procedure_call o ON o.query_id = c.caller_procedure_query_id"
        " WHERE c.session_user_id = current_user_id AND c.security_user_id = current_user_id"
        " AND c.end_time >= c.start_time ORDER BY c.query_id DESC LIMIT 3"
    )
    assert rows == [
        ("CALL bad()", "canceled", None),
        ("CALL inner_one()", "success", "CALL outer_one()"),
        ("CALL outer_one()", "success", None),
    ]


def test_rule_33_sessions_and_their_ends(emulator, client, new_user):
    """https://docs.aws.amazon.com/redshift/latest/dg/SYS_SESSION_HISTORY.html."""
    name, user = new_user()
    session = f"session_id = {user.value('SELECT pg_backend_pid()')}"
    history = (
        "SELECT user_id::int = current_user_id, trim(database_name), trim(status),"
        f" session_timeout, end_time >= start_time FROM sys_session_history WHERE {session}"
        " ORDER BY start_time DESC LIMIT 1"
    )
    assert user.run(history) == [(True, emulator.database, "active", 0, None)]
    events = (
        f"SELECT trim(event), trim(user_name), duration FROM sys_connection_log WHERE {session}"
        " ORDER BY record_time DESC, event DESC LIMIT 2"
    )
    begun = [("initiating session", name, 0), ("authenticated", name, 0)]
    assert client.run(events) == begun
    assert user.run(events) == []
    user.connection.close()
    while client.run(events) == begun:
        pass  # the emulator records the end after the client has left
    assert client.run(history)[0][1:] == (emulator.database, "closed", 0, True)
    assert client.run(events)[0][:2] == ("disconnecting session", name)
    assert client.run(events)[0][2] > 0


@pytest.mark.emulator_only
def test_rule_33_what_the_emulator_does_not_have_has_no_rows(client):
    for view in EMPTY:
        assert client.run(f"SELECT * FROM {view}") == [], view


def test_rule_33_the_isolation_level_of_the_database(client, emulator):
    """https://docs.aws.amazon.com/redshift/latest/dg/r_STV_DB_ISOLATION_LEVEL.html."""
    rows = client.run("SELECT trim(db_name), trim(isolation_level) FROM stv_db_isolation_level")
    assert (emulator.database, "Snapshot Isolation") in rows

"""Sessions: version, strings, names, parameters, login, cancellation, disconnection."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extras import wait_select

from tests.support.processes import start


def test_rule_1_the_server_reports_redshifts_version(client):
    assert client.connection.server_version == 80002
    assert client.connection.get_parameter_status("server_version") == "8.0.2"
    assert client.value("SHOW server_version") == "8.0.2"
    version = client.value("SELECT version()")
    assert version.startswith("PostgreSQL 8.0.2 ")
    assert "Redshift 1.0" in version


def test_rule_1_the_encoding_is_reported_as_unicode(client):
    assert client.connection.get_parameter_status("client_encoding") == "UNICODE"
    assert client.value("SELECT 'žluťoučký 🐎'") == "žluťoučký 🐎"


def test_rule_1_text_is_not_converted_for_a_client_in_the_locale_c(client, emulator):
    """psql in a terminal without LANG asks for SQL_ASCII."""
    with contextlib.closing(emulator.connect(client_encoding="SQL_ASCII")) as connection:
        assert connection.get_parameter_status("client_encoding") == "SQL_ASCII"
        connection.set_client_encoding("UTF8")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'žluťoučký'")
            assert cursor.fetchone() == ("žluťoučký",)


def test_rule_1_a_client_that_asks_for_utf8_is_told_so(client, emulator):
    with contextlib.closing(emulator.connect(client_encoding="UTF8")) as connection:
        assert connection.get_parameter_status("client_encoding") == "UTF8"


def test_rule_1_other_encodings_are_refused_with_what_to_do(emulator):
    with pytest.raises(psycopg2.OperationalError, match="set PGCLIENTENCODING=UTF8"):
        emulator.connect(client_encoding="LATIN1")


def test_bytes_that_are_not_utf8_are_an_error_and_the_session_goes_on(client):
    error = client.error(b"SELECT '\xff'")
    assert error.pgcode == "22021"
    assert "0xff" in str(error)
    assert client.value("SELECT 1") == 1


def test_rule_2_a_backslash_escapes(client, plain):
    assert client.value(r"SELECT 'it\'s'") == "it's"
    assert client.value(r"SELECT 'a\\b'") == "a\\b"
    assert client.value(r"SELECT 'a\nb\101'") == "a\nbA"
    assert plain.value(r"SELECT 'a\nb'") == r"a\nb"


def test_rule_2_drivers_double_backslashes_since_standard_strings_are_not_reported(client):
    assert client.connection.get_parameter_status("standard_conforming_strings") is None
    for text in ("\\", "a\\'b", "\\\\n", "C:\\temp\\new", "'; DROP TABLE x; --\\"):
        assert client.value("SELECT %s", (text,)) == text


def test_rule_3_quoted_names_are_folded_to_lower_case(client):
    client.run('CREATE TABLE "MixedCase" ("ColumnA" int)')
    client.run("INSERT INTO mixedcase VALUES (1)")
    assert client.value("SELECT columna FROM mixedcase") == 1
    assert client.value('SELECT "COLUMNA" FROM "MIXEDCASE"') == 1
    with client.connection.cursor() as cursor:
        cursor.execute('SELECT 1 AS "Alias"')
        assert cursor.description[0].name == "alias"


def test_rule_3_quoted_names_keep_their_case_in_a_case_sensitive_session(client):
    client.run("SET enable_case_sensitive_identifier TO true")
    client.run('CREATE TABLE "MixedCase" (a int)')
    assert client.error("SELECT * FROM mixedcase").pgcode == "42P01"
    assert client.run('SELECT * FROM "MixedCase"') == []


def test_rule_5_reserved_words_are_names_when_quoted_or_after_a_dot(client):
    client.run('CREATE TABLE t ("tag" int, "open" int)')
    client.run("INSERT INTO t VALUES (1, 2)")
    assert client.run('SELECT "tag", t.open, "tag" AS delta FROM t') == [(1, 2, 1)]


def test_rule_41_redshifts_parameters_are_kept_and_others_refused(client):
    client.run("SET query_group TO 'etl'")
    assert client.value("SHOW query_group") == "etl"
    client.run("RESET query_group")
    assert client.value("SHOW query_group") == "default"
    assert client.value("SELECT current_setting('query_group')") == "default"
    client.run("SET wlm_query_slot_count TO 3")
    client.run("SET enable_result_cache_for_session TO off")
    client.run("SET statement_timeout TO 60000")
    client.run("SET statement_timeout = '60000'")
    error = client.error("SET statement_timeout = '60s'")
    assert error.pgcode == "22023"
    assert error.diag.message_primary == 'parameter "statement_timeout" requires an integer value'
    assert client.error("SET wlm_query_slot_count TO 51").pgcode == "22023"
    assert client.error("SET enable_result_cache_for_session TO perhaps").pgcode == "22023"
    assert client.error("SHOW work_mem").pgcode == "42704"


def test_rule_41_show_all_lists_the_parameters(client):
    client.run("SET query_group TO 'etl'")
    client.run("SET interval_forbid_composite_literals TO false")
    parameters = dict(client.run("SHOW ALL"))
    assert parameters["query_group"] == "etl"
    assert parameters["wlm_json_configuration"] == "unset"
    for name, value in parameters.items():
        assert client.value(f"SHOW {name}") == value, name
    assert {"datestyle", "search_path", "server_version", "timezone"} <= set(parameters)
    assert client.error("SHOW ALL TABLES").pgcode == "42601"


def test_statement_timeout_ends_a_statement(client):
    client.run("SET statement_timeout TO 50")
    error = client.error("SELECT count(*) FROM pg_proc a, pg_proc b, pg_proc c, pg_proc d")
    assert error.pgcode == "57014"


def test_the_statements_of_one_query_message_are_one_transaction(client):
    client.run("CREATE TABLE t (a int)")
    error = client.error(
        "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); SELECT nosuch FROM t"
    )
    assert error.pgcode == "42703"
    assert client.value("SELECT count(*) FROM t") == 0
    assert client.run("INSERT INTO t VALUES (1); SELECT a FROM t;") == [(1,)]


def test_comments_are_skipped_and_empty_queries_accepted(client):
    assert client.value("/* one /* nested */ */ SELECT 1 -- end") == 1
    with (
        client.connection.cursor() as cursor,
        pytest.raises(psycopg2.ProgrammingError, match="empty"),
    ):
        cursor.execute("")
    with (
        client.connection.cursor() as cursor,
        pytest.raises(psycopg2.ProgrammingError, match="empty"),
    ):
        cursor.execute("-- nothing\n;;")


def test_values_of_every_type_are_sent_as_redshift_sends_them(client):
    row = client.run(
        "SELECT 1::smallint, 2::int, 3::bigint, 1.50::numeric(5,2), 0.1::real, 0.1::float, true,"
        " 'ab'::char(3), 'é'::varchar(5), '2020-02-29'::date, '2020-02-29"
        " 12:34:56.789'::timestamp,"
        " '2020-02-29 12:34:56+02'::timestamptz, null"
    )[0]
    assert [str(value) for value in row] == [
        *("1", "2", "3", "1.50", "0.1", "0.1", "True", "ab ", "é"),
        *("2020-02-29", "2020-02-29 12:34:56.789000", "2020-02-29 10:34:56+00:00", "None"),
    ]


def test_a_wrong_password_and_an_unknown_user_get_the_same_error(emulator):
    messages = []
    for user in (emulator.user, "nobody"):
        with pytest.raises(psycopg2.OperationalError) as caught:
            emulator.connect(user, "wrong")
        messages.append(str(caught.value).replace(user, "X"))
    assert messages[0] == messages[1]
    assert "password authentication failed" in messages[0]


def test_postgresqls_superuser_cannot_log_in(emulator, postgres):
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        emulator.connect("postgres", postgres.password)


def test_an_unknown_database_is_refused(emulator):
    with pytest.raises(psycopg2.OperationalError, match='database "nosuch" does not exist'):
        psycopg2.connect(
            host="127.0.0.1",
            port=emulator.port,
            dbname="nosuch",
            user=emulator.user,
            password=emulator.password,
        )


def test_a_statement_can_be_canceled(client, second):
    client.run_all("CREATE TABLE t (a int); BEGIN; LOCK t")
    second.run("BEGIN")
    timer = threading.Timer(0.2, second.connection.cancel)
    timer.start()
    assert second.error("LOCK t").pgcode == "57014"
    timer.join()


@pytest.mark.parametrize("encryption", ["disable", "require"])
def test_the_locks_of_a_killed_client_are_released(client, emulator, encryption):
    client.run("CREATE TABLE t (a int)")
    script = (
        "import psycopg2, sys\n"
        "c = psycopg2.connect(sys.argv[1], password=sys.stdin.readline().strip()).cursor()\n"
        f"c.execute('LOCK {client.schema}.t')\n"
        "print('locked', flush=True)\n"
        "c.execute('SELECT count(*) FROM pg_proc a, pg_proc b, pg_proc c, pg_proc d')\n"
    )
    dsn = (
        f"host=127.0.0.1 port={emulator.port} user={emulator.user} dbname={emulator.database}"
        f" sslmode={encryption}"
    )
    process = start(
        [sys.executable, "-c", script, dsn],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        process.stdin.write(emulator.password + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "locked\n"
        process.send_signal(signal.SIGKILL)
    client.run("SET statement_timeout TO 20000")
    client.run("BEGIN")
    assert client.run("LOCK t") == "LOCK TABLE"


ENDLESS = "SELECT count(*) FROM pg_proc a, pg_proc b, pg_proc c, pg_proc d"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="signals are read in /proc")
@pytest.mark.timeout(60)
def test_a_statement_is_canceled_even_if_the_cancel_request_arrives_first(emulator):
    """PostgreSQL ignores a cancel request while it waits for a statement."""
    dsn = (
        f"host=127.0.0.1 port={emulator.port} user={emulator.user}"
        f" password={emulator.password} dbname={emulator.database}"
    )
    with contextlib.closing(emulator.plain()) as plain, plain.cursor() as cursor:

        def sessions():
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE usename = %s", (emulator.user,))
            return {pid for (pid,) in cursor.fetchall()}

        before = sessions()
        leaving = psycopg2.connect(dsn, async_=True)
        wait_select(leaving)
        (backend,) = sessions() - before
        with leaving.cursor() as left:
            left.execute("BEGIN")
            wait_select(leaving)
            os.kill(backend, signal.SIGSTOP)
            left.execute(ENDLESS)
        leaving.close()
        while not is_pending(backend, signal.SIGINT):
            pass
        os.kill(backend, signal.SIGCONT)
        while backend in sessions():
            pass  # the time of the test is limited


def is_pending(pid, number):
    """Return whether a signal is pending for a stopped process."""
    status = Path(f"/proc/{pid}/status").read_text()
    (pending,) = (line.split()[1] for line in status.splitlines() if line.startswith("ShdPnd:"))
    return bool(int(pending, 16) & 1 << (number - 1))


def test_large_results_and_values_are_complete(client):
    client.run("CREATE TABLE t (a int, b varchar(max))")
    client.run("INSERT INTO t VALUES (1, %s)", ("é" * 32767,))
    for _ in range(10):
        client.run("INSERT INTO t SELECT a + (SELECT count(*) FROM t), b FROM t")
    rows = client.run("SELECT a, b FROM t ORDER BY a")
    assert [row[0] for row in rows] == list(range(1, 1025))
    assert {row[1] for row in rows} == {"é" * 32767}


def test_cursors_fetch_rows_in_batches(client, emulator):
    client.run_all("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2), (3)")
    connection = emulator.connect(autocommit=False)
    with connection.cursor("c") as cursor:
        cursor.itersize = 2
        cursor.execute(f"SELECT a FROM {client.schema}.t ORDER BY a")
        assert list(cursor) == [(1,), (2,), (3,)]
    connection.close()
    assert client.error("DECLARE c CURSOR FOR SELECT 1").pgcode == "25P01"


def test_a_read_only_transaction_refuses_writes(client):
    client.run_all("CREATE TABLE t (a int); BEGIN READ ONLY")
    assert client.run("SELECT * FROM t") == []
    assert client.error("INSERT INTO t VALUES (1)").pgcode == "25006"
    client.run("ROLLBACK")

"""The server process: restarts on existing data, and reports why it cannot start."""

import contextlib
import json
import secrets
import subprocess
import sys

import psycopg2
import pytest

from tests.support import processes
from tests.support.emulator import configuration


def start(config):
    command = [sys.executable, "-m", "redshift_emulator", "--config", str(config)]
    return processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def config(new_database, tmp_path):
    """Write a configuration for an empty database; return a function that writes it again."""
    dsn = new_database()

    def write(**changes):
        document = {
            **configuration(dsn, f"a_{secrets.token_hex(4)}", "Secret1pw"),
            "listen": {"host": "127.0.0.1", "port": 0},
            **changes,
        }
        path = tmp_path / "config.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(document), encoding="utf-8")
        return path, document

    return write


def connect(process, document, user=None):
    line = process.stdout.readline()
    port = int(line.rsplit(":", 1)[1])
    connection = psycopg2.connect(
        host="127.0.0.1",
        port=port,
        dbname=document["backend"]["database"],
        user=user or document["admin"]["user"],
        password="Secret1pw",
    )
    connection.autocommit = True
    return connection


def superuser(document):
    """Connect to the PostgreSQL behind the server."""
    backend = document["backend"]
    return psycopg2.connect(
        host=backend["host"],
        port=backend["port"],
        dbname=backend["database"],
        user=backend["superuser"],
        password=backend["password"],
    )


def test_the_server_restarts_on_existing_data(config):
    path, document = config()
    user = f"u_{secrets.token_hex(4)}"
    with start(path) as process:
        connection = connect(process, document)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE t (a int PRIMARY KEY) DISTSTYLE ALL")
            cursor.execute("INSERT INTO t VALUES (1)")
            cursor.execute(f"CREATE USER {user} PASSWORD 'Secret1pw'")
        process.terminate()
        assert process.wait(20) == 0
        connection.close()
    with start(path) as process:
        connection = connect(process, document)
        with connection.cursor() as cursor:
            cursor.execute('SELECT "table", diststyle FROM svv_table_info')
            assert cursor.fetchall() == [("t", "ALL")]
        connection.close()
        process.terminate()
        assert process.wait(20) == 0
    with start(path) as process:
        connect(process, document, user).close()
        process.terminate()
        process.wait(20)


def restart(config, *statements):
    """Start the server, run statements as its administrator, stop it; return the last rows."""
    path, document = config
    with start(path) as process:
        connection = connect(process, document)
        with contextlib.closing(connection), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            rows = cursor.fetchall() if cursor.description else []
        process.terminate()
        assert process.wait(20) == 0
    return rows


def test_what_was_revoked_on_public_stays_revoked_after_a_restart(config):
    rights = "SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public'"
    written = config()
    found = restart(written, "REVOKE ALL ON SCHEMA public FROM PUBLIC", rights)
    assert restart(written, rights) == found


def test_functions_whose_parameters_had_other_names_are_replaced(config):
    path, document = config()
    view = "CREATE VIEW years AS SELECT extract(year FROM timestamp '2026-11-21') AS y"
    restart((path, document), view)
    with contextlib.closing(superuser(document)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_proc SET proargnames = '{another,one}', prosrc = 'SELECT 1::bigint'"
            " WHERE proname = 'extract_part' AND pronamespace = 'pg_internal'::regnamespace"
        )
        connection.commit()
    assert restart((path, document), "SELECT y FROM years") == [(2026,)]


EARLIER = """
CREATE FUNCTION pg_internal.regexp_count(value text, pattern text) RETURNS integer LANGUAGE sql
IMMUTABLE AS $$SELECT 99$$;
CREATE FUNCTION pg_internal.compact(value text, n integer) RETURNS integer LANGUAGE sql
IMMUTABLE AS $$SELECT n$$;
CREATE VIEW public.of_earlier AS SELECT pg_internal.compact('a', 99) AS n;
GRANT SELECT ON public.of_earlier TO PUBLIC;
"""
"""Functions that a later release has with other parameters, and a view that needs one."""


def test_functions_that_an_earlier_release_had_with_other_parameters_are_not_chosen(config):
    path, document = config()
    restart((path, document), "SELECT 1")
    with contextlib.closing(superuser(document)) as connection, connection.cursor() as cursor:
        before = functions(cursor)
        cursor.execute(EARLIER)
        connection.commit()
        found = restart((path, document), "SELECT regexp_count('aa', 'a'), n FROM of_earlier")
        assert found == [(2, 99)]
        after = functions(cursor)
    assert not before - after
    assert [name.rsplit("_", 1)[0] for name in after - before] == ["pg_internal.compact"]


def functions(cursor):
    """Return the emulator's own functions."""
    cursor.execute(
        "SELECT oid::regprocedure::text FROM pg_proc"
        " WHERE pronamespace = 'pg_internal'::regnamespace"
    )
    return {name for (name,) in cursor.fetchall()}


def test_rule_4_the_server_knows_long_names_after_a_restart(config):
    path, document = config()
    name = "a_table_of_a_warehouse_" * 4
    body = f"SELECT $1 AS column_of_{name}"
    found = []
    for statements in (
        (
            f"CREATE TABLE {name} (a int)",
            f"CREATE FUNCTION f(int) RETURNS int IMMUTABLE AS $$ {body} $$ LANGUAGE sql",
        ),
        (),
    ):
        with start(path) as process:
            connection = connect(process, document)
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                cursor.execute("SELECT relname FROM pg_class WHERE relname LIKE 'a_table_%'")
                found += cursor.fetchall()
                cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'f'")
                found += cursor.fetchall()
            connection.close()
            process.terminate()
            process.wait(20)
    assert found == [(name,), (body,)] * 2


def test_the_configuration_sets_the_isolation_level(config):
    path, document = config(isolation="serializable")
    with start(path) as process:
        connection = connect(process, document)
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_isolation")
            assert cursor.fetchone() == ("SERIALIZABLE",)
        connection.close()
        process.terminate()
        process.wait(20)


def test_a_configuration_that_other_users_can_read_is_refused(config):
    path, _ = config()
    path.chmod(0o644)
    with start(path) as process:
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (2, "")
    assert "chmod 600" in errors
    assert "Secret1pw" not in errors


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"isolation": "chaos"}, 2), ({"s3": {}}, 2), ({"backend": {"host": "127.0.0.1"}}, 2)],
)
def test_an_invalid_configuration_is_refused(config, changes, code):
    path, _ = config(**changes)
    with start(path) as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode == code
    assert str(path) in errors


def test_the_server_reports_that_postgresql_is_not_reachable(config):
    path, document = config()
    document["backend"]["port"] = 1
    path.write_text(json.dumps(document), encoding="utf-8")
    with start(path) as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "cannot start" in errors


def test_data_of_another_version_is_refused(config):
    path, document = config()
    with start(path) as process:
        connect(process, document).close()
        process.terminate()
        process.wait(20)
    with contextlib.closing(superuser(document)) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE pg_internal.installation SET version = 0")
        connection.commit()
    with start(path) as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "version 0" in errors

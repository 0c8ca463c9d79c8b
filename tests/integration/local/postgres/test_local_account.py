"""PostgreSQL runs under an unprivileged account that the machine offers, or names the fix."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg2
import pytest

from pipeline.local.errors import LocalStackError
from pipeline.local.postgres.server import Postgres
from pipeline.local.processes.servers import wait_until_ended
from tests.support.processes import kill

START = """
import sys
from pathlib import Path
from pipeline.local.postgres.server import Postgres
running = Postgres(Path(sys.argv[1]), "secret", throw_away=True).start()
print(running.process.username(), flush=True)
sys.stdin.readline()
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")


@pytest.fixture
def open_directory():
    """A directory that every account can enter."""
    path = Path(tempfile.mkdtemp(dir="/var/tmp"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def without_unshare(open_directory, monkeypatch):
    """A PATH with a shell but without unshare."""
    programs = open_directory / "bin"
    programs.mkdir()
    (programs / "sh").symlink_to(shutil.which("sh"))
    monkeypatch.setenv("PATH", str(programs))


def test_root_without_user_namespaces_starts_it_as_nobody(without_unshare, open_directory):
    server = Postgres(open_directory / "pg", "secret", throw_away=True)
    running = server.start()
    try:
        assert psutil.Process(running.process.pid).username() == "nobody"
        psycopg2.connect(server.dsn("postgres")).close()
        kill(running.process)
        server.start()
        psycopg2.connect(server.dsn("postgres")).close()
    finally:
        server.stop()


def test_a_server_of_nobody_ends_with_the_process_that_started_it(without_unshare, open_directory):
    server = Postgres(open_directory / "pg", "secret", throw_away=True)
    command = [sys.executable, "-c", START, str(server.directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"nobody\n"
        postmaster = server.find().process
        servers = [postmaster, *postmaster.children(recursive=True)]
        process.kill()
    assert wait_until_ended(servers, seconds=30)


def test_without_a_usable_account_the_error_contains_the_next_step(without_unshare, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(LocalStackError, match=r"unshare --user --map-user.*ordinary user.*--home"):
        Postgres(closed / "pg", "secret", throw_away=True).start()

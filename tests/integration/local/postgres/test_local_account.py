"""PostgreSQL runs without root's rights by whatever way the machine offers, or says what to do."""

import os
import shutil
import tempfile
from pathlib import Path

import psutil
import psycopg2
import pytest

from pipeline.local.errors import LocalStackError
from pipeline.local.postgres.server import Postgres

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


@pytest.fixture
def open_directory():
    """A directory that every account can pass through."""
    path = Path(tempfile.mkdtemp(dir="/var/tmp"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def without_unshare(open_directory, monkeypatch):
    """A PATH with a shell on it and no way to make a user namespace."""
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
        running.process.kill()
        server.start()
        psycopg2.connect(server.dsn("postgres")).close()
    finally:
        server.stop()


def test_root_without_any_way_is_told_what_to_do(without_unshare, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(LocalStackError, match=r"unshare --user --map-user.*ordinary user.*--home"):
        Postgres(closed / "pg", "secret", throw_away=True).start()

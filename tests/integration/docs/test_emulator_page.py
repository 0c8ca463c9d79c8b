"""docs/emulator/README.md: the emulator by itself, as a fixture of pytest and as a command."""

import signal
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from pipeline.local.alone import running_redshift
from pipeline.local.errors import LocalStackError
from pipeline.local.processes.ports import free_port
from tests.support.pages import blocks, read_page
from tests.support.paths import ROOT
from tests.support.processes import command_environment, run, start

(EXAMPLE,) = blocks(read_page("docs/emulator/README.md"), "python")


@pytest.fixture
def folder():
    """A folder with a short name, for the socket of PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="re") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def test_the_example_runs_on_the_fixture(folder):
    (folder / "test_example.py").write_text(EXAMPLE, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "redshift_pipeline_pytest", "-p", "no:xdist"]
    environment = command_environment(PYTHONPATH=str(ROOT))
    done = run([*command, "-q", "--basetemp", str(folder / "t")], cwd=folder, env=environment)
    assert done.stdout.splitlines()[-1].startswith("1 passed"), done.stdout


def test_the_command_runs_until_a_signal(folder):
    port = free_port()
    command = [sys.executable, "-c", "from pipeline.local import extra; extra.redshift_command()"]
    words = [*command, "--port", str(port), "--data", str(folder)]
    environment = command_environment(PYTHONPATH=str(ROOT))
    with start(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        printed = []
        while not printed or not printed[-1].startswith("ready"):
            printed.append(process.stdout.readline())
            assert printed[-1], printed
        dsn = f"host=127.0.0.1 port={port} dbname=warehouse user=admin passfile={folder}/pgpass"
        assert printed[0] == f"Redshift  {dsn}\n"
        with closing(psycopg2.connect(f"{dsn} sslmode=require")) as connection:
            assert connection.info.server_version == 80002
        taken = pytest.raises(LocalStackError, match=f"uses port {port}; choose one: .* --port N")
        with taken, running_redshift(folder / "other", port=port):
            pass
        again = pytest.raises(LocalStackError, match="already runs")
        with again, running_redshift(folder, port=free_port()):
            pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0

"""Processes that a test run starts end with it, even if it is killed: the kernel ends them."""

import subprocess
import sys
from contextlib import suppress

import psutil
import pytest

from tests.support.paths import ROOT
from tests.support.processes import command_environment, start, until

FIXTURES = """
from tests.conftest import clean_environment, postgres, s3_server
from tests.integration.conftest import luigid
"""
WAITING = """
import signal, sys

def test_that_waits(postgres, s3_server, luigid):
    print("started", file=sys.__stderr__, flush=True)
    signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_processes_of_a_killed_test_run_end(tmp_path):
    (tmp_path / "conftest.py").write_text(FIXTURES, encoding="utf-8")
    (tmp_path / "test_waiting.py").write_text(WAITING, encoding="utf-8")
    run = start(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-s"],
        cwd=tmp_path,
        env=command_environment(PYTHONPATH=str(ROOT)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with run:
        shown = run.stderr.readline()
        started = psutil.Process(run.pid).children(recursive=True)
        words = [" ".join(process.cmdline()) for process in started]
        run.kill()
    try:
        assert shown == "started\n"
        for server in ("bin/postgres ", "local/s3/", "luigid"):
            assert any(server in each for each in words), words
        until(lambda: not any(map(is_alive, started)))
    finally:
        for process in filter(is_alive, started):
            process.kill()


def is_alive(process: psutil.Process) -> bool:
    """Return whether a process runs; one that has ended may wait for init to notice."""
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False

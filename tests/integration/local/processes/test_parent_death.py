"""The servers of a throw-away stack end with the process that started them, even by SIGKILL."""

import signal
import subprocess
import sys
from contextlib import contextmanager

import psutil
import pytest

from pipeline.local.processes.servers import launched, wait_until_ended
from pipeline.local.stack import Stack

START = """
import sys
from pathlib import Path
from pipeline.local.stack import Stack
Stack(Path(sys.argv[1]), throw_away=sys.argv[2] == "throw-away").up(0.002)
print("ready", flush=True)
sys.stdin.readline()
"""


@contextmanager
def killed_after(program: str, *arguments: str):
    """Yield once the program is ready; afterwards kill it as `kill -9` does."""
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.kill()


def servers_of(stack: Stack) -> list[psutil.Process]:
    servers = [psutil.Process(service.pid) for service in stack.status()]
    return [*servers, *(child for server in servers for child in server.children(recursive=True))]


@pytest.fixture
def own(tmp_path):
    """A stack that another process starts."""
    stack = Stack(tmp_path / "home")
    yield stack
    stack.down()


def test_a_throw_away_stack_ends_when_its_process_is_killed(own):
    with killed_after(START, str(own.home), "throw-away"):
        servers = servers_of(own)
    assert wait_until_ended(servers, seconds=30)


def test_any_other_stack_survives_the_process_that_started_it(own):
    with killed_after(START, str(own.home), "permanent"):
        before = own.status()
    own.up()
    assert own.status() == before


def test_a_command_whose_parent_has_ended_before_it_begins_does_not_start(tmp_path):
    *words, _parent, account = launched([], parent_death=signal.SIGKILL)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    done = tmp_path / "done"
    answer = subprocess.run(
        [*words, str(ended.pid), account, "touch", str(done)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stderr == "the process that started this server has ended\n"
    assert answer.returncode == 1
    assert not done.exists()

"""Start processes that end with the test run, even one that is killed with SIGKILL."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from pipeline.local.processes.servers import launched, wait_until_ended
from tests.support.paths import ROOT

KEPT = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV"),
    *("AWS_EC2_METADATA_DISABLED", "PYTEST_DEBUG_TEMPROOT"),
)
"""The variables that a command inherits, in addition to those that measure coverage."""

TIMEOUT = 480
"""Seconds; within a test's own limit."""


def start(command: str | Sequence[str | Path], **options: Any) -> subprocess.Popen[Any]:
    """Start a command, in a shell if it is a text; it is terminated when the test run dies."""
    words = ["sh", "-c", command] if isinstance(command, str) else command
    launcher = launched(list(map(str, words)), parent_death=signal.SIGTERM)
    return subprocess.Popen(launcher, **options)


def run(
    command: str | Sequence[str | Path], *, answer: str = "", check: bool = False, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end with a text as its input, and capture its output as text."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with start(command, text=True, **pipes, **options) as process:
        try:
            out, err = process.communicate(answer, timeout=TIMEOUT)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(command, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done


def run_without_reader(command: Sequence[str | Path], **options: Any) -> tuple[int, str]:
    """Run a command that writes into a pipe which nobody reads; return its code and stderr."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        process = start(command, stdout=writer, stderr=subprocess.PIPE, text=True, **options)
    finally:
        os.close(writer)
    with process:
        _, err = process.communicate(timeout=TIMEOUT)
    return process.returncode, err


def kill(*processes: psutil.Process) -> None:
    """Kill processes and wait until they have ended: a signal takes a moment to arrive."""
    for process in processes:
        process.kill()
    assert wait_until_ended(processes, seconds=30)


def command_environment(**more: str) -> dict[str, str]:
    """Return the variables of the test run's own environment that a command may see, and more."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or name.startswith("COVERAGE_")
    }
    return {**kept, **more}


def program_environment(**more: str) -> dict[str, str]:
    """Return a clean environment in which the commands of this virtual environment are found."""
    binaries = Path(sys.executable).parent
    return command_environment(PATH=f"{binaries}{os.pathsep}{os.environ['PATH']}", **more)


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Let this process, and those that it starts, write no file beyond a number of bytes."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


def until(happened: Callable[[], bool]) -> None:
    """Poll until it happened, for a minute at most."""
    patience = Retrying(
        retry=retry_if_result(lambda answer: not answer),
        stop=stop_after_delay(60),
        wait=wait_fixed(0.02),
    )
    patience(happened)


def listening(processes: Iterable[psutil.Process]) -> set[str]:
    """Return the addresses on which processes listen."""
    return {
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }


def command_lines() -> list[str]:
    """Return the words of the command lines of all processes."""
    found = (process.info["cmdline"] or () for process in psutil.process_iter(["cmdline"]))
    return [word for words in found for word in words]


DOWN = """
import sys
from pathlib import Path
from pipeline.local.stack import Stack
sys.stdin.read()
Stack(Path(sys.argv[1])).down()
"""


@contextmanager
def stack_down_afterwards(home: Path) -> Iterator[Path]:
    """Stop the local stack in a directory when the block ends or the test run dies.

    A stack that ``up`` starts outlives the command, as it should. Another process stops it, as
    soon as no process holds the other end of its standard input.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", DOWN, str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield home
    finally:
        process.communicate()

"""Server processes that outlive the command that started them.

No pid file is kept, so none can be stale: each server works in a directory of its own, and a
process belongs to the stack if that is its working directory and a word of its command line fits.
A stranger is never signalled.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from pipeline.local.errors import LocalStackError

Found = TypeVar("Found")

POLL_SECONDS = 0.02
LOG_LINES = 20
# Run as a file, so that it loads nothing of the pipeline.
LAUNCHER = Path(__file__).with_name("launcher.py")

# Started by this very process: to be reaped by it, or they would stay as zombies.
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Identity:
    """The operating system's account that a process runs as, where it is not the caller's."""

    uid: int
    gid: int


def package_root() -> Path:
    """Return the directory that the package is in: in a checkout, the project's root."""
    return Path(__file__).parents[2]


def python_module(module: str, *words: str) -> list[str]:
    """Return the command that runs a module with this interpreter."""
    # -P: nothing in the directory where it runs is ever imported.
    return [sys.executable, "-P", "-m", module, *words]


def processes_in(directory: Path, word: str) -> list[psutil.Process]:
    """Return the living processes that work in the directory, with the word in their command."""
    return [process for process in _at_path(directory, word) if _is_there(process, directory)]


def end_strays(directory: Path, word: str) -> None:
    """End servers that still work in a directory of this name that somebody has removed."""
    for process in _at_path(directory, word):
        if not _is_there(process, directory):
            end(process, (signal.SIGTERM, 5.0))


def _at_path(directory: Path, word: str) -> list[psutil.Process]:
    reap()
    wanted = str(directory.resolve())
    found = []
    for process in psutil.process_iter(["cwd", "cmdline", "status"]):
        info = process.info
        fits = any(word in part for part in info["cmdline"] or ())
        if fits and info["cwd"] == wanted and info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def _is_there(process: psutil.Process, directory: Path) -> bool:
    # A removed directory keeps its path in the process table; a new one of that name is another.
    if not directory.exists():
        return False
    try:
        return Path(f"/proc/{process.pid}/cwd").samefile(directory)
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def reap() -> None:
    """Collect the exit status of children that have ended."""
    _children[:] = [child for child in _children if child.poll() is None]


def launched(
    command: Sequence[str],
    *,
    parent_death: signal.Signals | None = None,
    identity: Identity | None = None,
) -> list[str]:
    """Return the command as it runs under another account, or ends with the calling process.

    ``parent_death`` is the signal that Linux sends it when the caller dies, even by SIGKILL. To
    the kernel, the parent is the thread that starts the command: start it from the main thread,
    or from another one that lives as long as the process. Elsewhere the signal is not sent.
    """
    if parent_death is None and identity is None:
        return list(command)
    account = f"{identity.uid}:{identity.gid}" if identity else ""
    arguments = (str(int(parent_death or 0)), str(os.getpid()), account)
    # Not `preexec_fn`, which is unsafe in a process with threads.
    return [sys.executable, "-I", "-S", str(LAUNCHER), *arguments, *command]


def spawn(
    command: Sequence[str], *, directory: Path, log: Path, environment: Mapping[str, str]
) -> psutil.Process:
    """Start a server in its directory, in a session of its own; the log gets its output."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(command),
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children.append(child)
    return psutil.Process(child.pid)


def wait_until_ready(
    server: psutil.Process, answer: Callable[[], Found | None], *, seconds: float
) -> Found | None:
    """Ask the server until it answers; return None if it ended or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = answer()
        if found is not None:
            return found
        if not is_alive(server):
            return None
        time.sleep(POLL_SECONDS)
    return None


def end(process: psutil.Process, *steps: tuple[signal.Signals, float]) -> None:
    """Signal the process, each time with a harder signal, until it has ended."""
    for number, seconds in (*steps, (signal.SIGKILL, 10.0)):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        if wait_until_ended([process], seconds=seconds):
            return
    raise LocalStackError(f"process {process.pid} does not end, not even by SIGKILL")


def wait_until_ended(processes: Sequence[psutil.Process], *, seconds: float) -> bool:
    """Wait until all have ended, zombies included, and tell whether they have."""
    deadline = time.monotonic() + seconds
    while any(is_alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def last_lines(log: Path) -> str:
    """Return the end of a log for an error message."""
    if not log.exists():
        return "(no log)"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LOG_LINES:]) or "(the log is empty)"


def is_alive(process: psutil.Process) -> bool:
    """Tell whether the process still runs; a zombie does not."""
    reap()
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

"""Server processes, found again without pid files, which could be stale.

Each server has its own directory. A process belongs to the stack if that is its working
directory and its command line contains a certain word; no other process is ever signaled.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, TypeVar

import psutil

from pipeline.local.errors import LocalStackError
from pipeline.local.processes.ports import choose_port, read_port, was_taken

Found = TypeVar("Found")

POLL_SECONDS = 0.02
START_ATTEMPTS = 3
START_SECONDS = 60.0
LOG_LINES = 20
# Run as a file, so that it loads nothing of the pipeline.
LAUNCHER = Path(__file__).with_name("launcher.py")

# Children of this process, which must reap them or they stay zombies.
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class Identity:
    """The account of the operating system under which a process runs."""

    uid: int
    gid: int


def package_root() -> Path:
    """Return the directory that contains the package: the root of a checkout."""
    return Path(__file__).parents[3]


def python_module(module: str, *words: str) -> list[str]:
    """Return the command that runs a module with this interpreter."""
    # -P: never import modules from the working directory.
    return [sys.executable, "-P", "-m", module, *words]


def processes_in(directory: Path, word: str) -> list[psutil.Process]:
    """Return the running processes in the directory with the word in their command line."""
    return [process for process in _at_path(directory, word) if _is_there(process, directory)]


def process_in(directory: Path, word: str, pid: int) -> psutil.Process | None:
    """Return a process if it is running in the directory with the word in its command line."""
    reap()
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if _fits(process, str(directory.resolve()), word) and _is_there(process, directory):
            return process
    return None


def end_strays(directory: Path, word: str) -> None:
    """End servers that still run in a removed directory of this path."""
    for process in _at_path(directory, word):
        if not _is_there(process, directory):
            end(process, (signal.SIGTERM, 5.0))


def _at_path(directory: Path, word: str) -> list[psutil.Process]:
    reap()
    path = str(directory.resolve())
    return [process for process in psutil.process_iter() if _fits(process, path, word)]


def _fits(process: psutil.Process, path: str, word: str) -> bool:
    """Return whether a process runs in a directory; of most, this reads nothing else."""
    try:
        return (
            process.cwd() == path
            and any(word in part for part in process.cmdline())
            and process.status() != psutil.STATUS_ZOMBIE
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _is_there(process: psutil.Process, directory: Path) -> bool:
    # The process table keeps the path of a removed directory; a new one there is another.
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
    """Start a server in its directory and a new session, with its output in the log."""
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
    """Poll the server until it answers; return None if it ends or after the time limit."""
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
    """Send the signals in turn, SIGKILL last, until the process has ended."""
    for number, seconds in (*steps, (signal.SIGKILL, 10.0)):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        if wait_until_ended([process], seconds=seconds):
            return
    raise LocalStackError(f"process {process.pid} did not end after SIGKILL")


def wait_until_ended(processes: Sequence[psutil.Process], *, seconds: float) -> bool:
    """Wait until all have ended or are zombies; return False after the time limit."""
    deadline = time.monotonic() + seconds
    while any(is_alive(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def last_lines(log: Path) -> str:
    """Return the last lines of a log, for an error message."""
    if not log.exists():
        return "(no log)"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LOG_LINES:]) or "(the log is empty)"


def is_alive(process: psutil.Process) -> bool:
    """Return whether the process is running; a zombie is not."""
    reap()
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def start_repeatedly(
    name: str, start: Callable[[int], Found | None], port_file: Path, log: Path
) -> Found:
    """Start a server on the port in the file; on another one if a program takes it first."""
    for _ in range(START_ATTEMPTS):
        started = start(choose_port(port_file))
        if started:
            return started
        if not was_taken(port_file):
            break
    raise LocalStackError(f"{name} does not start; the end of {log}:\n{last_lines(log)}")


@dataclass(frozen=True, slots=True)
class Server:
    """A server in a directory of its own, which holds its port and its log.

    With ``throw_away``, it ends with the process that starts it.
    """

    name: ClassVar[str]
    word: ClassVar[str]
    """A word in the command line of its process, and of no other one in the directory."""

    directory: Path
    throw_away: bool = field(default=False, kw_only=True)

    @property
    def log(self) -> Path:
        """The output of the process."""
        return self.directory / "output.log"

    @property
    def port(self) -> int:
        """The port of the running server, or of the last start."""
        port = read_port(self.directory / "port")
        if port is None:
            raise LocalStackError(
                f"{self.name} was never started; start it: python -m pipeline.local up"
            )
        return port

    def find(self) -> psutil.Process | None:
        """Return its process, or None if it is not running."""
        running = processes_in(self.directory, self.word)
        return running[0] if running else None

    def stop(self) -> None:
        """Stop it; what is complete stays on disk, and open transactions roll back."""
        running = self.find()
        if running:
            end(running, (signal.SIGTERM, 10.0))

    def _start(self, start: Callable[[int], psutil.Process | None]) -> psutil.Process:
        end_strays(self.directory, self.word)
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return start_repeatedly(self.name, start, self.directory / "port", self.log)

    def _spawn(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        answer: Callable[[], object | None],
    ) -> psutil.Process | None:
        """Start the process and wait for its answer; None if there is none."""
        child = spawn(
            launched(command, parent_death=signal.SIGTERM if self.throw_away else None),
            directory=self.directory,
            log=self.log,
            environment={"PATH": os.environ.get("PATH", os.defpath), **environment},
        )
        if wait_until_ready(child, answer, seconds=START_SECONDS):
            return child
        end(child, (signal.SIGTERM, 5.0))
        return None

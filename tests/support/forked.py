"""Run luigi, pipeline and the tests' programs without the second that their imports take.

The processes are forked from ``programs/fork_server.py``, one server for each test worker.
Commands that depend on how an interpreter starts, such as on its locale, run in one of their own.
"""

import atexit
import functools
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support import processes
from tests.support.paths import PROGRAMS, ROOT
from tests.support.processes import TIMEOUT, command_environment, start

MODULES = frozenset({"luigi", "pipeline"})
STARTUP = ("PYTHON", "LC_", "LANG", "TZ", "COVERAGE_", "LUIGI_CONFIG_PARSER")
"""The beginnings of variables that an interpreter, or a package when it is imported, reads."""


def _is_possible(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Return whether a command does the same in a forked process."""
    _, second, third = (*words, "", "")[:3]
    is_program = Path(second).parent == PROGRAMS
    own = command_environment(**({"PYTHONPATH": str(ROOT)} if is_program else {}))
    changed = {
        name
        for name in {*environment, *own}
        if name.startswith(STARTUP) and environment.get(name) != own.get(name)
    }
    is_module = second == "-m" and third in MODULES
    is_known = words[0] == sys.executable and (is_module or is_program)
    return is_known and not changed and not any(name.startswith("COVERAGE_") for name in own)


@functools.cache
def _server(_process: int) -> Path:
    """Start the server of a process of the test run; return its address."""
    path = Path(tempfile.mkdtemp(prefix="forked-")) / "socket"
    server = start(
        [sys.executable, PROGRAMS / "fork_server.py", path],
        env=command_environment(PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    atexit.register(_stop, server, path)
    assert server.stdout is not None
    assert server.stdout.readline() == "ready\n"
    return path


def _stop(server: subprocess.Popen[str], path: Path) -> None:
    with server:
        server.terminate()
    shutil.rmtree(path.parent, ignore_errors=True)


def run(
    words: Sequence[str], *, cwd: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a forked process if that is the same; capture its output."""
    if not _is_possible(words, env):
        return processes.run(words, cwd=cwd, env=dict(env), start_new_session=True)
    path = _server(os.getpid())
    request = {"words": words[1:], "directory": str(cwd), "environment": dict(env)}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect(str(path))
        (out, out_end), (err, err_end) = os.pipe(), os.pipe()
        try:
            socket.send_fds(connection, [json.dumps(request).encode()], [out_end, err_end])
        finally:
            os.close(out_end)
            os.close(err_end)
        process = int(connection.recv(64))
        texts = _read({out: bytearray(), err: bytearray()}, process, words)
        code = int(connection.recv(64))
    return subprocess.CompletedProcess(words, code, *texts)


def _read(texts: dict[int, bytearray], process: int, words: Sequence[str]) -> list[str]:
    """Read pipes to their ends."""
    deadline = time.monotonic() + TIMEOUT
    with selectors.DefaultSelector() as selector:
        for file in texts:
            selector.register(file, selectors.EVENT_READ)
        while selector.get_map():
            found = selector.select(max(0.0, deadline - time.monotonic()))
            if not found:
                os.killpg(process, signal.SIGKILL)
                raise subprocess.TimeoutExpired(words, TIMEOUT)
            for key, _ in found:
                block = os.read(key.fd, 65536)
                texts[key.fd] += block
                if not block:
                    selector.unregister(key.fd)
    for file in texts:
        os.close(file)
    return [text.decode().replace("\r\n", "\n") for text in texts.values()]

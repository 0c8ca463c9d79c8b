"""Ports on loopback: a server keeps its port unless another program takes it."""

import socket
import time
from pathlib import Path

LOOPBACK = "127.0.0.1"
# A killed server that no process table shows any more may still be closing its sockets.
CLOSING_SECONDS = 2.0


def is_free(port: int) -> bool:
    """Return whether a server can listen on the port of 127.0.0.1 now."""
    with socket.socket() as candidate:
        # As servers do, so that connections in TIME_WAIT do not block the port.
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that is free now; another program may take it before the caller does."""
    with socket.socket() as candidate:
        candidate.bind((LOOPBACK, 0))
        port: int = candidate.getsockname()[1]
        return port


def read_port(file: Path) -> int | None:
    """Return the port in the file, or None if there is none."""
    try:
        return int(file.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def was_taken(file: Path) -> bool:
    """Return whether another program took the port in the file, so that a retry may succeed."""
    port = read_port(file)
    return port is not None and not is_free(port)


def choose_port(file: Path) -> int:
    """Return the port in the file if it becomes free, otherwise a new one; write it there."""
    port = read_port(file)
    if port is None or not _becomes_free(port):
        port = free_port()
        file.write_text(str(port), encoding="ascii")
    return port


def _becomes_free(port: int) -> bool:
    deadline = time.monotonic() + CLOSING_SECONDS
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True

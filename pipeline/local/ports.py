"""Ports on loopback: a server keeps its port as long as nobody else has taken it."""

import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port of 127.0.0.1 now."""
    with socket.socket() as candidate:
        # Servers set it too, so that connections still closing do not count as "taken".
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that is free now; another program may still be quicker to take it."""
    with socket.socket() as candidate:
        candidate.bind((LOOPBACK, 0))
        port: int = candidate.getsockname()[1]
        return port


def remembered_port(note: Path) -> int | None:
    """Return the port that the note names, or None where there is no such note."""
    try:
        return int(note.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def was_taken(note: Path) -> bool:
    """Tell whether the port of the note is somebody's by now: then another start may succeed."""
    port = remembered_port(note)
    return port is not None and not is_free(port)


def choose_port(note: Path) -> int:
    """Return the port of the last start if it is free, otherwise another one, and note it down."""
    port = remembered_port(note)
    if port is None or not is_free(port):
        port = free_port()
        note.write_text(str(port), encoding="ascii")
    return port

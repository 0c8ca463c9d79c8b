"""Locks between processes that use one local stack; the kernel releases those of a dead one."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the exclusive lock for the block; wait while another process holds it."""
    while True:
        with path.open("a", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_current(path, file.fileno()):
                yield
                return


@contextlib.contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold a shared lock for the block."""
    with path.open("a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def is_shared(path: Path) -> bool:
    """Return whether any process holds the shared lock."""
    with path.open("a", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _is_current(path: Path, descriptor: int) -> bool:
    # The previous holder of the lock may have removed the file.
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False

"""Locks between the processes that use one local stack; a process that dies lets go of them."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Let one process at a time in; the others wait."""
    while True:
        with path.open("a", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_current(path, file.fileno()):
                yield
                return


@contextlib.contextmanager
def shared(path: Path) -> Iterator[None]:
    """Count as a user of the thing for as long as the block runs."""
    with path.open("a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def is_shared(path: Path) -> bool:
    """Tell whether anybody counts as a user now."""
    with path.open("a", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _is_current(path: Path, descriptor: int) -> bool:
    # Whoever held the lock before may have removed the file with everything else.
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False

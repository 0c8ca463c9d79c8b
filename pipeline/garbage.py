"""Garbage collection."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected(*, freezes: bool = False) -> Iterator[None]:
    """Create in the body what stays, such as modules, without collections that find nothing.

    ``freezes``: later collections, and the one at the end of the process, pass over all that there
    is then, garbage too; so forked processes do not copy its memory pages.
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if freezes:
            gc.freeze()
        if was_enabled:
            gc.enable()

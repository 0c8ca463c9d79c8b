"""Which completion markers exist, asked for many tasks with one request."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

STALE_AFTER = 3.0
"""Seconds after which what was absent is asked for again; what is there stays there."""

FEW = 8
"""Names that a forked process asks for one by one before it fetches them all."""


@dataclass(slots=True)
class Presence:
    """The names that exist somewhere, fetched together: one request serves all tasks of a process.

    A forked process runs a single task. It asks anew for what its parent found absent, since
    others may have made it meanwhile, but by name: for all the names of a large warehouse, asked
    by each of its tasks, the store would have no time left.
    """

    fetch: Callable[[], Iterable[str]]
    exists: Callable[[str], bool]
    _known: set[str] = field(default_factory=set, init=False)
    _asked: float | None = field(default=None, init=False)
    _process: int = field(default_factory=os.getpid, init=False)
    _questions: int = field(default=0, init=False)

    def __contains__(self, name: str) -> bool:
        if name in self._known:
            return True
        if self._process != os.getpid() and self._questions < FEW:
            self._questions += 1
            if self.exists(name):
                self._known.add(name)
        elif self._is_stale():
            self._known.update(self.fetch())
            self._asked, self._process = time.monotonic(), os.getpid()
        return name in self._known

    def _is_stale(self) -> bool:
        if self._asked is None or self._process != os.getpid():
            return True
        return time.monotonic() - self._asked > STALE_AFTER

    def add(self, name: str) -> None:
        """Note what this process just made."""
        self._known.add(name)

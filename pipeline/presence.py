"""Names that exist in a store, such as markers and manifests, fetched together."""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

STALE_AFTER = 3.0
"""Seconds after which absent names are queried again; names that were found stay known."""

FEW = 8
"""Names that a forked process queries one by one before it fetches them all."""


@dataclass(slots=True)
class Presence:
    """The names that exist in a store, fetched together: one request serves all tasks.

    A forked process runs a single task. What its parent found absent may exist by now, so it asks
    again, but by name: the store could not serve a full listing to each task of a large warehouse.
    """

    fetch: Callable[[], Iterable[str]]
    find: Callable[[str], Iterable[str]]
    _known: set[str] = field(default_factory=set, init=False)
    _asked: float | None = field(default=None, init=False)
    _process: int = field(default_factory=os.getpid, init=False)
    _questions: int = field(default=0, init=False)

    def __contains__(self, name: str) -> bool:
        if name in self._known:
            return True
        if self._process != os.getpid() and self._questions < FEW:
            self._questions += 1
            self._known.update(self.find(name))
        elif self._is_stale():
            self._known.update(self.fetch())
            self._asked, self._process = time.monotonic(), os.getpid()
        return name in self._known

    def _is_stale(self) -> bool:
        if self._asked is None or self._process != os.getpid():
            return True
        return time.monotonic() - self._asked > STALE_AFTER

    def was_found(self, name: str) -> bool:
        """Return whether a name was found so far; no request is made."""
        return name in self._known

    def add(self, name: str) -> None:
        """Add a name that this process just created."""
        self._known.add(name)

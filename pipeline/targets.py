"""Markers: what proves that a task is complete, asked for many tasks with one request."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import luigi

from pipeline.errors import StorageError
from pipeline.manifest import Manifest
from pipeline.stores.s3 import S3Store
from pipeline.stores.uploaded_designs import INDEX, Index, holds, read_index, update_index

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


class Target(luigi.Target):
    """Something whose presence proves that a task is complete; ``name`` tells it apart."""

    def __init__(self, name: str, presence: Presence) -> None:
        self.name = name
        self.presence = presence

    def exists(self) -> bool:
        """Tell whether it is there."""
        return self.name in self.presence

    def note(self) -> None:
        """Note that this process just made it."""
        self.presence.add(self.name)


class ObjectTarget(Target):
    """An object in S3 whose key holds the fingerprint of what it was made from."""

    def __init__(self, store: S3Store, key: str, presence: Presence) -> None:
        super().__init__(key, presence)
        self.store = store

    @property
    def url(self) -> str:
        """The object's ``s3://`` address."""
        return self.store.url(self.name)

    def write(self, body: bytes) -> None:
        """Write the object; from then on it is there."""
        self.store.write(self.name, body)

    def read(self) -> bytes:
        """Read the object; StorageError when it is absent."""
        return self.store.read(self.name)

    def __str__(self) -> str:
        return self.url


class ManifestTarget(ObjectTarget):
    """The manifest of a dump, written last."""

    def manifest(self) -> Manifest:
        """Read and parse the manifest; StorageError when it is none of ours."""
        try:
            return Manifest.from_json(self.read().decode("utf-8"))
        except (ValueError, KeyError, TypeError) as error:
            raise StorageError(
                f"{self.url} is not a manifest of this pipeline ({error!r}); "
                "delete it or run 'pipeline forget' and dump the table again"
            ) from error


class IndexTarget(luigi.Target):
    """The place of uploaded designs in the index that tells the current ones."""

    def __init__(self, store: S3Store, folder: str, entries: Index, *, whole: bool) -> None:
        self.store, self.folder, self.entries, self.whole = store, folder, entries, whole

    def exists(self) -> bool:
        """Tell whether the index names exactly these objects for these files."""
        return holds(read_index(self.store, self.folder), self.entries, whole=self.whole)

    def write(self) -> None:
        """Make these objects the current ones."""
        update_index(self.store, self.folder, self.entries, whole=self.whole)

    def note(self) -> None:
        """Nothing is remembered: what is current may change at any time."""

    def __str__(self) -> str:
        return self.store.url(self.folder + INDEX)


class MarkerTarget(Target):
    """A row of the marker table, committed together with the data that it proves."""

    def __str__(self) -> str:
        return f"marker {self.name}"

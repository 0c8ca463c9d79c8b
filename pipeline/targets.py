"""Markers: what proves that a task is complete, asked for many tasks with one request."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import luigi

from pipeline.errors import StorageError
from pipeline.manifest import Manifest
from pipeline.stores.s3 import S3Store

STALE_AFTER = 3.0
"""Seconds after which what was absent is asked again; what is there stays there for a process's life."""


@dataclass(slots=True)
class Presence:
    """The names that exist somewhere, fetched together: one request serves all tasks of a process."""

    fetch: Callable[[], Iterable[str]]
    _known: set[str] = field(default_factory=set, init=False)
    _asked: float | None = field(default=None, init=False)

    def __contains__(self, name: str) -> bool:
        if name in self._known:
            return True
        if self._asked is None or time.monotonic() - self._asked > STALE_AFTER:
            self._known.update(self.fetch())
            self._asked = time.monotonic()
        return name in self._known

    def add(self, name: str) -> None:
        """Note what this process just made."""
        self._known.add(name)

    def forget(self) -> None:
        """Ask again at the next question, about everything."""
        self._known.clear()
        self._asked = None


class ObjectTarget(luigi.Target):  # type: ignore[misc]  # Luigi ships no types
    """An object in S3 whose key holds the fingerprint of what it was made from."""

    def __init__(self, store: S3Store, key: str, presence: Presence) -> None:
        self.store = store
        self.key = key
        self.presence = presence

    @property
    def url(self) -> str:
        """The object's ``s3://`` address."""
        return self.store.url(self.key)

    def exists(self) -> bool:
        """Tell whether the object is there."""
        return self.key in self.presence

    def write(self, body: bytes) -> None:
        """Write the object; from then on the task is complete."""
        self.store.write(self.key, body)
        self.presence.add(self.key)

    def read(self) -> bytes:
        """Read the object; StorageError when it is absent."""
        return self.store.read(self.key)

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


class MarkerTarget(luigi.Target):  # type: ignore[misc]  # Luigi ships no types
    """A row of the marker table, committed together with the data that it proves."""

    def __init__(self, update_id: str, presence: Presence) -> None:
        self.update_id = update_id
        self.presence = presence

    def exists(self) -> bool:
        """Tell whether the row is there."""
        return self.update_id in self.presence

    def __str__(self) -> str:
        return f"marker {self.update_id}"

"""Markers: what proves that a task is complete, asked for many tasks with one request."""

from __future__ import annotations

import luigi

from pipeline.errors import StorageError
from pipeline.manifest import Manifest
from pipeline.markers import Presence
from pipeline.stores.designs.uploaded import INDEX, Index, holds, read_index, update_index
from pipeline.stores.s3.bucket import S3Store


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

"""Completion markers as Luigi's targets; one request answers for many tasks."""

import functools
from collections.abc import Sequence
from typing import Any

import luigi
from luigi.contrib.s3 import S3Client, S3Target

from pipeline.manifest import Manifest
from pipeline.markers import earlier_load, later_rows
from pipeline.names import TableName
from pipeline.presence import Presence
from pipeline.procedures.dump.proof import read_manifest
from pipeline.stores.designs.uploaded import (
    INDEX,
    Index,
    InvalidIndexError,
    holds,
    read_index,
    update_index,
)
from pipeline.stores.s3.bucket import S3Store


class Target(luigi.Target):
    """A completion marker; ``name`` is its id or key."""

    def __init__(self, name: str, presence: Presence) -> None:
        self.name = name
        self.presence = presence

    def exists(self) -> bool:
        """Return whether the marker exists."""
        return self.name in self.presence

    def mark_written(self) -> None:
        """Record that this process just wrote the marker."""
        self.presence.add(self.name)


@functools.cache
def s3_client() -> S3Client:
    """Return Luigi's client, which connects when a target is opened, by boto3's credentials."""
    return S3Client()


class ObjectTarget(Target, S3Target):
    """An object in S3 whose key holds the fingerprint of its content.

    ``production/designs/www/public-orders.1dadc94e7be8.yaml``; for Luigi, ``path`` is its address
    and ``open()`` reads it.
    """

    def __init__(self, store: S3Store, key: str, presence: Presence) -> None:
        Target.__init__(self, key, presence)
        initialize: Any = S3Target.__init__
        initialize(self, store.url(key), client=s3_client())
        self.store = store

    @property
    def url(self) -> str:
        """The object's ``s3://`` address."""
        return str(self.path)

    def write(self, body: bytes) -> None:
        """Write the object."""
        self.store.write(self.name, body)

    def read(self) -> bytes:
        """Read the object; StorageError when it is absent."""
        return self.store.read(self.name)

    def __str__(self) -> str:
        return self.url


class ManifestTarget(ObjectTarget):
    """The manifest of a dump, written last.

    ``production/data/2026-11-21/www/public-orders.8f4ec5a24b46.manifest``
    """

    def manifest(self) -> Manifest:
        """Read and parse the manifest; StorageError when it is invalid."""
        return read_manifest(self.store, self.name)


class IndexTarget(S3Target):
    """The entries of the selected designs in the index of current designs."""

    def __init__(self, store: S3Store, folder: str, entries: Index, *, whole: bool) -> None:
        initialize: Any = super().__init__
        initialize(store.url(folder + INDEX), client=s3_client())
        self.store, self.folder, self.entries, self.whole = store, folder, entries, whole

    def exists(self) -> bool:
        """Return whether the index names exactly these objects for these files."""
        try:
            index = read_index(self.store, self.folder)
        except InvalidIndexError:
            return False  # an upload of all designs replaces it, one of a part reports it
        return holds(index, self.entries, whole=self.whole)

    def write(self) -> None:
        """Write the entries into the index."""
        update_index(self.store, self.folder, self.entries, whole=self.whole)

    def mark_written(self) -> None:
        """Record nothing: other runs may change the index at any time."""

    def __str__(self) -> str:
        return str(self.path)


class MarkerTarget(Target):
    """A row of the marker table, committed in the transaction that completes the task.

    ``production/CopyTable/2026-11-21/www.orders/d418a655936a``. With ``later``, relations whose
    rows of a later date complete the task, too. ``checks`` is the id of the marker that the rows
    passed the checks of the design, if it has any.
    """

    def __init__(
        self,
        name: str,
        presence: Presence,
        later: Sequence[TableName] = (),
        checks: str | None = None,
    ) -> None:
        super().__init__(name, presence)
        self.later = later
        self.checks = checks

    def exists(self) -> bool:
        """Return whether the markers exist, or need not, since later rows are there."""
        is_done = super().exists() and (self.checks is None or self.checks in self.presence)
        return is_done or self._superseding() is not None

    def was_loaded(self) -> bool:
        """Return whether the marker of the rows was found, also if that of the checks was not."""
        return self.presence.was_found(self.name)

    def mark_written(self) -> None:
        """Record that this process just wrote the markers."""
        super().mark_written()
        if self.checks is not None:
            self.presence.add(self.checks)

    def superseding(self) -> TableName | None:
        """Return the relation whose later rows complete the task in place of its marker.

        None if the task was done before these were loaded.
        """
        done = super().exists() or self.presence.was_found(earlier_load(self.name))
        return None if done else self._superseding()

    def _superseding(self) -> TableName | None:
        found = (name for name in self.later if self.presence.was_found(later_rows(str(name))))
        return next(found, None)

    def __str__(self) -> str:
        return f"marker {self.name}"

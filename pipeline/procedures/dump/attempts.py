"""Dumps and the attempts at them, as the keys in the bucket show them.

``data/2026-11-21/www/public-orders.0123456789ab.manifest`` completes a dump; its parts, and those
of interrupted attempts, are below ``data/2026-11-21/www/public-orders.0123456789ab/``, for example
``20261121T030405-5f0c…/part-0000.csv.zst``. While an attempt works, it renews the object ``lease``
in its folder.
"""

import datetime as dt
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

from pipeline.errors import StorageError, UsageError
from pipeline.figures import count
from pipeline.names import Fingerprint, Layout, RunDate
from pipeline.stores.s3.bucket import S3Store, StoredObject
from pipeline.stores.s3.unfinished import Unfinished, abort, unfinished

logger = logging.getLogger(__name__)

MANIFEST = ".manifest"

LEASE = "lease"

RENEW_SECONDS = 60.0

LEASED = dt.timedelta(minutes=15)
"""An attempt with a lease is dead after this time without a renewal or another write."""

SILENT = dt.timedelta(hours=6)
"""One without a lease has ended after this time: no load reads it, no older release writes it."""


@dataclass(slots=True)
class Dumped:
    """One table's dump of one date and fingerprint: its attempts, its manifest if complete."""

    stem: str
    date: RunDate
    fingerprint: Fingerprint
    manifest: StoredObject | None = None
    attempts: dict[str, list[StoredObject]] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Return whether the dump is complete and holds all rows."""
        return self.manifest is not None and not self.fingerprint.is_partial

    @property
    def parts(self) -> list[StoredObject]:
        """Return the objects of all attempts."""
        return [item for items in self.attempts.values() for item in items]

    @property
    def objects(self) -> list[StoredObject]:
        """Return all objects."""
        return [*([self.manifest] if self.manifest else ()), *self.parts]


def read_dumps(folder: str, items: Iterable[StoredObject]) -> tuple[Dumped, ...]:
    """Group the objects below the folder of dumps by dump; ignore keys of any other form."""
    found: dict[tuple[str, RunDate, str], Dumped] = {}
    for item in items:
        first, _, path = item.key.removeprefix(folder).partition("/")
        stem, _, rest = path.partition(".")
        name, _, below = rest.partition("/")
        date = parse_date(first)
        if date is None or not (below or name.endswith(MANIFEST)):
            continue
        key = stem, date, name.removesuffix(MANIFEST)
        dump = found.setdefault(key, Dumped(stem, date, Fingerprint.parse(key[-1])))
        if below:
            dump.attempts.setdefault(below.partition("/")[0], []).append(item)
        else:
            dump.manifest = item
    return tuple(found[key] for key in sorted(found))


def find_manifests(
    s3: S3Store, layout: Layout, date: RunDate | None = None
) -> list[tuple[Dumped, StoredObject]]:
    """Return the complete dumps of a date, or of all dates, with their manifests, oldest first."""
    items = s3.list(layout.day(date) if date else layout.data)
    dumps = read_dumps(layout.data, (item for item in items if item.key.endswith(MANIFEST)))
    found = [(dump, dump.manifest) for dump in dumps if dump.manifest is not None]
    return sorted(found, key=lambda each: (each[1].modified, each[1].key))


def new_name() -> str:
    """Return a unique name for an attempt: the time and a UUID, ``20261121T030405-5f0c…``."""
    return f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex}"


@dataclass(slots=True)
class Lease:
    """The object that shows that an attempt lives; it ends with the context.

    An attempt of less than a second needs none. Of a long one nothing else does: S3 shows an
    object only when it is complete, and then with the time at which its upload began.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    """

    s3: S3Store
    folder: str
    _renewed: float | None = field(default=None, init=False)

    @property
    def key(self) -> str:
        """The key of the object."""
        return self.folder + LEASE

    def renew(self) -> None:
        """Renew the lease if it is time; call it at least once a minute."""
        now = time.monotonic()
        if self._renewed is not None and now - self._renewed < RENEW_SECONDS:
            return
        self._renewed = now
        try:
            self.s3.write(self.key, b"")
        except StorageError as error:
            logger.warning("lease not renewed: %s", error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._renewed is None:
            return
        try:
            self.s3.delete([self.key])
        except StorageError as problem:
            logger.warning("lease not ended: %s", problem)


@dataclass(frozen=True, slots=True)
class Others:
    """The attempts in a dump's folder: the keys of dead ones, the names of those that may live."""

    dead: tuple[str, ...]
    living: frozenset[str]


def find_others(s3: S3Store, folder: str) -> Others:
    """Return the attempts in a dump's folder."""
    if not any(s3.list(folder)):
        return Others((), frozenset())
    now = s3.clock()  # before the list: a delay between the two makes nothing look older
    attempts: defaultdict[str, list[StoredObject]] = defaultdict(list)
    for item in s3.list(folder):
        attempts[item.key.removeprefix(folder).partition("/")[0]].append(item)
    dead = {name for name, items in attempts.items() if is_dead(items, now)}
    keys = tuple(item.key for name in sorted(dead) for item in attempts[name])
    return Others(keys, frozenset(attempts.keys() - dead))


def is_dead(items: Iterable[StoredObject], now: dt.datetime) -> bool:
    """Return whether the attempt that wrote these objects has ended; ``now`` is S3's time.

    Until then nothing of it is deleted, because its dump or a load may need it.
    """
    items = list(items)
    limit = LEASED if any(item.key.endswith(f"/{LEASE}") for item in items) else SILENT
    return now - max(item.modified for item in items) > limit


def clear(s3: S3Store, folder: str, others: Others) -> None:
    """Delete what dead attempts left in a dump's folder; no manifest names it."""
    if others.dead:
        amount = count(len(others.dead), "object")
        logger.info("%s: deleting %s that no manifest names", folder, amount)
        s3.delete(others.dead)
    abort(s3, abandoned_uploads(s3, folder, {folder + name for name in others.living}))


def abandoned_uploads(s3: S3Store, folder: str, living: Iterable[str]) -> Iterator[Unfinished]:
    """Yield old unfinished uploads that are not in the folders of attempts that may live.

    ``living`` are folders, with or without a slash at the end.
    """
    kept = tuple(f"{name.rstrip('/')}/" for name in living)
    for upload in unfinished(s3, folder, older_than=SILENT):
        if not upload.key.startswith(kept):
            yield upload


def parse_date(text: str) -> RunDate | None:
    """Return the date of a folder of dumps, ``2026-11-21``; None if it is another folder."""
    try:
        return RunDate.parse(text)
    except UsageError:
        return None

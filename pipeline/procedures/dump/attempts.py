"""Dumps and the attempts at them, as the keys in the bucket show them.

``data/2026-11-21/www/public-orders.0123456789ab.manifest`` completes a dump; its parts, and those
of interrupted attempts, are below ``data/2026-11-21/www/public-orders.0123456789ab/``, for example
``20261121T030405-1a2b3c4d-4711-beef/part-0000.csv.zst``.
"""

import datetime as dt
import hashlib
import logging
import os
import secrets
import socket
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.figures import count
from pipeline.names import Fingerprint
from pipeline.stores.s3.bucket import S3Store, StoredObject
from pipeline.stores.s3.unfinished import abort, unfinished

logger = logging.getLogger(__name__)

MANIFEST = ".manifest"

SILENT = dt.timedelta(hours=6)
"""An attempt on another machine is considered dead after this time without a write."""


@dataclass(slots=True)
class Dumped:
    """One table's dump of one date and fingerprint: its attempts, its manifest if complete."""

    stem: str
    day: dt.date
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
    found: dict[tuple[str, dt.date, str], Dumped] = {}
    for item in items:
        day, _, path = item.key.removeprefix(folder).partition("/")
        stem, _, rest = path.partition(".")
        name, _, below = rest.partition("/")
        date = _date(day)
        if date is None or not (below or name.endswith(MANIFEST)):
            continue
        key = stem, date, name.removesuffix(MANIFEST)
        dump = found.setdefault(key, Dumped(stem, date, Fingerprint.parse(key[-1])))
        if below:
            dump.attempts.setdefault(below.partition("/")[0], []).append(item)
        else:
            dump.manifest = item
    return tuple(found[key] for key in sorted(found))


def new_name() -> str:
    """Return a name for an attempt of this process: time, machine, process id, random digits.

    Example: ``20261121T030405-1a2b3c4d-4711-beef``.
    """
    now = dt.datetime.now(dt.UTC)
    return f"{now:%Y%m%dT%H%M%S}-{_machine()}-{os.getpid()}-{secrets.token_hex(2)}"


def find_dead(s3: S3Store, folder: str) -> list[str]:
    """Return the keys that dead attempts left in a dump's folder."""
    attempts: defaultdict[str, list[StoredObject]] = defaultdict(list)
    for item in s3.list(folder):
        attempts[item.key.removeprefix(folder).partition("/")[0]].append(item)
    return [item.key for name, items in attempts.items() if is_dead(name, items) for item in items]


def is_dead(name: str, items: Iterable[StoredObject]) -> bool:
    """Return whether an attempt has ended: its process died, or it stopped writing long ago."""
    match name.split("-"):
        case [_, machine, pid, _] if machine == _machine() and pid.isdecimal():
            if not _is_alive(int(pid)):
                return True
    newest = max(item.modified for item in items)
    return dt.datetime.now(dt.UTC) - newest > SILENT


def clear(s3: S3Store, folder: str, keys: list[str]) -> None:
    """Delete what dead attempts left in a dump's folder; no manifest names it."""
    if keys:
        logger.info("%s: deleting %s that no manifest names", folder, count(len(keys), "object"))
        s3.delete(keys)
    abort(s3, unfinished(s3, folder, older_than=SILENT))


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _machine() -> str:
    """Return a short name of this machine; the hash keeps host names out of the bucket."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]

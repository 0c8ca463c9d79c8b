"""What lies in the bucket below the folder of dumps, told from keys alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.names import Fingerprint
from pipeline.stores.s3.bucket import StoredObject

MANIFEST = ".manifest"


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
        """Tell whether it is complete and holds all rows."""
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
    """Sort objects below the folder of dumps by dump; what has no key of ours is left aside."""
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


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None

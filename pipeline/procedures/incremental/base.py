"""The rows that a delta is applied to, and the decision between a delta and all rows."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Self

from pipeline.designs.model.incremental import TOLERANCE, Incremental
from pipeline.manifest import Increment
from pipeline.names import Fingerprint
from pipeline.procedures.content import Content
from pipeline.sql.markers.content import DISPROVED

FILES = "files="
"""The beginning of a source of files: ``files=0123456789ab``, with a digest of their path."""


def is_files(source: str | None) -> bool:
    """Return whether a position is that of a source of files: ``7 files`` were loaded."""
    return source is not None and source.startswith(FILES)


@dataclass(frozen=True, slots=True)
class Base:
    """The rows that a table holds, as their marker describes them, and where they end.

    ``loaded_at`` is the marker's ``inserted_at`` in ISO 8601.
    """

    update_id: str
    loaded_at: str
    position: str
    source: str

    @classmethod
    def of(cls, content: Content) -> Self | None:
        """Return the base that a marker describes; None if the next load takes all rows."""
        if content.position is None or content.source is None:
            return None
        loaded_at = content.loaded_at.isoformat()
        return cls(content.update_id, loaded_at, content.position, content.source)


@dataclass(frozen=True, slots=True)
class Decision:
    """A delta from ``base``, or all rows for a ``reason``.

    A dump that finds another source upstream than that of the base takes all rows, too.
    """

    base: Base | None = None
    reason: str = ""

    def __str__(self) -> str:
        if self.base is None:
            return f"all: {self.reason}"
        if is_files(self.base.source):
            return f"new files ({self.base.position} loaded)"
        return f"changes since {self.base.position}"


def decide(
    incremental: Incremental | None,
    fingerprint: Fingerprint,
    content: Content | None,
    object_id: int | None,
    now: dt.datetime,
) -> Decision:
    """Decide between a delta and all rows, by what the table holds; ``now`` is naive UTC.

    ``incremental`` is None for files, of which new ones are added. ``fingerprint`` is that of the
    rows that the load would publish; ``object_id`` is that of the table now, None if it is gone.
    """
    if content is None:
        return Decision(reason="it has not been loaded, or was forgotten")
    if reason := _unfit(content, fingerprint, object_id):
        return Decision(reason=reason)
    base, whole_at = Base.of(content), content.whole_at
    every = None if incremental is None else incremental.full_every
    if base is None:
        return Decision(reason=content.withdrawn or "the last load left no position")
    if every is not None and (whole_at is None or now + TOLERANCE >= whole_at + every):
        return Decision(reason=f"full_every: the last time was {whole_at or 'never'}")
    return Decision(base)


def digest(content: Content, decision: Decision) -> str:
    """Return 8 hexadecimal digits that identify, in the key of a dump, what it follows.

    A dump of all rows has its own: an older one of the same date must not be loaded again.
    """
    kind = "all" if decision.base is None else "delta"
    text = f"{content.update_id} {content.loaded_at.isoformat()} {kind}"
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _unfit(content: Content, fingerprint: Fingerprint, object_id: int | None) -> str:
    """Return why no delta can be applied to these rows; empty if it can."""
    if not content.is_whole:
        return "the table holds a part of the rows (--limit)"
    if content.object_id == DISPROVED and content.withdrawn:
        return content.withdrawn
    if not content.is_there(object_id):
        return "the table is missing, or not the one that was loaded"
    return "the design was changed" if content.fingerprint.digits != fingerprint.digits else ""


def describe(increment: Increment) -> str:
    """Return what a dump holds, in words: ``changes since 2026-11-21 03:04:05+00``."""
    if increment.base and is_files(increment.source):
        return increment.note
    what = f"changes since {increment.since}" if increment.base else f"all: {increment.reason}"
    return f"{what}; {increment.note}" if increment.note else what

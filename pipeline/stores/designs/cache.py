"""Designs that were found free of faults, kept from run to run: parsing thousands takes seconds.

Beside each stand the fingerprints that it has by itself; and of each query, that its columns were
found in what it reads, which is looked up again when the query or one of those columns changes.

The cache is never trusted to be there or right: an entry belongs to the very texts of its files
and to the code that parsed them, the whole file is checked by its hash, and whatever does not fit
is parsed again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import os
import platform
import secrets
import time
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pipeline.designs.fingerprint import Own
from pipeline.designs.model import Design
from pipeline.designs.parse import examine
from pipeline.designs.queries.columns import Known, check_columns
from pipeline.errors import DesignError, Fault
from pipeline.names import TableName
from pipeline.sql.tables.ddl import definition
from pipeline.stores.designs.record import from_record, to_record

logger = logging.getLogger(__name__)

WORTH_KEEPING = 50
"""Fewer designs are parsed before anybody notices."""

UNUSED = dt.timedelta(days=30)
"""After so long the designs of a folder that nobody reads any more are dropped."""

CODE = (
    *("designs", "documents", "sql", "errors.py", "manifest.py", "names.py"),
    "stores/designs/record.py",
)
"""What decides how a text is parsed and fingerprinted, of this package and of others."""

LIBRARIES = ("jsonschema", "PyYAML", "sqlglot")

SOUND = True
"""The entry of a query whose columns were all found in what it reads."""

DIGITS = 32


class DesignCache:
    """The designs of one ``place``, in one file below ``folder``; without one, nothing is kept."""

    def __init__(self, folder: Path | None, place: str) -> None:
        self.path = folder and folder / f"designs-{digest(place)[:12]}.json"
        self._known = _read(self.path) if self.path else {}
        self._used: dict[str, Any] = {}
        self._new: dict[str, Design] = {}
        self._sound: set[str] = set()
        self.fingerprints: dict[TableName, Own] = {}
        """Those of the designs that are kept."""

    def examine(
        self, path: str, text: str, query: str | None
    ) -> tuple[Design | None, list[Fault]]:
        """Do what ``parse.examine`` does, from memory where these texts were examined before."""
        key = digest(path, text, *(() if query is None else (query,)))
        known = self._recall(key)
        if known is not None:
            return known, []
        design, faults = examine(path, text, query)
        if design is not None and not faults:
            self._new[key] = design
        return design, faults

    def check_columns(self, design: Design, known: Known) -> list[Fault]:
        """Do what ``used_columns.check_columns`` does, unless it found nothing at the same."""
        columns = [(str(name), _columns(known.get(name))) for name in design.reads]
        key = digest("columns", design.query or "", json.dumps(columns))
        faults = [] if self._known.get(key) is SOUND else check_columns(design, known)
        if not faults:
            self._sound.add(key)
        return faults

    def _recall(self, key: str) -> Design | None:
        entry = self._known.get(key)
        if entry is None:
            return None
        try:
            record, *own = entry
            design = from_record(record)
            self.fingerprints[design.name] = Own(*own)
        except (TypeError, ValueError):
            logger.debug("%s: the entry %s is no design", self.path, key)
            return None
        self._used[key] = entry
        return design

    def save(self) -> None:
        """Keep what was asked for, if it differs from what is kept; a failure costs time only."""
        number = len(self._used) + len(self._new)
        if self.path is None or number < WORTH_KEEPING or not self._is_different():
            return
        try:
            self._used |= {key: self._entry(design) for key, design in self._new.items()}
            _write(self.path, self._used | dict.fromkeys(self._sound, SOUND))
        except (OSError, DesignError) as error:
            logger.debug("parsed designs are not kept: %s", error)

    def _entry(self, design: Design) -> tuple[Any, ...]:
        own = Own.of(design, definition)
        self.fingerprints[design.name] = own
        return to_record(design), own.dumped, own.created

    def _is_different(self) -> bool:
        return bool(self._new) or self._used.keys() | self._sound != self._known.keys()


def _columns(design: Design | None) -> list[tuple[str, bool]] | None:
    """Return what ``check_columns`` knows of a relation that a query reads."""
    if design is None or not design.is_exact:
        return None
    return [(column.name, column.skipped) for column in design.columns]


def cache_folder(environ: Mapping[str, str]) -> Path | None:
    """Return the user's folder for what can be made again, None for a user without a home.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    base = Path(environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path.home() / ".cache"
        except RuntimeError:
            return None
    return base / "redshift-pipeline"


def digest(*texts: str) -> str:
    """Hash texts, and where each of them ends."""
    found = hashlib.sha256()
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(encoded) + encoded)
    return found.hexdigest()[:DIGITS]


@cache
def signature() -> str:
    """Hash the code whose results are kept: another release may come to others."""
    package = files("pipeline")
    texts = (text for part in CODE for text in _sources(package.joinpath(part)))
    return digest(platform.python_version(), *map(version, LIBRARIES), *texts)


def _sources(place: Traversable) -> Iterator[str]:
    if place.is_file():
        yield place.read_text(encoding="utf-8")
    else:
        for item in sorted(place.iterdir(), key=lambda each: each.name):
            if item.is_dir() or item.name.endswith((".py", ".json")):
                yield from _sources(item)


def _read(path: Path) -> dict[str, Any]:
    """Read what was kept by the same code; nothing of a file that is absent, broken or foreign."""
    try:
        if path.stat().st_uid != os.getuid():
            return {}
        head, _, body = path.read_text(encoding="utf-8").partition("\n")
        path.touch()
    except (OSError, UnicodeDecodeError):
        return {}
    if head != digest(signature(), body):
        logger.debug("%s: broken, or of another release", path)
        return {}
    found: dict[str, Any] = json.loads(body)
    return found


def _write(path: Path, designs: Mapping[str, Any]) -> None:
    """Replace the file as a whole: who reads it meanwhile has the old one or the new one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    body = json.dumps(designs, ensure_ascii=True, separators=(",", ":"))
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        unfinished.write_text(f"{digest(signature(), body)}\n{body}", encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    for other in path.parent.glob("designs-*.json"):
        if time.time() - other.stat().st_mtime > UNUSED.total_seconds():
            other.unlink(missing_ok=True)

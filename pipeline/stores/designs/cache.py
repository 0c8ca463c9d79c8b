"""A cache of designs without faults: parsing thousands of designs takes seconds.

An entry holds a design and its own fingerprints. The result of checking a query's columns is
cached too, by the query and the columns of the relations that it reads. Hundreds of designs that
are not cached, as after a checkout, are parsed by several processes.

The cache is optional and never trusted: the key of an entry covers the texts of its files, the
file is verified by a hash that covers the parsing code, and anything invalid is parsed again.
"""

import datetime as dt
import hashlib
import json
import logging
import os
import platform
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pipeline.designs.catalog import check_columns
from pipeline.designs.fingerprint import Own
from pipeline.designs.folder import is_design, query_path
from pipeline.designs.model.design import Design
from pipeline.designs.parse import examine
from pipeline.designs.queries.preload import load_parser
from pipeline.designs.queries.relations import Known
from pipeline.errors import DesignError, Fault
from pipeline.names import Fingerprint, TableName
from pipeline.sql.tables.ddl import definition
from pipeline.stores.designs.processes import results, start
from pipeline.stores.designs.record import from_record, to_record

logger = logging.getLogger(__name__)

Texts = tuple[str, str, str | None]
"""The path of a design, its text, and that of its query, as ``parse.examine`` takes them."""

Entries = dict[str, Any]
"""A record for each design, and SOUND for each query whose columns all exist."""

WORTH_KEEPING = 50
"""The minimum number of designs for a cache; fewer are parsed fast enough.

If any has SQL, a cache is always worth it: to load the parser takes as long as many designs.
"""

UNUSED = dt.timedelta(days=30)
"""The age at which the unused cache of a folder is deleted."""

CODE = (
    *("designs", "documents", "sql"),
    *("errors.py", "figures.py", "freshness.py", "manifest.py", "names.py"),
    "stores/designs/record.py",
)
"""The code of this package, and below other packages, that parses and fingerprints texts."""

LIBRARIES = ("jsonschema", "jsonschema-rs", "PyYAML", "sqlglot")

SOUND = True
"""The entry of a query whose columns all exist in the relations that it reads."""

DIGITS = 32


class DesignCache:
    """The cached designs of a ``place``, in one file in ``folder``; None disables the cache."""

    def __init__(self, folder: Path | None, place: str) -> None:
        self.path = folder and folder / f"designs-{digest(place)[:12]}.json"
        self._known = _read(self.path) if self.path else {}
        self._stored = frozenset(self._known)
        self._used: dict[str, Any] = {}
        self._new: dict[str, Design] = {}
        self._sound: set[str] = set()
        self._has_sql = False
        self._checked = False
        self.fingerprints: dict[TableName, Own] = {}
        """The fingerprints of cached designs."""

    def fill(self, folder: Mapping[str, str]) -> None:
        """Parse in several processes what is not cached of a folder, if that is worth it."""
        missing = [
            each
            for path in filter(is_design, folder)
            if _key(*(each := (path, folder[path], folder.get(query_path(path)))))
            not in self._known
        ]
        plain = start(_entries, [each for each in missing if each[2] is None])
        if with_query := [each for each in missing if each[2] is not None]:
            load_parser()  # while the others work
        for found in results(plain, start(_entries, with_query)):
            self._known |= found

    def examine(
        self, path: str, text: str, query: str | None
    ) -> tuple[Design | None, list[Fault]]:
        """Return the result of ``parse.examine``, from the cache if these texts are cached."""
        key = _key(path, text, query)
        faults: list[Fault] = []
        design = self._recall(key)
        if design is None:
            design, faults = examine(path, text, query)
            if design is not None and not faults:
                self._new[key] = design
        self._has_sql |= design is not None and bool(design.query or design.checks)
        return design, faults

    def check_columns(self, design: Design, known: Known) -> list[Fault]:
        """Return the result of ``queries.columns.check_columns``, from the cache if possible.

        The first one checks all queries, in several processes if that is worth it.
        """
        if not self._checked:
            self._check_all(known)
        key = _check_key(design, known)
        faults = [] if self._known.get(key) is SOUND else check_columns(design, known)
        if not faults:
            self._sound.add(key)
        return faults

    def _check_all(self, known: Known) -> None:
        designs = (each for each in known.values() if each is not None and each.query is not None)
        missing = [each for each in designs if _check_key(each, known) not in self._known]
        for found in results(start(partial(_sound, known), missing)):
            self._known |= found
        self._checked = True

    def _recall(self, key: str) -> Design | None:
        entry = self._known.get(key)
        if entry is None:
            return None
        try:
            record, *own = entry
            design = from_record(record)
            self.fingerprints[design.name] = Own(*map(Fingerprint.parse, own))
        except (TypeError, ValueError):
            logger.debug("%s: the entry %s is not a design", self.path, key)
            return None
        self._used[key] = entry
        return design

    def save(self) -> None:
        """Write the cache if it changed; a failure is logged at DEBUG."""
        number = len(self._used) + len(self._new)
        is_worth_it = number >= WORTH_KEEPING or self._has_sql
        if self.path is None or not is_worth_it or not self._is_different():
            return
        try:
            for key, design in self._new.items():
                own = self.fingerprints[design.name] = Own.of(design, definition)
                self._used[key] = _entry(design, own)
            _write(self.path, self._used | dict.fromkeys(self._sound, SOUND))
        except (OSError, DesignError) as error:
            logger.debug("cannot write the cache of designs: %s", error)

    def _is_different(self) -> bool:
        return self._used.keys() | self._new.keys() | self._sound != self._stored


def _key(path: str, text: str, query: str | None) -> str:
    return digest(path, text, *(() if query is None else (query,)))


def _entry(design: Design, own: Own) -> tuple[Any, ...]:
    return to_record(design), str(own.dumped), str(own.created)


def _entries(designs: Sequence[Texts]) -> Entries:
    """Return the entries of designs without faults; ``examine`` reports the faults of others."""
    found: Entries = {}
    for texts in designs:
        design, faults = examine(*texts)
        if design is not None and not faults:
            with suppress(DesignError):
                found[_key(*texts)] = _entry(design, Own.of(design, definition))
    return found


def _sound(known: Known, designs: Sequence[Design]) -> Entries:
    """Return the entries of queries without faults; ``check_columns`` reports the others'."""
    sound = (each for each in designs if not check_columns(each, known))
    return dict.fromkeys((_check_key(each, known) for each in sound), SOUND)


def _check_key(design: Design, known: Known) -> str:
    columns = [(str(name), _columns(known.get(name))) for name in design.reads]
    own = [column.name for column in design.data_columns]
    return digest("columns", design.query or "", json.dumps([own, columns]))


def _columns(design: Design | None) -> list[tuple[str, bool]] | None:
    """Return the columns of a relation as ``check_columns`` uses them."""
    if design is None or not design.is_exact:
        return None
    return [(column.name, column.skipped) for column in design.columns]


def cache_folder(environ: Mapping[str, str]) -> Path | None:
    """Return the user's cache folder, None for a user without a home.

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
    """Hash texts and their lengths."""
    found = hashlib.sha256()
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        found.update(b"%d:" % len(encoded) + encoded)
    return found.hexdigest()[:DIGITS]


@cache
def signature() -> str:
    """Hash the code whose results are cached; another release can have other results."""
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
    """Read a cache file written by the same code; empty if it is missing, invalid or foreign."""
    try:
        if path.stat().st_uid != os.getuid():
            return {}
        head, _, body = path.read_text(encoding="utf-8").partition("\n")
        path.touch()
    except (OSError, UnicodeDecodeError):
        return {}
    if head != digest(signature(), body):
        logger.debug("%s: invalid, or written by another release", path)
        return {}
    found: dict[str, Any] = json.loads(body)
    return found


def _write(path: Path, designs: Mapping[str, Any]) -> None:
    """Replace the file atomically, and delete unused ones."""
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

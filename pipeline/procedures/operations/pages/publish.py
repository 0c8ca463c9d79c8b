"""Write pages to a folder of a bucket or of this machine: only what changed.

The file ``pages.json`` there lists the files that were written, so that those of relations that no
longer exist are deleted, and nothing else is.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError
from pipeline.stores.s3.bucket import S3Store

INDEX = "pages.json"

LAST = "index.html"
"""The page that leads to all others is written last."""

THREADS = 8

OWN = re.compile(r"(?:index|lineage|runs)\.html|(?:assets|relation|run)/[\w.~-]+", re.ASCII)
"""The paths that the pages may have."""

TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}

Files = Mapping[str, bytes]
"""Contents by path: ``relation/www.orders.html``."""


@dataclass(frozen=True, slots=True)
class Published:
    """How many files there are, and how many were written and deleted."""

    files: int
    written: int
    deleted: int


def write_to_folder(folder: Path, files: Files) -> Published:
    """Write the pages to a local folder, which must be empty, absent or have been written before.

    UsageError for any other folder, and if the file system refuses.
    """
    try:
        before = _paths(_read(folder / INDEX))
        if not before and folder.exists() and any(folder.iterdir()):
            raise UsageError(
                f"{folder} holds files that 'pipeline docs' did not write; name a new folder with"
                " --output"
            )
        folder.mkdir(parents=True, exist_ok=True)
        (folder / INDEX).write_text(json.dumps(sorted({*before, *files})), encoding="utf-8")
        changed = [path for path, body in files.items() if _read(folder / path) != body]
        for path in changed:
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(files[path])
        gone = before - set(files)
        for path in gone:
            (folder / path).unlink(missing_ok=True)
        (folder / INDEX).write_text(json.dumps(sorted(files)), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: {error.strerror}") from error
    return Published(len(files), len(changed), len(gone))


def publish(store: S3Store, folder: str, files: Files) -> Published:
    """Upload the pages to a folder of a bucket; ``folder`` is empty or ends with ``/``.

    An object stays if its content was uploaded before and its ETag shows that it was not replaced
    since. UsageError if the folder has files of the same names that were not uploaded from here.
    """
    found = store.read_if_there(folder + INDEX)
    before = _entries(found.body if found else None)
    stored = {item.key.removeprefix(folder): item.etag for item in store.list(folder)}
    if found is None and (foreign := sorted(set(stored) & set(files))):
        raise UsageError(
            f"{store.url(folder)} holds {foreign[0]}, which 'pipeline docs' did not upload; choose"
            " another folder"
        )
    digests = {path: hashlib.sha256(body).hexdigest() for path, body in files.items()}
    kept = {
        path: before[path]
        for path, digest in digests.items()
        if path in before and before[path] == (digest, stored.get(path))
    }
    changed = sorted(set(files) - set(kept), key=lambda path: (path == LAST, path))

    def upload(path: str) -> tuple[str, tuple[str, str]]:
        etag = store.write_page(folder + path, files[path], content_type(path))
        return path, (digests[path], etag)

    if changed and found is None:
        store.write_page(folder + INDEX, b"{}", "application/json")
    with ThreadPool(THREADS) as pool:  # executors refuse work after a run's last task
        uploaded = dict(pool.map(upload, [path for path in changed if path != LAST]))
    uploaded |= dict(map(upload, [path for path in changed if path == LAST]))
    gone = sorted(set(before) - set(files))
    store.delete(folder + path for path in gone)
    if changed or gone:
        body = json.dumps({**kept, **uploaded}, sort_keys=True, indent=0).encode()
        store.write_page(folder + INDEX, body, "application/json")
    return Published(len(files), len(changed), len(gone))


def content_type(path: str) -> str:
    """Return the content type of a file by its suffix: ``text/html; charset=utf-8``."""
    return f"{TYPES[path.rpartition('.')[2]]}; charset=utf-8"


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _paths(text: bytes | None) -> set[str]:
    """Return the paths in a local index; those that no page can have are ignored."""
    return {path for path in _loaded(text) or () if isinstance(path, str) and OWN.fullmatch(path)}


def _entries(text: bytes | None) -> dict[str, tuple[str, str]]:
    """Return the hash and ETag by path in the index of a bucket."""
    loaded = _loaded(text)
    entries: Iterable[tuple[Any, Any]] = loaded.items() if isinstance(loaded, dict) else ()
    return {
        path: (entry[0], entry[1])
        for path, entry in entries
        if OWN.fullmatch(path) and isinstance(entry, list) and len(entry) == 2
    }


def _loaded(text: bytes | None) -> Any:
    try:
        return json.loads(text or b"null")
    except ValueError:
        return None

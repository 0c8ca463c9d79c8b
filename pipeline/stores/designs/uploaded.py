"""Uploaded designs: versions lie side by side, and an index, written last, tells the current ones.

The index names objects relative to its own folder, so that a copy of the folder works elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from pipeline.errors import ConfigError, StorageError
from pipeline.stores.s3.bucket import S3Store

INDEX = "current.json"
VERSION = 1
READERS = 16
ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: the object's key below the index's folder, and the hash of its content."""

    key: str
    sha256: str

    @classmethod
    def of(cls, key: str, text: str) -> Entry:
        """Return the entry of a text that lies under a key."""
        return cls(key, hashlib.sha256(text.encode()).hexdigest())


Index = Mapping[str, Entry]
"""Entries by the file's path below the folder of designs, such as ``www/public-orders.yaml``."""


def read_uploaded(store: S3Store, folder: str) -> dict[str, str]:
    """Read all current designs and queries, as ``read_folder`` does with a local folder.

    ConfigError where nothing was uploaded there; StorageError where an object is not what was
    uploaded.
    """
    folder = f"{folder.strip('/')}/" if folder.strip("/") else ""
    index = read_index(store, folder)
    if index is None:
        raise ConfigError(
            f"there are no uploaded designs at {store.url(folder)}: it has no {INDEX}."
            " 'luigi --module pipeline UploadAll' writes it, with all designs, below its prefix"
        )
    with ThreadPoolExecutor(READERS, thread_name_prefix="designs") as pool:
        texts = pool.map(lambda path: _read_text(store, folder, index[path]), index)
        return dict(zip(index, texts, strict=True))


def read_index(store: S3Store, folder: str) -> Index | None:
    """Return the index of a folder that ends with a slash, None where there is none."""
    found = store.read_if_there(folder + INDEX)
    return None if found is None else _parse(store, folder, found.body)


def update_index(store: S3Store, folder: str, entries: Index, *, whole: bool) -> None:
    """Make entries the current ones: ``whole`` drops all others, else those stay.

    Runs that write at the same time take turns: none loses what another wrote.
    """
    for _ in range(ATTEMPTS):
        found = store.read_if_there(folder + INDEX)
        others = {} if whole or found is None else _parse(store, folder, found.body)
        body = _render({**others, **entries})
        if found is not None and found.body == body:
            return
        if store.write_over(folder + INDEX, body, found):
            return
    raise StorageError(
        f"{store.url(folder + INDEX)}: other runs wrote it {ATTEMPTS} times meanwhile; try again",
        retryable=True,
    )


def holds(index: Index | None, entries: Index, *, whole: bool) -> bool:
    """Tell whether an index says what ``update_index`` would make it say."""
    if index is None:
        return False
    same = all(index.get(path) == entry for path, entry in entries.items())
    return same and (not whole or len(index) == len(entries))


def _render(entries: Index) -> bytes:
    files = {path: asdict(entries[path]) for path in sorted(entries)}
    return json.dumps({"version": VERSION, "files": files}, indent=1).encode()


def _parse(store: S3Store, folder: str, body: bytes) -> dict[str, Entry]:
    try:
        record = json.loads(body)
        entries = {path: Entry(**entry) for path, entry in record["files"].items()}
        version = record["version"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _no_index(store, folder) from error
    if version != VERSION:
        raise _no_index(store, folder)
    return entries


def _no_index(store: S3Store, folder: str) -> StorageError:
    return StorageError(
        f"{store.url(folder + INDEX)} is no index of designs of this version of the pipeline;"
        " delete it and run UploadAll again"
    )


def _read_text(store: S3Store, folder: str, entry: Entry) -> str:
    body = store.read(folder + entry.key)
    if hashlib.sha256(body).hexdigest() != entry.sha256:
        raise StorageError(
            f"{store.url(folder + entry.key)} is not what was uploaded: its content was changed;"
            " delete it and run UploadAll again"
        )
    return body.decode("utf-8")

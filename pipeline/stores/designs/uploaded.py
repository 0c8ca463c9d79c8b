"""Uploaded designs: all versions, and an index of the current ones, which is written last.

The index names objects relative to its folder, so that a copy of the folder is valid.
"""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Self

from pipeline.errors import ConfigError, StorageError
from pipeline.stores.s3.bucket import S3Store

INDEX = "current.json"
VERSION = 1
READERS = 16
ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One file: its object's key relative to the index's folder, and the hash of its content."""

    key: str
    sha256: str

    @classmethod
    def of(cls, key: str, text: str) -> Self:
        """Return the entry of the text at a key."""
        return cls(key, hashlib.sha256(text.encode()).hexdigest())


Index = Mapping[str, Entry]
"""Entries by the file's path in the design folder, ``www/public-orders.yaml``."""


def read_uploaded(store: S3Store, folder: str) -> dict[str, str]:
    """Read all current designs and queries, by path as in ``read_folder``.

    ConfigError if the folder has no index; StorageError if an object was changed.
    """
    folder = f"{folder.strip('/')}/" if folder.strip("/") else ""
    index = read_index(store, folder)
    if index is None:
        raise ConfigError(
            f"there are no uploaded designs at {store.url(folder)}: {INDEX} is missing;"
            " upload all designs with 'luigi --module pipeline UploadAll'"
        )
    with ThreadPoolExecutor(READERS, thread_name_prefix="designs") as pool:
        texts = pool.map(lambda path: _read_text(store, folder, index[path]), index)
        return dict(zip(index, texts, strict=True))


def read_index(store: S3Store, folder: str) -> Index | None:
    """Return the index of a folder, which ends with a slash, or None."""
    found = store.read_if_there(folder + INDEX)
    return None if found is None else _parse(store, folder, found.body)


def update_index(store: S3Store, folder: str, entries: Index, *, whole: bool) -> None:
    """Make entries current; ``whole`` removes all others, otherwise they are kept.

    Conditional writes serialize concurrent runs: no entry is lost.
    """
    for _ in range(ATTEMPTS):
        found = store.read_if_there(folder + INDEX)
        others = {} if whole or found is None else _parse(store, folder, found.body)
        files = {path: asdict(entry) for path, entry in sorted({**others, **entries}.items())}
        body = json.dumps({"version": VERSION, "files": files}, indent=1).encode()
        if found is not None and found.body == body:
            return
        if store.write_over(folder + INDEX, body, found):
            return
    raise StorageError(
        f"{store.url(folder + INDEX)}: other runs wrote it {ATTEMPTS} times; try again",
        retryable=True,
    )


def holds(index: Index | None, entries: Index, *, whole: bool) -> bool:
    """Return whether ``update_index`` would leave an index unchanged."""
    if index is None:
        return False
    same = all(index.get(path) == entry for path, entry in entries.items())
    return same and (not whole or len(index) == len(entries))


def _parse(store: S3Store, folder: str, body: bytes) -> dict[str, Entry]:
    try:
        record = json.loads(body)
        entries = {path: Entry(**entry) for path, entry in record["files"].items()}
        version = record["version"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _invalid_index(store, folder) from error
    if version != VERSION:
        raise _invalid_index(store, folder)
    return entries


def _invalid_index(store: S3Store, folder: str) -> StorageError:
    return StorageError(
        f"{store.url(folder + INDEX)} is not an index of designs of this version of the pipeline;"
        " delete it and run UploadAll again"
    )


def _read_text(store: S3Store, folder: str, entry: Entry) -> str:
    body = store.read(folder + entry.key)
    if hashlib.sha256(body).hexdigest() != entry.sha256:
        raise StorageError(
            f"{store.url(folder + entry.key)} was changed after the upload;"
            " delete it and run UploadAll again"
        )
    return body.decode("utf-8")

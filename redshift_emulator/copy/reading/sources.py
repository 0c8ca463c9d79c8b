"""The files that COPY loads: those in a manifest, or all with a key prefix.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-source-s3.html,
https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from redshift_emulator.copy.statement import CopyStatement
from redshift_emulator.language.errors import RedshiftError

if TYPE_CHECKING:
    from redshift_emulator.copy.reading.s3 import Storage, StoredObject


def source_files(statement: CopyStatement, storage: Storage) -> tuple[StoredObject, ...]:
    """Return the files in the order in which they are loaded; raise an error if there are none."""
    bucket, key = split_url(statement.source)
    if statement.manifest:
        return _listed(storage, bucket, key, columnar=statement.file_format.columnar is not None)
    found = storage.list(bucket, key)
    if not found:
        raise _error(f"The specified S3 prefix '{key}' does not exist", "")
    return found


def split_url(url: str) -> tuple[str, str]:
    """Return an S3 URL's bucket and key: ``s3://b/a/c`` has ``b`` and ``a/c``."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def read_object(storage: Storage, url: str, *, what: str) -> bytes:
    """Return the content of an object, which messages call ``what``."""
    bucket, key = split_url(url)
    if not key or storage.find(bucket, key) is None:
        raise _error(f"Problem reading {what} - the object does not exist", f"location={url}")
    return storage.read(bucket, key)


def _listed(
    storage: Storage, bucket: str, key: str, *, columnar: bool
) -> tuple[StoredObject, ...]:
    location = f"Manifest file location=s3://{bucket}/{key}"
    if not key or key.endswith("/"):
        raise _error("COPY with MANIFEST parameter requires full path of an S3 object.", location)
    if storage.find(bucket, key) is None:
        raise _error("Problem reading manifest file - the object does not exist", location)
    entries = _entries(storage.read(bucket, key), location)
    if columnar:
        _check_lengths(entries, location)
    found = tuple(_existing(entries, storage, location))
    if not found:
        raise _error("No file of the manifest was found", location)
    return found


def _entries(content: bytes, location: str) -> list[dict[str, Any]]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise _error("Manifest file is not in correct json format", location) from error
    entries = document.get("entries") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise _error("Manifest file has no list of entries", location)
    return entries


def _existing(
    entries: list[dict[str, Any]], storage: Storage, location: str
) -> Iterator[StoredObject]:
    known: dict[str, StoredObject | None] = {}
    for entry in entries:
        url, mandatory = entry.get("url"), entry.get("mandatory", False)
        if not isinstance(url, str) or not isinstance(mandatory, bool):
            raise _error("Manifest entry needs a url, and mandatory is true or false", location)
        bucket, key = split_url(url)
        if not url.startswith("s3://") or not bucket or not key:
            raise _error(f"Manifest entry is not a full path of an S3 object: {url}", location)
        if url not in known:
            known[url] = storage.find(bucket, key)
        stored = known[url]
        if stored is not None:
            _check_length(entry, stored, location)
            yield stored
        elif mandatory:
            raise _error("Mandatory url is not present in manifest file.", f"{location} url={url}")


def _check_lengths(entries: list[dict[str, Any]], location: str) -> None:
    """Require the file's size in bytes in each entry of a manifest of columnar files."""
    for entry in entries:
        meta = entry.get("meta")
        if not isinstance(meta, dict) or type(meta.get("content_length")) is not int:
            raise _error(
                "Manifest entry needs meta.content_length for columnar files",
                f"{location} url={entry.get('url')}",
            )


def _check_length(entry: dict[str, Any], stored: StoredObject, location: str) -> None:
    """Compare the size with ``meta.content_length``, documented for columnar files only."""
    meta = entry.get("meta")
    length = meta.get("content_length") if isinstance(meta, dict) else None
    if length is not None and length != stored.size:
        raise _error(
            f"content_length of the manifest is {length}, the object has {stored.size} bytes",
            f"{location} url={stored.url}",
        )


def _error(message: str, context: str) -> RedshiftError:
    return RedshiftError(message, code=8001, context=context)

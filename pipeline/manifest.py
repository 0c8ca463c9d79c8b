"""The manifest of a dump: the list of objects that COPY reads, and a record of the dump.

COPY ignores unknown keys: https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html

    {
      "entries": [
        {
          "url": "s3://bucket/production/data/2026-11-21/www/public-orders.0123456789ab/\
20261121T030405-5f0c…/part-0000.csv.zst",
          "mandatory": true,
          "meta": {"content_length": 48112},
          "rows": 1200, "raw_bytes": 190400, "sha256": "9f86d081…", "etag": "5d41402a…"
        }
      ],
      "rows": 1200, "bytes": 48112,
      "relation": "www.orders", "columns": ["id", "total"], "null_as": "~NULL~", …
      "version": 2,
      "key": "production/data/2026-11-21/www/public-orders.0123456789ab.manifest",
      "digest": "2c26b46b…"
    }

``digest`` is the SHA-256 of everything else. Version 3 has ``increment``, which only the dump of
a table has that is loaded incrementally; others are of version 2. Version 1 has no ``version``,
``key`` and ``digest``, and no ``etag`` of dumped parts.
"""

import datetime as dt
import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from pipeline.errors import StorageError

FORMAT_VERSION = 1
"""Part of every dump's fingerprint: increment it when the format of the data changes."""

VERSION = 3
"""The newest version of manifests that this release writes; it reads all before."""

SIGNED = frozenset({"version", "key", "digest"})
"""What version 2 added."""

Compression = Literal["zstd", "gzip"]
SUFFIX: dict[Compression, str] = {"zstd": "zst", "gzip": "gz"}


def timestamp() -> str:
    """Return the current time in UTC, for example ``2026-11-21T03:04:05+00:00``."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class FileFormat:
    """The format of external files: CSV in UTF-8, or Parquet, which describes itself.

    A field that equals ``null_as`` is NULL; None uses COPY's default.
    """

    compression: Literal["none", "gzip", "zstd", "bzip2"] = "none"
    delimiter: str = ","
    quote: str = '"'
    header_lines: int = 0
    null_as: str | None = None
    type: Literal["csv", "parquet"] = "csv"

    @property
    def identity(self) -> tuple[object, ...]:
        """Return what distinguishes two formats, for fingerprints."""
        csv = (self.compression, self.delimiter, self.quote, self.header_lines, self.null_as)
        return csv if self.type == "csv" else (self.type,)


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a dump: ``bytes`` is its size in S3, ``raw_bytes`` that of the CSV in it.

    ``etag`` is S3's, which changes with the content; version 1 has none of dumped parts. Of
    external files only the size and the ETag are known.
    """

    url: str
    rows: int | None
    bytes: int
    raw_bytes: int | None
    sha256: str | None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Increment:
    """What the dump of a table that is loaded incrementally holds, and where the next one begins.

    With ``base``, the parts hold the rows at or behind ``since``, which are applied to the rows
    that the marker ``base`` proves; ``base_loaded_at`` is its ``inserted_at`` in ISO 8601. Without
    it, they hold all rows, for a ``reason``.

    ``position`` is the lower bound of the next dump, inclusive, as PostgreSQL writes a value of
    the cursor's type; None if there is none. ``source`` identifies cluster, database, table and
    definition of its columns. ``source_rows`` is the number of all rows under the snapshot, and
    ``keys_manifest`` the key of the manifest of all keys, if they were read.
    """

    source: str
    position: str | None
    source_rows: int
    reason: str = ""
    base: str | None = None
    base_loaded_at: str | None = None
    since: str | None = None
    keys_manifest: str | None = None
    keys_unique: bool = False
    """Whether an index upstream guarantees that no two of the keys are equal in the warehouse."""
    note: str = ""
    """What the run tells about the position: ``12 rows have no updated_at and are read again``."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All parts of one dump of one table; times are UTC in ISO 8601.

    ``key`` is the manifest's own: it identifies prefix, date, table and fingerprint.
    """

    relation: str
    parts: tuple[Part, ...]
    columns: tuple[str, ...]
    query: str
    null_as: str | None
    compression: Compression | None
    database: str
    snapshot: str
    started: str
    finished: str
    format_version: int = FORMAT_VERSION
    partial: bool = False
    files: FileFormat | None = None
    """The format of the parts if they are external files, None for those of a dump."""
    key: str = ""
    version: int = 2
    increment: Increment | None = None

    @property
    def rows(self) -> int | None:
        """The number of rows in all parts, None if they were not counted."""
        counts = [part.rows for part in self.parts if part.rows is not None]
        return sum(counts) if len(counts) == len(self.parts) else None

    @property
    def bytes(self) -> int:
        """The size of all parts in S3."""
        return sum(part.bytes for part in self.parts)

    @property
    def read_at(self) -> dt.datetime | None:
        """When the dump began, None if it is only expected."""
        return dt.datetime.fromisoformat(self.started) if self.started else None

    def to_json(self) -> str:
        """Render as the object that is stored in S3."""
        return json.dumps(self._record(), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse what ``to_json`` rendered.

        ValueError, KeyError, TypeError or AttributeError for other texts, also if digest, totals
        or entries do not fit; StorageError for the manifest of a newer release.
        """
        record: dict[str, Any] = json.loads(text, object_pairs_hook=_unique)
        version = record.get("version", 1)
        if isinstance(version, int) and version > VERSION:
            raise StorageError(f"version {version} is of a newer release: update this one")
        manifest = cls(
            parts=tuple(map(_part, record["entries"])),
            **{
                **{key: value for key, value in record.items() if key not in COMPUTED},
                "columns": tuple(record["columns"]),
                "files": FileFormat(**record["files"]) if record.get("files") else None,
                "increment": Increment(**record["increment"]) if "increment" in record else None,
                "version": version,
            },
        )
        manifest._compare(record)
        return manifest

    def _record(self) -> dict[str, Any]:
        record = {key: value for key, value in asdict(self).items() if key != "parts"}
        entries = [_entry(part) for part in self.parts]
        record = {"entries": entries, "rows": self.rows, "bytes": self.bytes, **record}
        if self.increment is None:
            del record["increment"]
        if self.version == 1:
            return {key: value for key, value in record.items() if key not in SIGNED}
        return {**record, "digest": _digest(record)}

    def _compare(self, record: dict[str, Any]) -> None:
        """Raise ValueError unless a record is that of this manifest.

        A record of version 1 may lack a key, but has no key of version 2.
        """
        urls = Counter(part.url for part in self.parts)
        if twice := sorted(url for url, times in urls.items() if times > 1):
            raise ValueError(f"it lists {', '.join(twice)} more than once")
        if (self.increment is not None) != (self.version == VERSION):
            raise ValueError("increment does not fit its version")
        expected: dict[str, Any] = json.loads(json.dumps(self._record()))
        needed = {"entries", "rows", "bytes"} if self.version == 1 else expected.keys()
        absent = object()
        names = record.keys() | needed
        wrong = [key for key in names if record.get(key, absent) != expected.get(key, absent)]
        if wrong:
            raise ValueError(f"{', '.join(sorted(wrong))} does not fit its content")


COMPUTED = frozenset({"entries", "rows", "bytes", "digest"})


def _entry(part: Part) -> dict[str, Any]:
    return {
        "url": part.url,
        "mandatory": True,
        "meta": {"content_length": part.bytes},
        "rows": part.rows,
        "raw_bytes": part.raw_bytes,
        "sha256": part.sha256,
        **({} if part.etag is None else {"etag": part.etag}),
    }


def _part(entry: dict[str, Any]) -> Part:
    return Part(
        url=entry["url"],
        rows=entry["rows"],
        bytes=entry["meta"]["content_length"],
        raw_bytes=entry["raw_bytes"],
        sha256=entry["sha256"],
        etag=entry.get("etag"),
    )


def _digest(record: dict[str, Any]) -> str:
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key occurs more than once")
    return record

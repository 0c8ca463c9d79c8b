"""The manifest of a dump: the list of objects that COPY reads, and a record of the dump.

COPY ignores unknown keys: https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html

    {
      "entries": [
        {
          "url": "s3://bucket/production/data/2026-11-21/www/public-orders.0123456789ab/\
20261121T030405-1a2b3c4d-4711-beef/part-0000.csv.zst",
          "mandatory": true,
          "meta": {"content_length": 48112},
          "rows": 1200, "raw_bytes": 190400, "sha256": "9f86d081…"
        }
      ],
      "rows": 1200, "bytes": 48112,
      "relation": "www.orders", "columns": ["id", "total"], "null_as": "~NULL~", …
    }
"""

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

FORMAT_VERSION = 1
"""Part of every dump's fingerprint: increment it when the format of the data changes."""

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

    Of external files only the size and S3's ETag are known.
    """

    url: str
    rows: int | None
    bytes: int
    raw_bytes: int | None
    sha256: str | None
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """All parts of one dump of one table; times are UTC in ISO 8601."""

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

    @property
    def rows(self) -> int | None:
        """The number of rows in all parts, None if they were not counted."""
        counts = [part.rows for part in self.parts if part.rows is not None]
        return sum(counts) if len(counts) == len(self.parts) else None

    @property
    def bytes(self) -> int:
        """The size of all parts in S3."""
        return sum(part.bytes for part in self.parts)

    def to_json(self) -> str:
        """Render as the object that is stored in S3."""
        record = {key: value for key, value in asdict(self).items() if key != "parts"}
        entries = [
            {
                "url": part.url,
                "mandatory": True,
                "meta": {"content_length": part.bytes},
                "rows": part.rows,
                "raw_bytes": part.raw_bytes,
                "sha256": part.sha256,
                **({} if part.etag is None else {"etag": part.etag}),
            }
            for part in self.parts
        ]
        return json.dumps(
            {"entries": entries, "rows": self.rows, "bytes": self.bytes, **record}, indent=2
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse what ``to_json`` rendered; KeyError, TypeError or ValueError for other texts."""
        record: dict[str, Any] = json.loads(text)
        parts = tuple(
            Part(
                e["url"],
                e["rows"],
                e["meta"]["content_length"],
                e["raw_bytes"],
                e["sha256"],
                e.get("etag"),
            )
            for e in record.pop("entries")
        )
        files = record.pop("files", None)
        for derived in ("rows", "bytes"):
            record.pop(derived)
        return cls(
            **{**record, "columns": tuple(record["columns"])},
            parts=parts,
            files=None if files is None else FileFormat(**files),
        )

"""The manifest of a dump: what Redshift's COPY reads, and all that was recorded about the dump.

COPY ignores keys that it does not know: https://docs.aws.amazon.com/redshift/latest/dg/loading-data-files-using-manifest.html
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

FORMAT_VERSION = 1
"""Part of every dump's fingerprint: raise it when the form of the data changes."""

Compression = Literal["zstd", "gzip"]
SUFFIX: dict[Compression, str] = {"zstd": "zst", "gzip": "gz"}


@dataclass(frozen=True, slots=True)
class FileFormat:
    """The form of somebody else's files: CSV in UTF-8, or Parquet, which says all else itself.

    A field that equals ``null_as`` is NULL; None leaves the choice to COPY.
    """

    compression: Literal["none", "gzip", "zstd", "bzip2"] = "none"
    delimiter: str = ","
    quote: str = '"'
    header_lines: int = 0
    null_as: str | None = None
    type: Literal["csv", "parquet"] = "csv"

    @property
    def identity(self) -> tuple[object, ...]:
        """Return what tells two forms apart, for fingerprints."""
        csv = (self.compression, self.delimiter, self.quote, self.header_lines, self.null_as)
        return csv if self.type == "csv" else (self.type,)


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a dump: ``bytes`` is its size in S3, ``raw_bytes`` that of the CSV within.

    Of somebody else's files only the size and S3's tag are known.
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
    """The form of the parts where they are somebody else's files, None for those of a dump."""

    @property
    def rows(self) -> int | None:
        """The number of rows in all parts, None where nobody has counted them."""
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
        """Parse what ``to_json`` rendered; KeyError, TypeError or ValueError of anything else."""
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

"""What the processes of a dump tell each other: the job, orders for parts, their results."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.manifest import SUFFIX, Compression
from pipeline.sql.statement import Statement
from pipeline.sql.upstream.extract import Extract, Piece, copy_out, select
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream


@dataclass(frozen=True, slots=True)
class Job:
    """All that the parts of a dump have in common."""

    upstream: Upstream
    store: S3Store
    extract: Extract
    folder: str
    compression: Compression
    null_as: str

    def key(self, number: int) -> str:
        """Return the key of a part."""
        return f"{self.folder}part-{number:04d}.csv.{SUFFIX[self.compression]}"

    def statement(self, piece: Piece | None) -> Statement:
        """Return the COPY of a piece, or of the whole table."""
        alone = len(self.extract.columns) == 1
        return copy_out(select(self.extract, piece), self.null_as, quote_all=alone)


@dataclass(frozen=True, slots=True)
class PartOrder:
    """Write the rows of ``pieces`` (None is the whole table, by its own name) as one part.

    With ``cut``, begin another part whenever one has so many bytes, compressed. ``weight`` is the
    share of the work.
    """

    number: int
    pieces: tuple[Piece | None, ...]
    weight: int = 1
    cut: int | None = None


@dataclass(frozen=True, slots=True)
class PartResult:
    """A part that lies in S3 whole."""

    order: int
    number: int
    key: str
    rows: int
    bytes: int
    raw_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What has passed a worker since it last told: rows that are counted by now, and bytes."""

    rows: int
    raw_bytes: int
    bytes: int

    def plus(self, other: Moved) -> Moved:
        """Return both together."""
        return Moved(
            self.rows + other.rows, self.raw_bytes + other.raw_bytes, self.bytes + other.bytes
        )

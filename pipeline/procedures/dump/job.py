"""The values of a dump, from the task to the worker processes: job, splits, results, progress."""

from dataclasses import dataclass, field, replace
from typing import Self

from pipeline.designs.drift.check import Policy
from pipeline.designs.model.design import Design
from pipeline.manifest import SUFFIX
from pipeline.procedures.dump import attempts
from pipeline.settings import Dump
from pipeline.sql.statement import Statement
from pipeline.sql.upstream.exact import Types
from pipeline.sql.upstream.extract import NULL_AS, Extract, PageRange, copy_out, select
from pipeline.sql.upstream.since import Since
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Session, Upstream
from pipeline.stores.upstream.observation import Observation

BEHIND = 5
"""Seconds that a session of a dump waits for a lock on what another one of it has locked."""


@dataclass(frozen=True, slots=True)
class DumpJob:
    """The dump of one table: what to read, from which snapshot, and where to write it.

    ``folder`` holds all attempts, each in its own folder; the object ``manifest_key``
    completes the dump. ``snapshot`` is an exported snapshot to import, for example
    ``00000003-0000001B-1``; None reads the current state. ``observed`` is what was read before
    that snapshot was taken. ``limit`` is a maximum number of rows; ``since`` restricts the dump to
    rows at or behind a position. ``types`` are those of the values upstream, once they are known.
    """

    design: Design
    upstream: Upstream
    s3: S3Store
    settings: Dump
    folder: str
    manifest_key: str
    limit: int | None = None
    new_columns: Policy = "fail"
    snapshot: str | None = None
    observed: Observation | None = None
    since: Since | None = None
    null_as: str = NULL_AS
    attempt: str = field(default_factory=attempts.new_name)
    types: Types = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.folder.endswith("/"):
            raise ValueError(f"{self.folder!r} is not a folder: it must end with '/'")

    @property
    def extract(self) -> Extract:
        """What to select upstream."""
        if self.design.source is None:
            raise ValueError(f"{self.design.name} is derived: it has no table upstream")
        return Extract(
            table=self.design.source,
            columns=self.design.data_columns,
            condition=self.design.extract.condition,
            limit=self.limit,
            since=self.since,
            types=self.types,
        )

    def sharing(self, session: Session) -> Self:
        """Return the job for more sessions, under the snapshot of this one."""
        if self.snapshot is not None:
            return self.under(self.snapshot)
        job = replace(self, upstream=self.upstream.at(session))
        return job.under(session.export())

    def under(self, snapshot: str) -> Self:
        """Return the job for more sessions, with the snapshot of one that holds the locks.

        They wait for a lock only behind a statement such as ALTER TABLE, which waits for that
        session: nothing would end this, and meanwhile nobody could use the table.
        """
        timeouts = self.upstream.timeouts
        short = replace(timeouts, lock_timeout=min(BEHIND, timeouts.lock_timeout))
        upstream = replace(self.upstream, timeouts=short)
        return replace(self, upstream=upstream, snapshot=snapshot)

    @property
    def attempt_folder(self) -> str:
        """The folder of this attempt's parts."""
        return f"{self.folder}{self.attempt}/"

    def key(self, number: int) -> str:
        """Return the key of a part.

        Example: ``production/data/2026-11-21/www/public-orders.0123456789ab/``
        ``20261121T030405-5f0c…/part-0000.csv.zst``.
        """
        suffix = SUFFIX[self.settings.compression]
        return f"{self.attempt_folder}part-{number:04d}.csv.{suffix}"

    def copy_statement(self, pages: PageRange | None) -> Statement:
        """Return the COPY of a page range; None copies the whole table."""
        extract = self.extract
        quote_all = len(extract.columns) == 1
        return copy_out(select(extract, pages), self.null_as, quote_all=quote_all)


@dataclass(frozen=True, slots=True)
class Split:
    """A worker's unit of work: read ``ranges`` and write them as part ``number``.

    A range of None is the whole table, by its own name. ``weight`` is the share of the work.
    With ``roll_bytes``, begin another part whenever one has reached this compressed size.
    """

    number: int
    ranges: tuple[PageRange | None, ...]
    weight: int = 1
    roll_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class PartResult:
    """A part that is complete in S3."""

    number: int
    key: str
    rows: int
    bytes: int
    raw_bytes: int
    sha256: str
    etag: str


@dataclass(frozen=True, slots=True)
class Delta:
    """Progress since the last report; ``rows`` are those that the server has counted."""

    rows: int
    raw_bytes: int
    bytes: int

    def __add__(self, other: "Delta") -> "Delta":
        return Delta(
            self.rows + other.rows, self.raw_bytes + other.raw_bytes, self.bytes + other.bytes
        )

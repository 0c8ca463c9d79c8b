"""Row and byte estimates: from the last run, or from the planner of the upstream server."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from pipeline.designs.model.design import Design
from pipeline.errors import StorageError
from pipeline.manifest import Manifest
from pipeline.names import Fingerprint, Layout, RunDate, TableName
from pipeline.procedures.dump.attempts import find_manifests, parse_date
from pipeline.procedures.dump.split import RATIO
from pipeline.sql.markers.marker import FILLING
from pipeline.sql.markers.run_date import run_date_of
from pipeline.sql.upstream.extract import Extract, select
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Session, Upstream
from pipeline.stores.upstream.errors import QueryError
from pipeline.stores.warehouse import Row

DATES = 7
"""Number of dates with dumps to search for a table's last manifest, newest first."""

READERS = 8


@dataclass(frozen=True, slots=True)
class Estimate:
    """Rows and compressed bytes; ``origin`` is the date of the count, or who estimated it."""

    rows: int | None = None
    bytes: int | None = None
    origin: str = ""
    keys: int | None = None
    """The keys that are read beside the rows of a delta."""

    def limited(self, limit: int | None) -> "Estimate":
        """Return the estimate for at most ``limit`` rows."""
        if limit is None or self.rows is None or self.rows <= limit:
            return self
        share = None if self.bytes is None else self.bytes * limit // self.rows
        return Estimate(limit, share, self.origin)


Estimates = dict[TableName, Estimate]


def from_markers(rows: Iterable[Row]) -> Estimates:
    """Return estimates from the newest markers, given oldest first."""
    found = (
        row
        for row in rows
        if row["task"] in FILLING
        and row["row_count"] is not None
        and not Fingerprint.parse(row["fingerprint"]).is_partial
    )
    return {
        TableName.parse(row["target_table"]): Estimate(
            row["row_count"], row["byte_count"], str(run_date_of(row))
        )
        for row in found
    }


def from_manifests(
    s3: S3Store, layout: Layout, designs: Sequence[Design], date: RunDate
) -> Estimates:
    """Return estimates from each table's newest manifest up to this date."""
    missing = {design.stem: design.name for design in designs}
    found: Estimates = {}
    for each in islice(_dates(s3, layout, date), DATES):
        if not missing:
            break
        complete = find_manifests(s3, layout, each)
        whole = [(dump, item) for dump, item in complete if dump.is_whole]
        keys = {dump.stem: item.key for dump, item in whole if dump.stem in missing}
        with ThreadPoolExecutor(READERS) as pool:
            manifests = list(pool.map(lambda key: _read(s3, key), keys.values()))
        for stem, manifest in zip(keys, manifests, strict=True):
            if manifest is not None:
                found[missing.pop(stem)] = Estimate(manifest.rows, manifest.bytes, str(each))
    return found


def _dates(s3: S3Store, layout: Layout, date: RunDate) -> Iterator[RunDate]:
    """Yield the dates with dumps up to ``date``, newest first."""
    names = (folder.rstrip("/").rpartition("/")[2] for folder in s3.folders(layout.data))
    found = sorted((each for each in map(parse_date, names) if each), reverse=True)
    yield from (each for each in found if each <= date)


def _read(s3: S3Store, key: str) -> Manifest | None:
    """Read a manifest; return None if it is missing or malformed, since estimates are optional."""
    try:
        return Manifest.from_json(s3.read(key).decode("utf-8"))
    except (StorageError, ValueError, KeyError, TypeError):
        return None


def from_upstream(upstream: Upstream, designs: Sequence[Design], limit: int | None) -> Estimates:
    """Return estimates of a source's planner, in one transaction as long as no query fails."""
    waiting = list(reversed(designs))
    found: Estimates = {}
    while waiting:
        with upstream.snapshot() as session:
            found |= _until_first_error(session, waiting, limit)
    return found


def _until_first_error(session: Session, waiting: list[Design], limit: int | None) -> Estimates:
    """Estimate tables, removing them from ``waiting``, up to the first whose query fails."""
    found: Estimates = {}
    while waiting:
        design = waiting.pop()
        try:
            found[design.name] = _planned(session, design, limit)
        except QueryError as error:
            if error.sqlstate is None:
                raise
            break
    return found


def _planned(session: Session, design: Design, limit: int | None) -> Estimate:
    assert design.source is not None, "only tables from upstream are dumped"
    extract = Extract(design.source, design.data_columns, design.extract.condition, limit)
    plan = session.plan(select(extract), design.source)
    return Estimate(plan.rows, plan.rows * plan.width // RATIO, "upstream's estimate")

"""Delete old dumps, forgotten dumps, and leftovers of interrupted runs."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.errors import StorageError, WarehouseError
from pipeline.names import TableName
from pipeline.procedures.dump.attempts import Dumped, abandoned_uploads, is_dead, read_dumps
from pipeline.procedures.dump.proof import read_manifest
from pipeline.procedures.load.leftovers import find_staging_tables
from pipeline.procedures.own_tables import UNDEFINED_TABLE, UNPREPARED
from pipeline.sql.markers import check_results
from pipeline.sql.tables import ddl
from pipeline.stores.s3.bucket import S3Store, StoredObject
from pipeline.stores.s3.unfinished import Unfinished, abort
from pipeline.stores.warehouse import Warehouse

logger = logging.getLogger(__name__)

RESULTS_KEPT = dt.timedelta(days=90)
"""Age of the results of checks, and of the wrong rows, that are kept."""


@dataclass(frozen=True, slots=True)
class PruneJob:
    """Where to look, and the number of days with complete dumps to ``keep`` of each table.

    ``needed`` are the URLs of the manifests that the last loads came from.
    """

    s3: S3Store
    folder: str
    warehouse: Warehouse
    schemas: tuple[str, ...]
    needed: Collection[str]
    keep: int
    marker_schema: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A dump without manifest, which was interrupted or forgotten and cannot be loaded."""

    stem: str
    name: str
    objects: tuple[StoredObject, ...]


@dataclass(frozen=True, slots=True)
class OldResults:
    """Results of checks, or wrong rows, that are older than a time."""

    table: TableName
    before: dt.datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What can be deleted."""

    dumps: tuple[Dumped, ...]
    attempts: tuple[Attempt, ...]
    uploads: tuple[Unfinished, ...]
    staging_tables: tuple[TableName, ...]
    results: tuple[OldResults, ...] = ()

    @property
    def manifests(self) -> list[StoredObject]:
        """The manifests, which have to be deleted before the parts that they list."""
        return [dump.manifest for dump in self.dumps if dump.manifest is not None]

    @property
    def parts(self) -> list[StoredObject]:
        """All other objects."""
        dumps = [item for dump in self.dumps for item in dump.parts]
        return dumps + [item for attempt in self.attempts for item in attempt.objects]


def find_leftovers(job: PruneJob) -> Leftovers:
    """Find what can be deleted; delete nothing."""
    now = job.s3.clock()  # before the list: a delay between the two makes nothing look older
    dumps = read_dumps(job.folder, job.s3.list(job.folder))
    old = old_dumps(dumps, job.keep, {_key(job.s3, url) for url in job.needed}, now)
    found = {id(dump) for dump in old}
    return Leftovers(
        dumps=old,
        attempts=tuple(
            attempt
            for dump in dumps
            if id(dump) not in found
            for attempt in _abandoned(job.s3, dump, now)
        ),
        uploads=tuple(abandoned_uploads(job.s3, job.folder, _living(dumps, now))),
        staging_tables=find_staging_tables(job.warehouse.query, job.schemas),
        results=tuple(_old_results(job.warehouse, job.marker_schema)),
    )


def _old_results(warehouse: Warehouse, schema: str) -> Iterator[OldResults]:
    """Yield how many results of checks are too old; none if their tables are not there."""
    before = dt.datetime.now(dt.UTC) - RESULTS_KEPT
    for own in check_results.own_tables(schema):
        try:
            [row] = warehouse.query(check_results.count_older(own.name, before))
        except WarehouseError as error:
            if error.sqlstate not in UNPREPARED:
                raise
            continue
        if row["row_count"]:
            yield OldResults(own.name, before, row["row_count"])


def _living(dumps: Iterable[Dumped], now: dt.datetime) -> set[str]:
    """Return the folders of attempts that may live."""
    return {
        items[0].key.rpartition("/")[0]
        for dump in dumps
        for items in dump.attempts.values()
        if not is_dead(items, now)
    }


def old_dumps(
    dumps: Iterable[Dumped], keep: int, needed: Collection[str], now: dt.datetime
) -> tuple[Dumped, ...]:
    """Return the dumps older than the newest ``keep`` days with a complete dump of their table.

    The dumps of a day's hours are kept, or not, together with that of the day.
    Dumps that the last load came from, and dumps in progress, are kept; ``now`` is S3's time.
    """
    by_stem: defaultdict[str, list[Dumped]] = defaultdict(list)
    for dump in dumps:
        by_stem[dump.stem].append(dump)
    return tuple(dump for group in by_stem.values() for dump in _old(group, keep, needed, now))


def _old(
    dumps: Sequence[Dumped], keep: int, needed: Collection[str], now: dt.datetime
) -> Iterator[Dumped]:
    days = sorted({dump.date.day for dump in dumps if dump.is_whole}, reverse=True)
    if len(days) < keep:
        return
    for dump in dumps:
        if dump.date.day < days[keep - 1]:
            is_needed = dump.manifest is not None and dump.manifest.key in needed
            if not is_needed and (dump.manifest is not None or _has_ended(dump, now)):
                yield dump


def _has_ended(dump: Dumped, now: dt.datetime) -> bool:
    return all(is_dead(items, now) for items in dump.attempts.values())


def _abandoned(s3: S3Store, dump: Dumped, now: dt.datetime) -> Iterator[Attempt]:
    """Yield the attempts at a dump that are not in its manifest and have ended."""
    dead = {name: items for name, items in dump.attempts.items() if is_dead(items, now)}
    if not dead or (dump.manifest is not None and len(dump.attempts) < 2):
        return
    try:
        used = _parts(s3, dump.manifest) if dump.manifest else frozenset()
    except StorageError as error:
        logger.warning("%s is kept: %s", s3.url(dump.stem), error)
        return
    for name, items in dead.items():
        if not used.intersection(item.key for item in items):
            yield Attempt(dump.stem, name, tuple(items))


def _parts(s3: S3Store, manifest: StoredObject) -> frozenset[str]:
    return frozenset(_key(s3, part.url) for part in read_manifest(s3, manifest.key).parts)


def _key(s3: S3Store, url: str) -> str:
    return url.removeprefix(s3.url(""))


def remove(job: PruneJob, leftovers: Leftovers) -> None:
    """Delete the leftovers; those already deleted are not an error."""
    job.s3.delete(item.key for item in leftovers.manifests)
    job.s3.delete(item.key for item in leftovers.parts)
    abort(job.s3, leftovers.uploads)
    for old in leftovers.results:
        job.warehouse.execute(check_results.delete_older(old.table, old.before))
    for name in leftovers.staging_tables:
        try:
            job.warehouse.execute(ddl.drop_table(name, if_exists=True))
        except WarehouseError as error:
            if error.sqlstate != UNDEFINED_TABLE:
                raise

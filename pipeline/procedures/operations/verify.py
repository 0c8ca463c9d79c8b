"""Compare a relation in the warehouse with what it is made from, value by value.

The expected rows are loaded into a table that exists only within the transaction, which is rolled
back: nothing changes, and an interrupted comparison leaves nothing in the warehouse.
"""

import logging
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial

from pipeline.errors import StorageError, WarehouseError
from pipeline.figures import count
from pipeline.manifest import Manifest
from pipeline.procedures.dump import attempts
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.dump.table import write_parts
from pipeline.procedures.files import FilesJob, gather
from pipeline.procedures.inventory import find_altered, kind_of
from pipeline.procedures.load.refresh import insert_query
from pipeline.procedures.load.table import Fill, LoadJob, copy_rows, silent
from pipeline.procedures.publish.publication import Publication
from pipeline.sql.tables import ddl
from pipeline.sql.tables.difference import (
    Difference,
    comparison_key,
    difference,
    examples,
    read_difference,
)
from pipeline.stores.warehouse import Row

logger = logging.getLogger(__name__)

MANIFEST = "verify.manifest"

LoadOf = Callable[[Manifest, str], LoadJob]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The result: the number of expected rows, what differs, and keys of some rows that do.

    If the columns were ``altered``, no rows are compared.
    """

    rows: int
    difference: Difference
    examples: tuple[Row, ...] = ()
    altered: str = ""

    @property
    def differs(self) -> bool:
        """Return whether anything differs."""
        return bool(self.difference or self.altered)


def compare_table(job: DumpJob | FilesJob, load_of: LoadOf) -> Comparison:
    """Dump a table under a new snapshot and compare the warehouse's table with it.

    ``load_of`` returns the load of a manifest. The dump is an attempt like any other, except that
    it is deleted at the end.
    """
    with ExitStack() as cleanup:
        if isinstance(job, FilesJob):
            folder = f"{job.manifest_key.removesuffix(attempts.MANIFEST)}/{attempts.new_name()}/"
            cleanup.callback(_delete, job, folder)
            manifest_key = f"{folder}{MANIFEST}"
            manifest = gather(replace(job, manifest_key=manifest_key, append=None))
        else:
            manifest_key = f"{job.attempt_folder}{MANIFEST}"
            cleanup.callback(_delete, job, job.attempt_folder)
            with attempts.Lease(job.s3, job.attempt_folder) as lease:
                manifest = write_parts(job, renew_lease=lease.renew)
            job.s3.write(manifest_key, manifest.to_json().encode())
        load = replace(load_of(manifest, job.s3.url(manifest_key)), report_progress=silent)
        return _compare(load.publication, lambda *place: copy_rows(load, *place))


def compare_derived(publication: Publication) -> Comparison:
    """Run the query of a derived table again and compare the warehouse's table with its rows."""
    return _compare(publication, partial(insert_query, publication.design))


def _compare(publication: Publication, insert: Fill) -> Comparison:
    design, staging = publication.design, publication.staging_table()
    with publication.place.warehouse.transaction() as transaction:
        if kind_of(transaction, design.name) != "table":
            raise WarehouseError(
                f"there is no table {design.name} in the warehouse; load it first"
            )
        if altered := find_altered(transaction.query, design, sizes=False):
            return Comparison(0, Difference(0, 0, 0), altered=altered)
        transaction.execute(ddl.create_table(design, name=staging, foreign_keys=False))
        rows = insert(transaction, staging)
        found = read_difference(design, transaction.query(difference(design, staging))[0])
        shown = (
            transaction.query(examples(design, staging))
            if found and comparison_key(design)
            else []
        )
        transaction.roll_back()
    logger.info("%s: compared %s", design.name, count(rows, "row"))
    return Comparison(rows, found, tuple(shown))


def _delete(job: DumpJob | FilesJob, folder: str) -> None:
    """Delete what a comparison wrote; what cannot be deleted is left to ``pipeline prune``."""
    with suppress(StorageError):
        job.s3.delete([item.key for item in job.s3.list(folder)])

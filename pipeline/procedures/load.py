"""Load a dump into a staging table, verify it, and publish it."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from pipeline.errors import StorageError, WarehouseError
from pipeline.figures import count
from pipeline.manifest import Manifest
from pipeline.names import TableName, is_staging_table
from pipeline.procedures.monitor import ReportProgress, Session, monitor_copy
from pipeline.procedures.publish import Publication, StagingTableGoneError
from pipeline.procedures.verify import verify
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.markers import marker
from pipeline.sql.tables import copy, ddl, publish
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.stores.warehouse import Row, Transaction, Warehouse

logger = logging.getLogger(__name__)

ATTEMPTS = 5

SHOWN = 3
"""Load errors that are shown; the others are counted."""

Fill = Callable[[Transaction, TableName], int]
"""Inserts rows into a staging table, within its transaction; returns the number expected."""


def silent(scanned: int, total: int) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True)
class LoadJob:
    """What to load, from where, and where to publish it."""

    publication: Publication
    manifest: Manifest
    manifest_url: str
    authorization: IamRole | AccessKeys = field(repr=False)
    region: str | None
    report_progress: ReportProgress = silent
    """Called while COPY runs."""


def load(job: LoadJob) -> int:
    """Load a dump, all of it or nothing; return its number of rows.

    The table keeps its old rows until the new ones are verified. WarehouseError with file, line,
    column, value and reason if a value does not fit.
    """
    started = time.monotonic()
    _check_whole(job)
    publication = job.publication.with_marker(
        byte_count=job.manifest.bytes, manifest=job.manifest_url
    )
    rows = fill_and_publish(publication, partial(copy_rows, job))
    publication.place.warehouse.execute_outside(publish.analyze(publication.name))
    logger.info(
        "%s: loaded %s in %.1f s", publication.name, count(rows, "row"), time.monotonic() - started
    )
    return rows


def fill_and_publish(publication: Publication, fill: Fill) -> int:
    """Fill a staging table, verify it, publish it; return its number of rows.

    Load again if another run of the same task dropped the staging table as a leftover.
    """
    warehouse, name = publication.place.warehouse, publication.name
    with warehouse.transaction() as transaction:
        publication.refuse_partial(transaction)
    for _ in range(ATTEMPTS):
        staging, rows = _prepare(publication, fill)
        with suppress(StagingTableGoneError):
            publication.with_marker(row_count=rows).publish(staging)
            return rows
        logger.info("%s: another run loads the same table; loading again", name)
    raise WarehouseError(f"{name}: other runs of this task interfered {ATTEMPTS} times")


def _prepare(publication: Publication, fill: Fill) -> tuple[TableName, int]:
    """Create, fill, verify and commit a staging table; return its name and its number of rows.

    Staging tables of killed attempts are dropped first.
    """
    warehouse, design = publication.place.warehouse, publication.design

    def work() -> tuple[TableName, int]:
        staging = publication.staging_table()
        _drop_leftovers(publication)
        with warehouse.transaction() as transaction:
            transaction.execute(ddl.create_table(design, name=staging, foreign_keys=False))
            expected = fill(transaction, staging)
            verify(transaction, design, staging, expected)
        return staging, expected

    return warehouse.retry(work)


def _drop_leftovers(publication: Publication) -> None:
    """Drop the staging tables that interrupted loads of a table left behind.

    The marker table's lock ensures that no run is between finding its staging table and renaming
    it. A run that is loading the same table then lacks its staging table, and loads again.
    """
    place, name = publication.place, publication.name
    if not _leftovers(name, place.warehouse.query(catalog.staging_tables((name.schema,)))):
        return
    with place.warehouse.transaction() as transaction:
        transaction.execute(marker.lock_markers(place.marker_schema))
        for leftover in _leftovers(
            name, transaction.query(catalog.staging_tables((name.schema,)))
        ):
            logger.info("%s: dropping %s, left behind by an interrupted load", name, leftover)
            transaction.execute(ddl.drop_table(leftover))


def _leftovers(name: TableName, rows: Iterable[Row]) -> list[TableName]:
    """Return the staging tables of a relation among those of its schema."""
    tables = (row["table_name"] for row in rows)
    return [TableName(name.schema, table) for table in tables if is_staging_table(table, name)]


def copy_rows(job: LoadJob, transaction: Transaction, staging: TableName) -> int:
    """Run COPY and compare its number of rows with the dump's; explain a failure."""
    found = transaction.query(copy.session())[0]
    session = Session(found["session_id"], found["started"].replace(tzinfo=dt.UTC))
    name, warehouse = job.publication.name, job.publication.place.warehouse
    statement = copy.copy_from_s3(
        job.publication.design,
        staging,
        job.manifest,
        manifest_url=job.manifest_url,
        authorization=job.authorization,
        region=job.region,
    )
    try:
        with monitor_copy(warehouse, session, job.report_progress):
            transaction.execute(statement)
    except WarehouseError as error:
        transaction.roll_back()
        details = () if error.retryable else load_errors(warehouse, session)
        if not details:
            raise
        raise WarehouseError(render_load_errors(name, details), sqlstate=error.sqlstate) from error
    copied: int = transaction.query(copy.copied_rows())[0]["row_count"]
    if job.manifest.rows not in {None, copied}:
        raise WarehouseError(
            f"{name}: COPY loaded {copied:,} rows, the dump has {job.manifest.rows:,}; nothing was"
            " published. Run 'pipeline forget' for the table and dump it again"
        )
    return copied


def _check_whole(job: LoadJob) -> None:
    """Raise StorageError if a manifest's name and content disagree on a limit."""
    if job.manifest.partial != job.publication.marker.fingerprint.is_partial:
        holds = "a part of the rows" if job.manifest.partial else "all rows"
        raise StorageError(
            f"{job.manifest_url} holds {holds}, contrary to its name: the object was moved."
            " Run 'pipeline forget' for the table and dump it again"
        )


def load_errors(warehouse: Warehouse, session: Session) -> tuple[Row, ...]:
    """Read a session's load errors; none if neither of the two views holds any.

    The older view is read first, because it shows the value; serverless clusters lack it.
    """
    for statement in reversed(copy.load_errors(session_id=session.number, since=session.since)):
        try:
            rows = warehouse.query(statement)
        except WarehouseError as error:
            logger.debug("load errors cannot be read: %s", error)
            continue
        if rows:
            return tuple(rows)
    return ()


def render_load_errors(name: TableName, rows: tuple[Row, ...]) -> str:
    """Render load errors: file, line, column, value and reason of each."""
    lines = [f"COPY into {name} failed; the table keeps its old rows."]
    for row in rows[:SHOWN]:
        value = row["field_value"]
        lines += [
            f"file:   {row['file_name']}",
            f"line:   {row['line_number']}",
            f"column: {row['column_name']} {_type(row)}",
            f"value:  {'(see stl_load_errors)' if value is None else value}",
            f"reason: {row['reason']} (code {row['code']})",
        ]
    if len(rows) > SHOWN:
        lines.append(f"and {len(rows) - SHOWN} more")
    lines.append(
        "Fix the value upstream, or change the column's sql_type or expression in the design;"
        " too_long can shorten texts."
    )
    return "\n".join(lines)


def _type(row: Row) -> str:
    length = (row["column_length"] or "").strip()
    return (
        f"{row['column_type']}({length})" if length not in {"", "0"} else str(row["column_type"])
    )

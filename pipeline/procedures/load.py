"""Load a dump into a generation of its table, verify it, and have it published."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from pipeline.designs.fingerprint import limit_of
from pipeline.designs.model import Design
from pipeline.errors import StorageError, WarehouseError
from pipeline.figures import count
from pipeline.manifest import Manifest
from pipeline.names import TableName
from pipeline.procedures.monitor import Session, Tell, watched
from pipeline.procedures.publish import (
    Place,
    StagingTableGoneError,
    publish_staging_table,
    refuse_partial,
)
from pipeline.procedures.verify import verify
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.markers import marker
from pipeline.sql.markers.marker import Marker
from pipeline.sql.tables import copy, ddl, publish
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.stores.warehouse import Row, Transaction, Warehouse

logger = logging.getLogger(__name__)

ATTEMPTS = 5

SHOWN = 3
"""Of a load's errors; the number of the others is told."""

Fill = Callable[[Transaction, TableName], int]
"""Puts rows into a generation, within its transaction, and returns how many there must be."""


def silent(scanned: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class LoadJob:
    """Everything that a load needs to know."""

    place: Place
    design: Design
    manifest: Manifest
    manifest_url: str
    authorization: IamRole | AccessKeys = field(repr=False)
    region: str | None
    proof: Marker
    referencing: tuple[Design, ...] = ()
    tell: Tell = silent
    """Told while COPY runs."""


def load(job: LoadJob) -> int:
    """Load a dump, all of it or nothing; return its number of rows.

    The table keeps its old rows until the new ones are verified. WarehouseError with file, line,
    column, value and reason where a value does not fit.
    """
    started = time.monotonic()
    _check_whole(job)
    proof = dataclasses.replace(
        job.proof,
        byte_count=job.manifest.bytes,
        manifest=job.manifest_url,
    )
    fill = partial(_copy, job)
    rows = fill_and_publish(job.place, job.design, proof, job.referencing, fill)
    job.place.warehouse.execute_outside(publish.analyze(job.design.name))
    logger.info(
        "%s: loaded %s in %.1f s",
        job.design.name,
        count(rows, "row"),
        time.monotonic() - started,
    )
    return rows


def fill_and_publish(
    place: Place, design: Design, proof: Marker, referencing: tuple[Design, ...], fill: Fill
) -> int:
    """Fill a generation, verify it, publish it; return its number of rows.

    Loads again where a run of the same task, at the same time, took the generation for a leftover.
    """
    with place.warehouse.transaction() as transaction:
        refuse_partial(place, transaction, proof)
    for _ in range(ATTEMPTS):
        staging, rows = _prepare(place, design, fill)
        with suppress(StagingTableGoneError):
            counted = dataclasses.replace(proof, row_count=rows)
            publish_staging_table(place, design, staging, counted, referencing)
            return rows
        logger.info("%s: another run loads it too; once more", design.name)
    raise WarehouseError(f"{design.name}: other runs of this task got in the way {ATTEMPTS} times")


def _prepare(place: Place, design: Design, fill: Fill) -> tuple[TableName, int]:
    """Create a generation, fill it, verify it, commit it; return its name and its number of rows.

    Generations that killed attempts left behind are dropped first.
    """

    def work() -> tuple[TableName, int]:
        staging = publish.staging_table(design.name, place.attempt())
        _drop_leftovers(place, design.name)
        with place.warehouse.transaction() as transaction:
            transaction.execute(ddl.create_table(design, name=staging, foreign_keys=False))
            expected = fill(transaction, staging)
            verify(transaction, design, staging, expected)
        return staging, expected

    return place.warehouse.retry(work)


def _drop_leftovers(place: Place, name: TableName) -> None:
    """Drop what interrupted loads of a table left behind.

    Under the marker table's lock, so that no run is between finding its generation and renaming
    it. A run that loads the same table at this moment finds its generation gone, and loads again.
    """
    if not place.warehouse.query(catalog.staging_tables(name)):
        return
    with place.warehouse.transaction() as transaction:
        transaction.execute(marker.lock_markers(place.marker_schema))
        for row in transaction.query(catalog.staging_tables(name)):
            leftover = TableName(name.schema, row["table_name"])
            logger.info("%s: dropping %s, left behind by an interrupted load", name, leftover)
            transaction.execute(ddl.drop_table(leftover))


def _copy(job: LoadJob, transaction: Transaction, staging: TableName) -> int:
    """Run COPY, compare its count with the dump's, explain its failure by the load errors."""
    found = transaction.query(copy.session())[0]
    session = Session(found["session_id"], found["started"].replace(tzinfo=dt.UTC))
    statement = copy.copy_from_s3(
        job.design,
        staging,
        job.manifest,
        manifest_url=job.manifest_url,
        authorization=job.authorization,
        region=job.region,
    )
    warehouse = job.place.warehouse
    try:
        with watched(warehouse, session, job.tell):
            transaction.execute(statement)
    except WarehouseError as error:
        transaction.roll_back()
        details = () if error.retryable else load_errors(warehouse, session)
        if not details:
            raise
        raise WarehouseError(
            render_load_errors(job.design.name, details), sqlstate=error.sqlstate
        ) from error
    copied: int = transaction.query(copy.copied_rows())[0]["row_count"]
    if job.manifest.rows not in {None, copied}:
        raise WarehouseError(
            f"{job.design.name}: COPY loaded {copied:,} rows, the dump has"
            f" {job.manifest.rows:,}; nothing was published. Run 'pipeline forget' for the table"
            " and dump it again"
        )
    return copied


def _check_whole(job: LoadJob) -> None:
    """Keep a part from being taken for the whole, whatever name its manifest was given."""
    if job.manifest.partial != (limit_of(job.proof.fingerprint) is not None):
        holds = "a part of the rows" if job.manifest.partial else "all rows"
        raise StorageError(
            f"{job.manifest_url} holds {holds}, which its name does not say: somebody moved it."
            " Run 'pipeline forget' for the table and dump it again"
        )


def load_errors(warehouse: Warehouse, session: Session) -> tuple[Row, ...]:
    """Fetch a session's load errors; none where neither of the two views tells any.

    The older view comes first, since it shows the value; serverless clusters have only the other.
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
    """Render load errors as a block that can be read: file, line, column, value, reason."""
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
    lines.append("Mend the value upstream, or the column's sql_type or expression in the design.")
    return "\n".join(lines)


def _type(row: Row) -> str:
    length = (row["column_length"] or "").strip()
    return (
        f"{row['column_type']}({length})" if length not in {"", "0"} else str(row["column_type"])
    )

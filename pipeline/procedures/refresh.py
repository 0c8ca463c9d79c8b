"""Refresh a derived table from its query, or replace a view."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from pipeline.designs.model import Design
from pipeline.errors import WarehouseError
from pipeline.figures import count
from pipeline.names import TableName
from pipeline.procedures.load import fill_and_publish
from pipeline.procedures.publish import (
    Place,
    grant_and_comment,
    kind_of,
    published,
    write_marker,
)
from pipeline.sql.markers.marker import Marker
from pipeline.sql.tables import ddl, publish
from pipeline.sql.tables.refresh import fill
from pipeline.stores.warehouse import Transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RefreshJob:
    """Everything that a refresh needs to know."""

    place: Place
    design: Design
    proof: Marker
    referencing: tuple[Design, ...] = ()


def refresh(job: RefreshJob) -> int:
    """Bring a derived relation up to date; return its number of rows, 0 for a view."""
    started = time.monotonic()
    rows = _replace_view(job) if job.design.kind == "VIEW" else _refresh_table(job)
    logger.info(
        "%s: %s in %.1f s",
        job.design.name,
        "view replaced" if job.design.kind == "VIEW" else f"refreshed {count(rows, 'row')}",
        time.monotonic() - started,
    )
    return rows


def _refresh_table(job: RefreshJob) -> int:
    def insert(transaction: Transaction, staging: TableName) -> int:
        return sum(transaction.execute(each) for each in fill(job.design, staging))

    rows = fill_and_publish(job.place, job.design, job.proof, job.referencing, insert)
    job.place.warehouse.execute_outside(publish.analyze(job.design.name))
    return rows


def _replace_view(job: RefreshJob) -> int:
    """Drop and create within one transaction: CREATE OR REPLACE would refuse other columns."""
    place, design = job.place, job.design

    def work() -> int:
        with place.warehouse.transaction() as transaction:
            if published(place, transaction, job.proof):
                return 0
            kind = kind_of(transaction, design.name)
            if kind == "table":
                raise WarehouseError(
                    f"{design.name} is a table in the warehouse and a VIEW in its design; "
                    "drop or rename the table, and run the task again"
                )
            if kind is not None:
                transaction.execute(ddl.drop_view(design.name))
            transaction.execute(ddl.create_view(design))
            grant_and_comment(place, transaction, design)
            write_marker(place.marker_schema, transaction, job.proof)
        return 0

    return place.warehouse.retry(work)

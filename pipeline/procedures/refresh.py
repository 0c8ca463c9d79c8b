"""Refresh a derived table from its query, or replace a view."""

import logging
import time

from pipeline.errors import WarehouseError
from pipeline.figures import count
from pipeline.names import TableName
from pipeline.procedures.external import check_external
from pipeline.procedures.load import fill_and_publish
from pipeline.procedures.publish import Publication, kind_of
from pipeline.sql.tables import ddl, publish
from pipeline.sql.tables.refresh import fill
from pipeline.stores.warehouse import Transaction

logger = logging.getLogger(__name__)


def refresh(publication: Publication) -> int:
    """Bring a derived relation up to date; return its number of rows, 0 for a view."""
    started = time.monotonic()
    check_external(publication.place.warehouse, publication.design.external)
    is_view = publication.design.kind == "VIEW"
    rows = _replace_view(publication) if is_view else _refresh_table(publication)
    logger.info(
        "%s: %s in %.1f s",
        publication.name,
        "view replaced" if is_view else f"refreshed {count(rows, 'row')}",
        time.monotonic() - started,
    )
    return rows


def _refresh_table(publication: Publication) -> int:
    def insert(transaction: Transaction, staging: TableName) -> int:
        return sum(transaction.execute(each) for each in fill(publication.design, staging))

    rows = fill_and_publish(publication, insert)
    publication.place.warehouse.execute_outside(publish.analyze(publication.name))
    return rows


def _replace_view(publication: Publication) -> int:
    """Drop and create in one transaction: CREATE OR REPLACE would refuse other columns."""
    warehouse, name = publication.place.warehouse, publication.name

    def work() -> int:
        with warehouse.transaction() as transaction:
            if publication.lock_and_check(transaction):
                return 0
            kind = kind_of(transaction, name)
            if kind == "table":
                raise WarehouseError(
                    f"{name} is a table in the warehouse and a VIEW in its design; "
                    "drop or rename the table, and run the task again"
                )
            if kind is not None:
                transaction.execute(ddl.drop_view(name))
            transaction.execute(ddl.create_view(publication.design))
            publication.grant_and_comment(transaction)
            publication.write_marker(transaction)
        return 0

    return warehouse.retry(work)

"""Refresh derived tables from their queries, and replace views."""

import logging
import time
from functools import partial

from pipeline.designs.model.design import Design
from pipeline.errors import WarehouseError
from pipeline.figures import count
from pipeline.names import TableName
from pipeline.procedures.inventory import states_of
from pipeline.procedures.load.external import check_external
from pipeline.procedures.load.table import check_rows, fill_and_publish, prepare_within
from pipeline.procedures.publish.privileges import Carried
from pipeline.procedures.publish.publication import Publication
from pipeline.procedures.publish.readers import Readers
from pipeline.procedures.publish.surrogate_keys import SurrogateKeys, create_key_table
from pipeline.procedures.publish.table import publish_within
from pipeline.sql.tables import ddl
from pipeline.sql.tables.data_checks import Rows
from pipeline.sql.tables.refresh import explain, fill, select_query_rows
from pipeline.stores.warehouse import Transaction

logger = logging.getLogger(__name__)

Together = tuple[Publication, ...]


def refresh(publication: Publication, together: Together = ()) -> int:
    """Bring a derived relation up to date; return its number of rows, 0 for a view.

    If ``together`` names relations, among them this one, all of them are published, or none.
    """
    started = time.monotonic()
    check_external(publication.place.warehouse, publication.design.external)
    is_view = publication.design.kind == "VIEW"
    if together:
        rows = _refresh_together(publication, together)
    else:
        rows = _replace_view(publication) if is_view else _refresh_table(publication)
    logger.info(
        "%s: %s in %.1f s",
        publication.name,
        "view replaced" if is_view else f"refreshed {count(rows, 'row')}",
        time.monotonic() - started,
    )
    return rows


def _refresh_table(publication: Publication) -> int:
    rows = fill_and_publish(publication, partial(insert_query, publication.design))
    publication.place.update_statistics(publication.name)
    return rows


def insert_query(design: Design, transaction: Transaction, staging: TableName) -> int:
    """Fill a table with the rows of a query; return their number."""
    return sum(transaction.execute(each) for each in fill(design, staging))


def _replace_view(publication: Publication) -> int:
    """Drop and create in one transaction: CREATE OR REPLACE would refuse other columns."""
    warehouse = publication.place.warehouse
    readers = Readers(warehouse)

    if publication.checking is not None:
        warehouse.retry(partial(_check_view_alone, publication))

    def work() -> int:
        with warehouse.transaction() as transaction:
            readers.wait_briefly(transaction)
            if not publication.lock_and_check(transaction):
                _replace_view_within(publication, transaction)
        return 0

    return readers.retry(work)


def _check_view_alone(publication: Publication) -> None:
    """Check a view in a transaction without the marker table's lock, which replaces it later."""
    with publication.place.warehouse.transaction() as transaction:
        _check_view(publication, transaction)


def _check_view(publication: Publication, transaction: Transaction) -> None:
    """Check the rows of the query before the view is replaced.

    The query is explained before, so that its own errors are told with its file.
    """
    if publication.checking is not None and not publication.place.is_dry_run:
        transaction.query(explain(publication.design))
    rows = Rows.of_query(select_query_rows(publication.design))
    check_rows(publication, transaction, rows, {})


def _replace_view_within(publication: Publication, transaction: Transaction) -> None:
    name, place = publication.name, publication.place
    state = states_of(transaction.query, name).get(name)
    if state is not None and state.kind == "table":
        raise WarehouseError(
            f"{name} is a table in the warehouse and a VIEW in its design; "
            "drop or rename the table, and run the task again"
        )
    if state is not None:
        transaction.add(ddl.drop_view(name))
    transaction.execute(ddl.create_view(publication.design))
    publication.grant_and_comment(transaction)
    if state is not None:
        carried = Carried(name, place.groups, state, None, place.remark)
        transaction.add(*carried.statements())
    publication.write_marker(transaction)


def _refresh_together(publication: Publication, together: Together) -> int:
    """Refresh relations in one transaction, each from the new rows of those before it.

    The transaction holds the lock of the marker table from its beginning: no other run publishes
    anything until it ends.
    """
    place = publication.place
    create_key_table(place.warehouse, place.marker_schema)

    def work() -> int:
        with place.warehouse.transaction() as transaction:
            if publication.lock_and_check(transaction):
                return 0
            rows = {each.name: _refresh_within(each, transaction) for each in together}
        return rows[publication.name]

    found = place.warehouse.retry(work)
    for each in together:
        if each.design.kind != "VIEW":
            place.update_statistics(each.name)
    return found


def _refresh_within(publication: Publication, transaction: Transaction) -> int:
    design, schema = publication.design, publication.place.marker_schema
    seen = publication.check(transaction.query)
    if design.kind == "VIEW":
        _check_view(publication, transaction)
        _replace_view_within(publication, transaction)
        return 0
    if design.identity is not None:
        publication = publication.with_keys(SurrogateKeys.read(transaction.query, schema, design))
    prepared = prepare_within(publication, transaction, partial(insert_query, design), seen)
    publish_within(prepared.publication, transaction, prepared.staging)
    return prepared.rows

"""The staging tables that interrupted loads left behind."""

import logging

from pipeline.names import TableName
from pipeline.procedures.publish.publication import Publication
from pipeline.sql.catalog.tables import staging_tables
from pipeline.sql.markers import marker
from pipeline.sql.tables import ddl
from pipeline.staging_names import is_leftover
from pipeline.stores.warehouse import Query

logger = logging.getLogger(__name__)


def find_staging_tables(
    query: Query, schemas: tuple[str, ...], of: TableName | None = None
) -> tuple[TableName, ...]:
    """Return staging tables of interrupted loads, such as ``www.etl_stage_0f3a9c1d_orders``.

    With ``of``, only those of loads of this relation. A running load also has one between its two
    transactions; if that is dropped, the load starts again by itself.
    """
    rows = query(staging_tables(schemas))
    names = (TableName(row["table_schema"], row["table_name"]) for row in rows)
    return tuple(name for name in names if is_leftover(name.table, of))


def drop_leftovers(publication: Publication) -> None:
    """Drop the staging tables that interrupted loads of a table left behind.

    A run that is loading the same table then lacks its staging table, and loads again. Under the
    marker table's lock, none is being published.
    """
    place, name = publication.place, publication.name
    if not find_staging_tables(place.warehouse.query, (name.schema,), name):
        return
    with place.warehouse.transaction() as transaction:
        transaction.add(marker.lock_markers(place.marker_schema))
        for each in find_staging_tables(transaction.query, (name.schema,), name):
            logger.info("%s: dropping %s, left behind by an interrupted load", name, each)
            transaction.add(ddl.drop_table(each, if_exists=True))

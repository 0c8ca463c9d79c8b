"""Create a table that is absent; check that Redshift accepts the DDL of one that exists."""

import logging

from pipeline.procedures.inventory import kind_of
from pipeline.procedures.publish.publication import Publication
from pipeline.sql.markers.content import delete_contents
from pipeline.sql.tables import ddl

logger = logging.getLogger(__name__)


def create(publication: Publication) -> None:
    """Create an empty table with its grants; an existing one stays until it gets new rows.

    Markers of rows that the table held before somebody dropped it are deleted, and with them those
    of relations that hold its surrogate keys.
    """
    warehouse, name = publication.place.warehouse, publication.name
    staging = publication.staging_table()

    def work() -> None:
        with warehouse.transaction() as transaction:
            if publication.lock_and_check(transaction):
                return
            table = ddl.create_table(publication.design, name=staging, foreign_keys=False)
            transaction.execute(table)
            if kind_of(transaction, name) is None:
                transaction.add(ddl.rename_table(staging, name.table))
                if transaction.execute(delete_contents(publication.place.marker_schema, [name])):
                    publication.forget_dependents(transaction)
                publication.grant_and_comment(transaction)
                logger.info("%s: created", name)
            else:
                transaction.add(ddl.drop_table(staging))
            publication.write_marker(transaction)

    warehouse.retry(work)

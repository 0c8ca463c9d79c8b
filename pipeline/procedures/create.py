"""Create a table where it is absent, and prove that its DDL is accepted where it is present."""

from __future__ import annotations

import logging

from pipeline.designs.model import Design
from pipeline.procedures.publish import (
    Place,
    grant_and_comment,
    kind_of,
    published,
    write_marker,
)
from pipeline.sql.markers.marker import Marker
from pipeline.sql.tables import ddl, publish

logger = logging.getLogger(__name__)


def create(place: Place, design: Design, proof: Marker) -> None:
    """Create an empty table with its grants; one that exists stays until new rows replace it."""
    staging = publish.staging_table(design.name, place.attempt())

    def work() -> None:
        with place.warehouse.transaction() as transaction:
            if published(place, transaction, proof):
                return
            transaction.execute(ddl.create_table(design, name=staging, foreign_keys=False))
            if kind_of(transaction, design.name) is None:
                transaction.execute(ddl.rename_table(staging, design.name.table))
                grant_and_comment(place, transaction, design)
                logger.info("%s: created", design.name)
            else:
                transaction.execute(ddl.drop_table(staging))
            write_marker(place.marker_schema, transaction, proof)

    place.warehouse.retry(work)

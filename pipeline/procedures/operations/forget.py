"""Remove completion markers, so that work is done again; rows and dumped parts are kept."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.designs.model import Design
from pipeline.names import Layout
from pipeline.sql.markers import marker
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The number of manifests and markers that were removed."""

    manifests: int
    markers: int


@dataclass(frozen=True, slots=True)
class ForgetJob:
    """Relations whose completion markers are removed; ``date`` None means all dates."""

    designs: Sequence[Design]
    date: dt.date | None
    s3: S3Store
    layout: Layout
    warehouse: Warehouse
    marker_schema: str


def forget(job: ForgetJob) -> Forgotten:
    """Remove the manifests and markers of the relations."""
    keys = manifests(job)
    job.s3.delete(keys)
    statement = marker.forget(
        job.marker_schema,
        prefix=job.layout.prefix,
        tables=[design.name for design in job.designs],
        run_date=job.date,
    )

    def delete() -> int:
        with job.warehouse.transaction() as transaction:
            transaction.execute(marker.lock_markers(job.marker_schema))
            return transaction.execute(statement)

    return Forgotten(len(keys), job.warehouse.retry(delete))


def manifests(job: ForgetJob) -> list[str]:
    """Return the keys of all manifests of the relations, with any fingerprint.

    ``PREFIX/data/2026-11-21/www/public-orders.0123456789ab.manifest``
    """
    layout, stems = job.layout, {design.stem for design in job.designs}
    found = []
    for item in job.s3.list(layout.day(job.date) if job.date else layout.data):
        _, _, path = item.key.removeprefix(layout.data).partition("/")
        stem, _, rest = path.partition(".")
        if stem in stems and rest.endswith(".manifest") and "/" not in rest:
            found.append(item.key)
    return found

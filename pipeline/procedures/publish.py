"""Put a finished generation of rows in a table's place, together with the marker that proves it.

The rows were loaded and checked in a transaction of their own, into a table that nobody reads.
What happens here is short and begins with LOCK on the marker table, before the transaction has a
snapshot: two runs publish one after the other, and the second finds the first one's marker. With
the load inside the same transaction, its snapshot would be older than the other run's marker, and
the two would end in a serialization error after hours of COPY, or in two markers.
https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.designs.fingerprint import limit_of
from pipeline.designs.model import Design
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.settings import Groups
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.markers import marker
from pipeline.sql.markers.marker import Marker
from pipeline.sql.tables import ddl, publish
from pipeline.stores.warehouse import Transaction, Warehouse

logger = logging.getLogger(__name__)


def new_attempt() -> str:
    """Return what tells the generation of one attempt from those of all others."""
    return uuid.uuid4().hex[:8]


@dataclass(frozen=True, slots=True)
class Place:
    """What publishing needs to know about the warehouse beside the rows."""

    warehouse: Warehouse
    groups: Groups
    marker_schema: str
    attempt: Callable[[], str] = new_attempt


class StagingTableGoneError(WarehouseError):
    """Another run of the same task took this attempt's rows for leftovers: load them again."""


def published(place: Place, transaction: Transaction, proof: Marker) -> bool:
    """Take the marker table's lock, then tell whether the work is done already.

    The first call of its transaction.
    """
    transaction.execute(marker.lock_markers(place.marker_schema))
    done = bool(transaction.query(marker.select_marker(place.marker_schema, proof.update_id)))
    if not done:
        refuse_partial(place, transaction, proof)
    return done


def refuse_partial(place: Place, transaction: Transaction, proof: Marker) -> None:
    """Raise WarehouseError where some rows of a relation would replace all of them."""
    if limit_of(proof.fingerprint) is None or proof.target_table is None:
        return
    name = TableName.parse(proof.target_table)
    for row in transaction.query(marker.select_content(place.marker_schema, name)):
        if limit_of(row["fingerprint"]) is None:
            raise WarehouseError(
                f"{name} holds all rows of {row['run_date']} (prefix '{row['prefix']}'); a run"
                " with --limit would replace them by a part and was stopped. If that is what you"
                f" want, first: pipeline forget {name} --all-dates"
            )


def write_marker(schema: str, transaction: Transaction, proof: Marker) -> None:
    """Replace what was known about this task, date and relation by the marker, as of now.

    A marker with a date tells of rows: those that other prefixes' markers tell of are gone.
    """
    written = dataclasses.replace(proof, inserted_at=dt.datetime.now(dt.UTC))
    transaction.execute(marker.delete_marker(schema, proof))
    if proof.run_date is not None:
        transaction.execute(marker.delete_elsewhere(schema, proof))
    transaction.execute(marker.insert_marker(schema, written))


def publish_staging_table(
    place: Place,
    design: Design,
    staging: TableName,
    proof: Marker,
    referencing: Iterable[Design],
) -> bool:
    """Publish a committed generation; False where another run did it first, whose rows then stay.

    ``referencing`` are the designs with foreign keys to this one. GenerationGoneError when another
    run dropped the generation.
    """

    def work() -> bool:
        with place.warehouse.transaction() as transaction:
            if published(place, transaction, proof):
                transaction.execute(ddl.drop_table(staging, if_exists=True))
                return False
            if kind_of(transaction, staging) is None:
                raise StagingTableGoneError(f"{staging} was dropped by another run of this task")
            replace(place, transaction, design, staging)
            _declare_foreign_keys(transaction, design, referencing)
            write_marker(place.marker_schema, transaction, proof)
            return True

    return place.warehouse.retry(work)


def replace(place: Place, transaction: Transaction, design: Design, staging: TableName) -> None:
    """Make the generation the table: by a swap, or in place where a view is bound to the table."""
    kind = kind_of(transaction, design.name)
    if kind in {"view", "late-binding view"}:
        transaction.execute(ddl.drop_view(design.name))
    bound = transaction.query(catalog.bound_views(design.name)) if kind == "table" else []
    if bound:
        names = ", ".join(f"{row['view_schema']}.{row['view_name']}" for row in bound)
        _refill(transaction, design, staging, names)
    else:
        _swap(place, transaction, design, staging, exists=kind == "table")


def kind_of(transaction: Transaction, name: TableName) -> str | None:
    """Return what a name stands for in the warehouse, None where it is free."""
    rows = transaction.query(catalog.relation_kind(name))
    return rows[0]["kind"] if rows else None


def _refill(transaction: Transaction, design: Design, staging: TableName, views: str) -> None:
    """Replace the content and keep the table, to which views are bound."""
    if _columns(transaction, design.name) != _columns(transaction, staging):
        raise WarehouseError(
            f"{design.name} cannot get its new columns, because {views} is bound to it; drop the"
            " view, or create it again WITH NO SCHEMA BINDING, and run the task again"
        )
    logger.info("%s: replaced in place, because %s is bound to it", design.name, views)
    transaction.execute(publish.delete_all(design.name))
    transaction.execute(publish.insert_from_staging_table(design, staging))
    transaction.execute(ddl.drop_table(staging))


def _columns(transaction: Transaction, name: TableName) -> list[tuple[str, str]]:
    rows = transaction.query(catalog.table_columns(name))
    return [(row["column_name"], row["column_type"]) for row in rows]


def _swap(
    place: Place,
    transaction: Transaction,
    design: Design,
    staging: TableName,
    *,
    exists: bool,
) -> None:
    """Rename the old table away and the new one into place; readers wait no longer than this."""
    retired = publish.retired(design.name)
    if exists:
        for reference in _references(transaction, design.name):
            transaction.execute(ddl.drop_constraint(reference.table, reference.constraint))
        transaction.execute(ddl.rename_table(design.name, retired.table))
    transaction.execute(ddl.rename_table(staging, design.name.table))
    grant_and_comment(place, transaction, design)
    if exists:
        transaction.execute(ddl.drop_table(retired))


def grant_and_comment(place: Place, transaction: Transaction, design: Design) -> None:
    """Give a new relation its readers and its description."""
    for statement in (*publish.grants(design.name, place.groups), *ddl.comment_on(design)):
        transaction.execute(statement)


def _references(transaction: Transaction, name: TableName) -> tuple[catalog.Reference, ...]:
    return catalog.references(transaction.query(catalog.referencing_foreign_keys(name)))


def _declare_foreign_keys(
    transaction: Transaction, design: Design, referencing: Iterable[Design]
) -> None:
    """Declare the foreign keys of the design and those that point at it, where both ends exist."""
    for owner in (design, *(other for other in referencing if other.name != design.name)):
        keys = [
            key for key in owner.constraints.foreign_keys if design.name in {owner.name, key.table}
        ]
        if not keys or kind_of(transaction, owner.name) != "table":
            continue
        declared = {
            (item.key.columns, item.key.table)
            for item in catalog.references(transaction.query(catalog.own_foreign_keys(owner.name)))
        }
        for key in keys:
            missing = (key.columns, key.table) not in declared
            if missing and kind_of(transaction, key.table) == "table":
                transaction.execute(ddl.add_foreign_key(owner.name, key))

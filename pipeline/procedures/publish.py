"""Put a staging table in a table's place, together with the marker that completes the task.

The rows were loaded and checked in a separate transaction, into a table that no query reads.
What happens here is short and begins with LOCK on the marker table, before the transaction has a
snapshot: two runs publish one after the other, and the second finds the first one's marker. With
the load inside the same transaction, its snapshot would be older than the other run's marker, and
the two would end in a serialization error after hours of COPY, or in two markers.
https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
"""

import dataclasses
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from pipeline.designs.model import Design
from pipeline.errors import WarehouseError
from pipeline.names import TableName, retired, staging_table
from pipeline.procedures.checks.checking import Checking
from pipeline.procedures.content import (
    NOTHING_READ,
    Contents,
    InputsChangedError,
    Reads,
    ReplacedError,
    SupersededError,
    contents,
    proven,
    write_marker,
)
from pipeline.procedures.inventory import columns_of, kind_of, object_id
from pipeline.procedures.loaded_files import LoadedFiles
from pipeline.procedures.readers import Readers
from pipeline.procedures.surrogate_keys import SurrogateKeys
from pipeline.settings import Groups
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.markers import marker
from pipeline.sql.markers.content import delete_contents, select_contents
from pipeline.sql.markers.marker import Marker
from pipeline.sql.tables import ddl, publish
from pipeline.stores.warehouse import Transaction, Warehouse

logger = logging.getLogger(__name__)

DEPENDENT = "2BP01"
"""Other objects depend on this one."""


def new_attempt() -> str:
    """Return what distinguishes the staging tables of two attempts: ``1a2b3c4d``."""
    return uuid.uuid4().hex[:8]


@dataclass(frozen=True, slots=True)
class Place:
    """The place in which relations are published."""

    warehouse: Warehouse
    groups: Groups
    marker_schema: str
    attempt: Callable[[], str] = new_attempt
    remark: Callable[[str], None] = logger.warning
    """Takes what the summary tells beside the number of rows."""
    is_dry_run: bool = False


class StagingTableGoneError(WarehouseError):
    """Another run of the same task dropped the staging table as a leftover; load again."""


class KeysGivenError(WarehouseError):
    """Another run has published the table, and perhaps given new surrogate keys; load again."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A relation to be published, with the marker that is written in the same transaction.

    ``referencing`` are the designs with foreign keys to this one. ``reads`` are the markers of
    what the query reads; ``replace`` allows replacing rows of a later date. ``keys`` are the
    surrogate keys of a table that has them, once its staging table is filled; ``dependents`` are
    the relations that hold these keys. ``files`` are those of an appending source. ``checking`` is
    None if the design has no checks.
    """

    place: Place
    design: Design
    marker: Marker
    referencing: tuple[Design, ...] = ()
    reads: Reads = NOTHING_READ
    replace: bool = False
    keys: SurrogateKeys | None = None
    dependents: tuple[TableName, ...] = ()
    files: LoadedFiles | None = None
    checking: Checking | None = None

    @property
    def name(self) -> TableName:
        """The relation's name."""
        return self.design.name

    def staging_table(self) -> TableName:
        """Return the name of a new attempt's staging table: ``www.etl_stage_1a2b3c4d_orders``."""
        return staging_table(self.name, self.place.attempt())

    def with_marker(self, **known: Any) -> Self:
        """Return the same publication with more columns of its marker."""
        return dataclasses.replace(self, marker=dataclasses.replace(self.marker, **known))

    def with_keys(self, keys: SurrogateKeys | None) -> Self:
        """Return the same publication with the surrogate keys of its table."""
        return dataclasses.replace(self, keys=keys)

    def lock_and_check(self, transaction: Transaction, seen: Contents | None = None) -> bool:
        """Lock the marker table, then return whether another run has published already.

        Must be the first call of its transaction. InputsChangedError if the relations that the
        query reads no longer hold what was ``seen``; otherwise the errors of ``check``.
        """
        schema = self.place.marker_schema
        transaction.execute(marker.lock_markers(schema))
        rows = transaction.query(marker.select_marker(schema, self.marker.update_id))
        if self.marker.run_date is None:
            return bool(rows) and kind_of(transaction, self.name) is not None
        if proven(rows, {str(self.name): object_id(transaction, self.name)}):
            return True
        found = self.check(transaction)
        if seen is not None and not self.reads.is_same(seen, found):
            raise InputsChangedError(f"what {self.name} reads was replaced during its refresh")
        own = found.get(str(self.name))
        if own is not None and own.prefix != self.marker.prefix:
            self.place.remark(f"replaced {own}")
        return False

    def check(self, transaction: Transaction) -> Contents:
        """Return what the relation holds, and what those hold that its query reads.

        SupersededError if they hold rows of a later date, ReplacedError if the query would read
        another run's rows, WarehouseError if a part of the rows would replace all of them.
        """
        names = (self.name, *self.reads.expected)
        found = contents(transaction.query(select_contents(self.place.marker_schema, names)))
        own = found.get(str(self.name))
        if own is not None and self.marker.fingerprint.is_partial and own.is_whole:
            raise WarehouseError(
                f"{self.name} holds all {own}; a run with --limit would replace them by a part and"
                f" was stopped. To allow it, run first: pipeline forget {self.name} --all-dates"
            )
        superseded = own is not None and own.supersedes(self.marker) and not self.replace
        if own is not None and superseded and own.is_there(object_id(transaction, self.name)):
            raise SupersededError(f"superseded by {own}")
        self.reads.check(self.marker, found)
        if self.files is not None:
            self.files.check(transaction, self.place.marker_schema, self.marker)
        return found

    def publish(self, staging: TableName, seen: Contents | None = None) -> bool:
        """Publish a committed staging table, filled from what ``seen`` describes.

        Return False if another run published first; its rows stay. StagingTableGoneError if
        another run dropped the staging table, KeysGivenError if one published other rows. The
        staging table is dropped if the marker table shows that it must not be published.
        """
        readers = Readers(self.place.warehouse)

        def work() -> bool:
            with self.place.warehouse.transaction() as transaction:
                if self.lock_and_check(transaction, seen):
                    transaction.execute(ddl.drop_table(staging, if_exists=True))
                    return False
                if kind_of(transaction, staging) is None:
                    raise StagingTableGoneError(
                        f"{staging} was dropped by another run of this task"
                    )
                if self.keys is not None and not self.keys.is_current(transaction):
                    raise KeysGivenError(f"another run has published {self.name}")
                readers.wait_briefly(transaction)
                self.publish_within(transaction, staging)
                return True

        try:
            return readers.retry(work)
        except (SupersededError, InputsChangedError, ReplacedError, KeysGivenError):
            self.place.warehouse.execute(ddl.drop_table(staging, if_exists=True))
            raise

    def publish_within(self, transaction: Transaction, staging: TableName) -> None:
        """Publish a staging table in a transaction that began with the marker table's lock."""
        if self.keys is not None:
            self.keys.write(transaction, staging)
            if self.keys.lost:
                self.forget_dependents(transaction)
        self._replace(transaction, staging)
        self._declare_foreign_keys(transaction)
        self.write_marker(transaction)

    def forget_dependents(self, transaction: Transaction) -> None:
        """Delete the markers of the relations that hold surrogate keys which no row has now."""
        if self.dependents:
            schema = self.place.marker_schema
            transaction.execute(delete_contents(schema, self.dependents))

    def write_marker(self, transaction: Transaction) -> None:
        """Write the marker, last in the transaction of what it completes."""
        written = self.marker
        if written.run_date is not None:
            found = object_id(transaction, self.name)
            written = dataclasses.replace(written, object_id=found)
        if self.files is not None:
            self.files.write(transaction, self.place.marker_schema, written)
        write_marker(self.place.marker_schema, transaction, written)
        if self.checking is not None:
            write_marker(self.place.marker_schema, transaction, self.checking.marker)

    def grant_and_comment(self, transaction: Transaction) -> None:
        """Grant privileges on a new relation and describe it."""
        grants = publish.grants(self.name, self.place.groups)
        for statement in (*grants, *ddl.comment_on(self.design)):
            transaction.execute(statement)

    def _replace(self, transaction: Transaction, staging: TableName) -> None:
        """Swap the staging table in; fill the table in place if a view is bound to it."""
        kind = kind_of(transaction, self.name)
        if kind in {"view", "late-binding view"}:
            transaction.execute(ddl.drop_view(self.name))
        bound = transaction.query(catalog.bound_views(self.name)) if kind == "table" else []
        if bound:
            names = ", ".join(f"{row['view_schema']}.{row['view_name']}" for row in bound)
            self._refill(transaction, staging, names)
        else:
            self._swap(transaction, staging, exists=kind == "table")

    def _refill(self, transaction: Transaction, staging: TableName, views: str) -> None:
        """Replace the rows and keep the table, to which views are bound.

        Columns that somebody added are dropped, as they are by a swap.
        """
        current, new = columns_of(transaction, self.name), columns_of(transaction, staging)
        refused = WarehouseError(
            f"{self.name} cannot get its new columns, because {views} is bound to it; drop"
            " the view, or create it again WITH NO SCHEMA BINDING, and run the task again"
        )
        added = [column for column in current if column not in new]
        if [column for column in current if column not in added] != new:
            raise refused
        for column, _ in added:
            logger.warning("%s: dropping column %s, which has no design", self.name, column)
            try:
                transaction.execute(ddl.drop_column(self.name, column))
            except WarehouseError as error:
                raise (refused if error.sqlstate == DEPENDENT else error) from error
        logger.info("%s: replaced in place, because %s is bound to it", self.name, views)
        transaction.execute(publish.delete_all(self.name))
        transaction.execute(publish.insert_from_staging_table(self.design, staging))
        transaction.execute(ddl.drop_table(staging))

    def _swap(self, transaction: Transaction, staging: TableName, *, exists: bool) -> None:
        """Rename the old table away and the staging table into its place; readers wait for it."""
        old = retired(staging)
        if exists:
            keys = transaction.query(catalog.referencing_foreign_keys(self.name))
            for reference in catalog.references(keys):
                transaction.execute(ddl.drop_constraint(reference.table, reference.constraint))
            transaction.execute(ddl.rename_table(self.name, old.table))
        transaction.execute(ddl.rename_table(staging, self.name.table))
        self.grant_and_comment(transaction)
        if exists:
            transaction.execute(ddl.drop_table(old))

    def _declare_foreign_keys(self, transaction: Transaction) -> None:
        """Declare the foreign keys of the design and those that reference it.

        Both tables of a key must exist; the others are declared when the second one is published.
        """
        others = (other for other in self.referencing if other.name != self.name)
        for owner in (self.design, *others):
            keys = [
                key
                for key in owner.constraints.foreign_keys
                if self.name in {owner.name, key.table}
            ]
            if not keys or kind_of(transaction, owner.name) != "table":
                continue
            declared = {
                (item.key.columns, item.key.table)
                for item in catalog.references(
                    transaction.query(catalog.own_foreign_keys(owner.name))
                )
            }
            for key in keys:
                missing = (key.columns, key.table) not in declared
                if missing and kind_of(transaction, key.table) == "table":
                    transaction.execute(ddl.add_foreign_key(owner.name, key))

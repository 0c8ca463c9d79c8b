"""What is published: a relation's rows, together with the marker that completes the task."""

import dataclasses
import datetime as dt
import logging
import secrets
import shlex
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from pipeline.designs.model.design import Design
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.procedures.advice import fix_rows
from pipeline.procedures.checks.checking import Checking
from pipeline.procedures.content import (
    NOTHING_READ,
    Contents,
    InputsChangedError,
    Reads,
    SupersededError,
    contents,
    newest_of,
    replacing,
    write_marker,
)
from pipeline.procedures.inventory import (
    RelationState,
    RelationStates,
    kind_of,
    object_id,
    states_of,
)
from pipeline.procedures.outdated import is_stale
from pipeline.procedures.publish.loaded_files import LoadedFiles
from pipeline.procedures.publish.privileges import lacking, privileges
from pipeline.procedures.publish.surrogate_keys import SurrogateKeys
from pipeline.settings import Groups
from pipeline.sql.markers import marker
from pipeline.sql.markers.content import assert_contents, delete_contents, select_contents
from pipeline.sql.markers.marker import Marker
from pipeline.sql.statement import Statement
from pipeline.sql.tables.ddl import comments
from pipeline.sql.tables.publish import analyze
from pipeline.staging_names import staging_table
from pipeline.stores.warehouse import Query, Transaction, Warehouse

logger = logging.getLogger(__name__)


def new_attempt() -> str:
    """Return what distinguishes the staging tables of two attempts: ``1a2b3c4d``.

    It has a letter: ``etl_stage_20261130_orders`` may be somebody's copy.
    """
    return f"{uuid.uuid4().hex[:7]}{secrets.choice('abcdef')}"


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

    def update_statistics(self, name: TableName) -> None:
        """Update the planner's statistics of a published table, whose rows stay after an error."""
        try:
            self.warehouse.execute_outside(analyze(name))
        except WarehouseError as error:
            self.remark(f"the statistics of {name} are not current: {error}")


@dataclass(frozen=True, slots=True)
class Before:
    """What relations hold, and what is in the warehouse, before a relation is published."""

    contents: Contents
    states: RelationStates


@dataclass(frozen=True, slots=True)
class Publication:
    """A relation to be published, with the marker that is written in the same transaction.

    ``referencing`` are the designs with foreign keys to this one. ``reads`` are the markers of
    what the query reads; ``replace`` allows replacing rows of a later date. ``keys`` are the
    surrogate keys of a table that has them, once its staging table is filled; ``dependents`` are
    the relations that hold these keys. ``files`` are those of a source of files. ``checking`` is
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

    @property
    def remedy(self) -> str:
        """What to do about rows that violate the design, without a full stop."""
        appends = self.files is not None and self.files.are_recorded
        return fix_rows(self.design, self.marker.run_date, appends=appends)

    def staging_table(self) -> TableName:
        """Return the name of a new attempt's staging table: ``www.etl_stage_1a2b3c4d_orders``."""
        return staging_table(self.name, self.place.attempt())

    def with_marker(self, **known: Any) -> Self:
        """Return the same publication with more columns of its marker."""
        return dataclasses.replace(self, marker=dataclasses.replace(self.marker, **known))

    def with_keys(self, keys: SurrogateKeys | None) -> Self:
        """Return the same publication with the surrogate keys of its table."""
        return dataclasses.replace(self, keys=keys)

    @property
    def _names(self) -> tuple[TableName, ...]:
        """The relations whose markers decide whether it may be published."""
        return (self.name, *self.reads.expected)

    def lock_and_check(self, transaction: Transaction) -> bool:
        """Lock the marker table, then return whether another run has published already.

        Must be the first call of its transaction; it raises the errors of ``check``.
        """
        schema = self.place.marker_schema
        transaction.add(marker.lock_markers(schema))
        if self.marker.run_date is None:
            rows = transaction.query(marker.select_marker(schema, self.marker.update_id))
            return bool(rows) and kind_of(transaction, self.name) is not None
        found = self.read(transaction.query)
        if self.is_published(transaction.query, found):
            return True
        self.tell_replaced(found)
        return False

    def lock_unchanged(self, before: Before) -> tuple[Statement, ...]:
        """Return statements that lock the marker table, and fail if its markers are others."""
        schema = self.place.marker_schema
        expected = [
            (each.update_id, each.loaded_at, each.position) for each in before.contents.values()
        ]
        return marker.lock_markers(schema), assert_contents(schema, self._names, expected)

    def read(self, query: Query, *staging: TableName) -> Before:
        """Read what a swap must know."""
        found = contents(query(select_contents(self.place.marker_schema, self._names)))
        return Before(found, self.states(query, *staging))

    def states(self, query: Query, *staging: TableName) -> RelationStates:
        """Return the states of the relation and of its staging tables, as far as they exist."""
        return states_of(query, self.name, *staging, comments=comments(self.design))

    def is_complete(self, found: Before) -> bool:
        """Return whether the relation holds this publication's rows: another run was first.

        It does not if what its query reads was loaded again since.
        """
        own, state = found.contents.get(str(self.name)), found.states.get(self.name)
        if own is None or own.update_id != self.marker.update_id:
            return False
        if is_stale(found.contents, self.name, self.reads.expected):
            return False
        return own.is_there(state.object_id if state else None)

    def is_published(self, query: Query, found: Before) -> bool:
        """Return ``is_complete``; if it is not, it raises the errors of ``check``."""
        if self.is_complete(found):
            return True
        state = found.states.get(self.name)
        self._check(query, found.contents, lambda: state.object_id if state else None)
        return False

    def check_inputs(self, before: Contents, after: Contents) -> None:
        """InputsChangedError if what the query reads no longer holds the rows of before."""
        if not self.reads.is_same(before, after):
            raise InputsChangedError(f"what {self.name} reads was replaced during its refresh")

    def tell_replaced(self, found: Before) -> None:
        """Tell in the summary if the rows of another prefix were there."""
        own = found.contents.get(str(self.name))
        if own is not None and own.prefix != self.marker.prefix:
            self.place.remark(f"replaced {own}")

    def check(self, query: Query) -> Contents:
        """Return what the relation holds, and what those hold that its query reads.

        In transactions of their own, before a load: one that has read the marker table keeps
        others from locking it.

        SupersededError if they hold rows of a later date, ReplacedError if the query would read
        another run's rows, WarehouseError if a part of the rows would replace all of them.
        """
        found = contents(query(select_contents(self.place.marker_schema, self._names)))
        self._check(query, found, lambda: object_id(query, self.name))
        return found

    def _check(self, query: Query, found: Contents, current: Callable[[], int | None]) -> None:
        own = found.get(str(self.name))
        if own is not None and self.marker.fingerprint.is_partial and own.is_whole:
            prefix = own.prefix if own.prefix != self.marker.prefix else None
            command = f"pipeline{f' -p {shlex.quote(prefix)}' if prefix else ''} forget"
            raise WarehouseError(
                f"{self.name} holds all {own}; a run with --limit would replace them by a part and"
                f" was stopped. To allow it, run first: {command} {self.name.argument} --all-dates"
            )
        superseded = own is not None and own.supersedes(self.marker) and not self.replace
        if own is not None and superseded and own.is_there(current()):
            raise SupersededError(f"superseded by {own}")
        self.reads.check(self.marker, found)
        if self.files is not None:
            self.files.check(query, self.place.marker_schema, self.marker)

    def replace_marker(
        self, transaction: Transaction, before: Before, published: int | None
    ) -> None:
        """Write the markers of rows and checks, last in the transaction that locked the table.

        ``published`` is the object id of the relation with these rows. What the query reads was
        loaded before them, whatever the clocks of the hosts.
        """
        written = self._publishing(transaction, published)
        transaction.add(*self._markers(written, newest_of(before.contents)))

    def forget_dependents(self, transaction: Transaction) -> None:
        """Delete the markers of the relations that hold surrogate keys which no row has now."""
        if self.dependents:
            schema = self.place.marker_schema
            transaction.add(delete_contents(schema, self.dependents))

    def write_marker(self, transaction: Transaction) -> None:
        """Write the marker, last in the transaction of what it completes."""
        current = None if self.marker.run_date is None else object_id(transaction.query, self.name)
        written = self._publishing(transaction, current)
        write_marker(self.place.marker_schema, transaction, written, self.reads.expected)
        if self.checking is not None:
            write_marker(self.place.marker_schema, transaction, self.checking.marker)

    def _publishing(self, transaction: Transaction, published: int | None) -> Marker:
        """Return the marker of the relation with this object id; record the files with it."""
        written = dataclasses.replace(self.marker, object_id=published)
        if self.files is not None:
            self.files.write(transaction, self.place.marker_schema, written)
        return written

    def _markers(self, written: Marker, newest: dt.datetime | None) -> tuple[Statement, ...]:
        """Return the statements that write the marker of rows, and that of their checks."""
        schema = self.place.marker_schema
        rows = replacing(schema, written, newest)
        if self.checking is None:
            return rows
        return (*rows, *replacing(schema, self.checking.marker, newest))

    def grant_and_comment(self, transaction: Transaction) -> None:
        """Grant privileges on a new relation and describe it."""
        transaction.add(*privileges(self.design, self.place.groups, self.name))

    def restore(self, transaction: Transaction, state: RelationState) -> None:
        """Grant and describe again what the relation, which keeps its place, lacks."""
        place = self.place
        transaction.add(*lacking(self.design, place.groups, state, place.remark))

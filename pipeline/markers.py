"""Completion markers: which ones exist, and what they record of earlier runs."""

import datetime as dt
import functools
import logging
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pipeline.designs.catalog import Catalog
from pipeline.errors import ConfigError, WarehouseError
from pipeline.names import Fingerprint, TableName
from pipeline.procedures.bootstrap import user_exists
from pipeline.settings import Warehouse as WarehouseSettings
from pipeline.sql.markers import marker
from pipeline.sql.markers.marker import Marker
from pipeline.sql.statement import Statement
from pipeline.stores.warehouse import LOGIN_REFUSED, Row, Warehouse

STALE_AFTER = 3.0
"""Seconds after which absent names are queried again; names that were found stay known."""

FEW = 8
"""Names that a forked process queries one by one before it fetches them all."""

UNPREPARED = frozenset({"3F000", "42P01"})
"""No such schema or table: BootstrapWarehouse has not run in this warehouse."""

RECENT = dt.timedelta(days=14)
"""Age of the loads whose sizes set priorities; the marker table's sort key finds them."""

MB = 1_000_000

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Presence:
    """The names that exist in a store, fetched together: one request serves all tasks.

    A forked process runs a single task. What its parent found absent may exist by now, so it asks
    again, but by name: the store could not serve a full listing to each task of a large warehouse.
    """

    fetch: Callable[[], Iterable[str]]
    exists: Callable[[str], bool]
    _known: set[str] = field(default_factory=set, init=False)
    _asked: float | None = field(default=None, init=False)
    _process: int = field(default_factory=os.getpid, init=False)
    _questions: int = field(default=0, init=False)

    def __contains__(self, name: str) -> bool:
        if name in self._known:
            return True
        if self._process != os.getpid() and self._questions < FEW:
            self._questions += 1
            if self.exists(name):
                self._known.add(name)
        elif self._is_stale():
            self._known.update(self.fetch())
            self._asked, self._process = time.monotonic(), os.getpid()
        return name in self._known

    def _is_stale(self) -> bool:
        if self._asked is None or self._process != os.getpid():
            return True
        return time.monotonic() - self._asked > STALE_AFTER

    def add(self, name: str) -> None:
        """Add a name that this process just created."""
        self._known.add(name)


@dataclass(frozen=True, eq=False)
class Markers:
    """The marker table of a warehouse, for the tasks of one prefix.

    ``warehouse`` and ``administration`` connect as the ETL user and as the administrator.
    """

    warehouse: Callable[[], Warehouse]
    administration: Callable[[], Warehouse]
    settings: WarehouseSettings
    prefix: str

    def new(
        self,
        task: str,
        fingerprint: Fingerprint,
        *,
        table: TableName | None = None,
        date: dt.date | None = None,
    ) -> Marker:
        """Return the marker of a task as far as it is known before the task runs.

        Its id is ``production/CopyTable/2026-11-21/www.orders/8f4ec5a24b46``, without the date or
        the relation if the task has none.
        """
        words = (self.prefix, task, date, table, fingerprint)
        now = dt.datetime.now(dt.UTC)
        return Marker(
            update_id="/".join(str(word) for word in words if word),
            task=task,
            target_table=str(table) if table else None,
            run_date=date,
            prefix=self.prefix,
            fingerprint=fingerprint,
            row_count=None,
            byte_count=None,
            manifest=None,
            started_at=now,
            inserted_at=now,
        )

    @functools.cache  # noqa: B019  (one Markers lives as long as the process)
    def presence(self, date: dt.date | None = None) -> Presence:
        """Return the ids of a date's markers and of those without a date, read together."""
        schema = self.settings.marker_schema

        def fetch() -> set[str]:
            statement = marker.select_markers(schema, prefix=self.prefix, run_date=date)
            return {row["update_id"] for row in self.query(statement)}

        def exists(update_id: str) -> bool:
            return bool(self.query(marker.select_marker(schema, update_id)))

        return Presence(fetch, exists)

    def newest(self) -> list[Row]:
        """Return the newest marker of each task and relation, oldest first."""
        schema = self.settings.marker_schema
        return self.query(marker.select_newest(schema, prefix=self.prefix))

    def priorities(self, catalog: Catalog, date: dt.date) -> dict[TableName, int]:
        """Return by relation the MB of recent loads on the longest path from it, itself included.

        A relation that was never loaded counts as 1 MB.
        """
        schema, since = self.settings.marker_schema, date - RECENT
        try:
            rows = self.query(marker.select_sizes(schema, prefix=self.prefix, since=since))
        except WarehouseError as error:
            logger.warning("tables are not loaded in order of size: %s", error)
            rows = []
        sizes = {row["target_table"]: marker.filled_bytes(row) for row in rows}
        own = {name: 1 + sizes.get(str(name), 0) // MB for name in catalog.designs}
        return catalog.graph.longest_paths(own)

    def query(self, statement: Statement) -> list[Row]:
        """Query the marker schema; no rows if BootstrapWarehouse has not run."""
        try:
            return self.warehouse().query(statement)
        except WarehouseError as error:
            if error.sqlstate in UNPREPARED:
                return []
            if error.sqlstate != LOGIN_REFUSED:
                raise
            if not self._owner_exists(error):
                return []
        return self.warehouse().query(statement)  # another run may just have created the owner

    def _owner_exists(self, refused: WarehouseError) -> bool:
        """Return whether the password is wrong, rather than the owner not created yet.

        The server reports both in the same way, so the administrator's connection is used.
        """
        try:
            admin = self.administration()
        except ConfigError as error:
            raise WarehouseError(
                f"{refused}. If the warehouse was never set up: set {self.settings.admin_access},"
                " then run 'luigi --module pipeline BootstrapWarehouse'"
            ) from error
        return user_exists(admin, self.settings.owner)

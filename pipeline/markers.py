"""Completion markers: which ones exist, and what they record of earlier runs."""

import datetime as dt
import functools
import logging
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.designs.catalog import Catalog
from pipeline.designs.graph import Reading
from pipeline.errors import WarehouseError
from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.presence import STALE_AFTER, Presence
from pipeline.procedures.content import Content, Contents, contents, matter, passed_checks, proven
from pipeline.procedures.inventory import Inventory, object_id, select_inventory
from pipeline.procedures.outdated import find_outdated, is_stale
from pipeline.procedures.own_tables import BOOTSTRAP, MarkerTableError, OwnTables
from pipeline.settings import Warehouse as WarehouseSettings
from pipeline.sql.markers import marker
from pipeline.sql.markers.content import select_contents
from pipeline.sql.markers.marker import CHECKS, FILLING, Marker
from pipeline.sql.statement import Statement
from pipeline.stores.warehouse import Row, Warehouse

READS = 3
"""How often markers are read while others publish between them and the catalog."""

RECENT = dt.timedelta(days=14)
"""Age of the loads whose sizes set priorities; the marker table's sort key finds them."""

MB = 1_000_000

logger = logging.getLogger(__name__)


@functools.cache
def warn_once(text: str) -> None:
    """Log a warning, once in a process: markers are read again and again."""
    logger.warning("%s", text)


def earlier_load(update_id: str) -> str:
    """Return the name under which ``presence`` finds a marker whose rows were replaced since."""
    return f"earlier {update_id}"


def later_rows(relation: str) -> str:
    """Return the name under which ``presence`` finds that a relation holds later rows."""
    return f"later {relation}"


@dataclass(frozen=True, eq=False)
class Markers:
    """The marker table of a warehouse, for the tasks of one prefix.

    ``warehouse`` and ``administration`` connect as the ETL user and as the administrator.
    """

    warehouse: Callable[[], Warehouse]
    administration: Callable[[], Warehouse]
    settings: WarehouseSettings
    prefix: str
    schemas: tuple[str, ...] = ()
    """The schemas of the sources, which BootstrapWarehouse creates."""
    dependents: Callable[[], Mapping[TableName, Iterable[TableName]]] = dict
    """Returns by dimension the relations that hold its surrogate keys."""
    reads: Callable[[], Mapping[TableName, Reading]] = dict
    """Returns what each derived relation reads, in order."""
    later: dict[tuple[RunDate, str], Content] = field(default_factory=dict, init=False)
    """Rows of later dates, by the date of the run and relation; ``presence`` fills it."""
    _object_ids: dict[tuple[int, TableName], int | None] = field(default_factory=dict, init=False)
    _held: dict[object, tuple[float, tuple[Contents, Inventory]]] = field(
        default_factory=dict, init=False
    )

    def new(
        self,
        task: str,
        fingerprint: Fingerprint,
        *,
        table: TableName | None = None,
        date: RunDate | None = None,
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
    def presence(self, date: RunDate | None = None) -> Presence:
        """Return the ids of a date's markers that hold, or of those without a date.

        Beside a date's ids are the ``later_rows`` of relations that hold some, and each
        ``earlier_load``.
        """
        schema = self.settings.marker_schema
        statement = marker.select_markers(schema, prefix=self.prefix, run_date=date)

        def fetch() -> set[str]:
            try:
                rows, inventory, holding = self._read(statement, date, few=False)
            except MarkerTableError as error:
                warn_once(str(error))
                return set()  # BootstrapWarehouse is not complete either, and repairs it
            uncertain = holding & self._uncertain(rows, inventory, date)
            return holding - uncertain | {earlier_load(each) for each in uncertain}

        def find(update_id: str) -> set[str]:
            task, relation = self._task_and_relation(update_id)
            question = marker.select_marker(schema, update_id)
            if relation is not None:
                question = select_contents(schema, [relation], checks=task == CHECKS)
            try:
                found = self._read(question, date, update_id, few=task != BOOTSTRAP)[2]
            except MarkerTableError:
                if task != BOOTSTRAP:
                    raise
                return set()
            stale = task in FILLING and update_id in found and self._is_stale(relation)
            return found - {update_id} | {earlier_load(update_id)} if stale else found

        return Presence(fetch, find)

    def _read(
        self, statement: Statement, date: RunDate | None, wanted: str | None = None, *, few: bool
    ) -> tuple[list[Row], Inventory, set[str]]:
        """Return markers, the inventory, and the names of what holds.

        Rows that another task published between the two look replaced, so both are read again. The
        inventory is not read if the rows do not matter to the marker ``wanted``. If the rows are
        ``few``, it has their relations alone: each task asks, in a warehouse of thousands.
        """
        rows, found, names = self.query(statement), Inventory(), set[str]()
        for _ in range(READS):
            if not rows or (wanted and not matter(rows, wanted, date)):
                break
            found = self._relations(rows) if few else self.inventory()
            names |= self._holding(rows, found, date, () if few else self._missing(found))
            others = (each for each in contents(rows).values() if each.update_id not in names)
            if not any(TableName.parse(each.relation) in found.relations for each in others):
                break
            self._object_ids.clear()
            rows = self.query(statement)
        return rows, found, names

    def _task_and_relation(self, update_id: str) -> tuple[str, TableName | None]:
        """Return the task of a marker's id, and the relation if it is about the rows of one."""
        task, _, rest = update_id.removeprefix(f"{self.prefix}/").partition("/")
        if task not in {*FILLING, CHECKS}:
            return task, None
        _, _, rest = rest.partition("/")
        return task, TableName.parse(rest.rpartition("/")[0])

    def find_later(self, date: RunDate, names: Iterable[TableName]) -> None:
        """Let ``presence`` know which of these relations hold ``later_rows`` now."""
        rows = self.query(select_contents(self.settings.marker_schema, names))
        later = [row for row in rows if Content.of(row).is_later(date)]
        for name in self._holding(later, self._relations(later), date, ()):
            self.presence(date).add(name)

    def held(
        self, names: tuple[TableName, ...], *, again: bool = False
    ) -> tuple[Contents, Inventory]:
        """Return what relations hold, and what is in the warehouse.

        A process asks for the same relations once in a few seconds, or ``again``.
        """
        key = os.getpid(), names
        known = self._held.get(key)
        if known is None or again or time.monotonic() - known[0] > STALE_AFTER:
            statement = select_contents(self.settings.marker_schema, names)
            self._object_ids.clear()
            rows, inventory, _ = self._read(statement, None, few=len(names) == 1)
            self._held[key] = known = time.monotonic(), (contents(rows), inventory)
        return known[1]

    def inventory(self) -> Inventory:
        """Read what is in the warehouse, by one query of its catalog."""
        statement = select_inventory(self.schemas, self.settings.marker_schema)
        return Inventory.of(self.query(statement))

    def _relations(self, rows: Iterable[Row]) -> Inventory:
        """Return the relations of markers, as they were when this process first needed them."""
        found = {}
        for text in {row["target_table"] for row in rows if row["target_table"]}:
            key = os.getpid(), TableName.parse(text)
            if key not in self._object_ids:
                self._object_ids[key] = object_id(self.query, key[1])
            if (number := self._object_ids[key]) is not None:
                found[key[1]] = number
        return Inventory(relations=found)

    def _missing(self, inventory: Inventory) -> tuple[str, ...]:
        """Return what the bootstrap created and is gone; warn of it."""
        missing = tuple(inventory.missing(self.schemas, self.settings.marker_schema))
        if missing:
            warn_once(f"{BOOTSTRAP} is repeated: the warehouse lacks {', '.join(missing)}")
        return missing

    def _holding(
        self,
        rows: list[Row],
        inventory: Inventory,
        date: RunDate | None,
        missing: Collection[str],
    ) -> set[str]:
        """Return the ids of the markers that hold, and the names of relations with later rows.

        A marker of the rows of a relation holds while the relation is what was published, and one
        of its checks until other rows are. Markers without a date hold while what the bootstrap
        created is there: if they held without it, no task of a run would require the bootstrap.
        """
        object_ids = {str(name): found for name, found in inventory.relations.items()}
        names = proven(rows, object_ids)
        held = contents(rows)
        for row in rows:
            relation = row["target_table"]
            if row["run_date"] is None and not missing and relation in {None, *object_ids}:
                names.add(row["update_id"])
            if passed_checks(row, held.get(relation)):
                names.add(row["update_id"])
            if row["update_id"] not in names:
                names.add(earlier_load(row["update_id"]))
        for relation, content in held.items():
            if date and content.is_later(date) and content.is_there(object_ids.get(relation)):
                self.later[date, relation] = content
                names.add(later_rows(relation))
        return names

    def _is_stale(self, relation: TableName | None) -> bool:
        """Return whether a derived table is older than a table that its query reads."""
        found = self.reads().get(relation) if relation is not None else None
        if relation is None or found is None or not found.rows:
            return False
        statement = select_contents(self.settings.marker_schema, [relation, *found.rows])
        return is_stale(contents(self.query(statement)), relation, found.rows)

    def _uncertain(self, rows: list[Row], inventory: Inventory, date: RunDate | None) -> set[str]:
        """Return the ids of a date's markers of what is stale, or reads what the run must load.

        Once that is loaded, these are stale or, if a dimension got other surrogate keys, deleted.
        """
        if date is None:
            return set()

        def is_loaded(content: Content) -> bool:
            found = inventory.relations.get(TableName.parse(content.relation))
            run = content.run_date, content.prefix
            return run == (date, self.prefix) and content.is_there(found)

        outdated = find_outdated(contents(rows), is_loaded, self.dependents(), self.reads())
        names = {str(name) for name in outdated}
        return {
            row["update_id"]
            for row in rows
            if row["task"] in FILLING and row["target_table"] in names
        }

    def newest(self) -> list[Row]:
        """Return the newest marker of each task and relation, oldest first."""
        schema = self.settings.marker_schema
        return self.query(marker.select_newest(schema, prefix=self.prefix))

    def priorities(self, catalog: Catalog, day: dt.date) -> dict[TableName, int]:
        """Return by relation the MB of recent loads on the longest path from it, itself included.

        A relation that was never loaded counts as 1 MB.
        """
        schema, since = self.settings.marker_schema, day - RECENT
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
        own = OwnTables(self.warehouse, self.administration, self.settings)
        return own.query(statement)

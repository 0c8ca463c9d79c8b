"""A warehouse to which nothing is said: procedures run against it to show what they would say.

So a preview has the same source as the work itself. Questions about what is there are put to the
real warehouse, where there is one; answers about rows that nobody loaded are assumed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from pipeline.designs.model import Design
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.procedures.publish import Place
from pipeline.settings import Connection, Groups
from pipeline.sql.access.catalog import select_current_state
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.markers import marker
from pipeline.sql.markers.marker import Marker
from pipeline.sql.statement import Statement
from pipeline.sql.tables import checks, copy, publish
from pipeline.stores.warehouse import Row, Transaction, Warehouse

Value = TypeVar("Value")

ATTEMPT = "xxxxxxxx"
"""Stands for the digits that every attempt at a load draws for the name of its generation."""

BEGIN, COMMIT = Statement("BEGIN"), Statement("COMMIT")

KIND = catalog.relation_kind(TableName("any", "any"))
"""The question what a name stands for; only its values differ."""


@dataclass(slots=True)
class AssumedAnswers:
    """What is assumed, by statement; everything else is asked of ``real``, or is not there."""

    real: Warehouse | None = None
    created: set[TableName] = field(default_factory=set)
    """Tables that earlier steps create, where they are not there now."""
    assumed: list[tuple[Statement, Sequence[Row]]] = field(default_factory=list)
    silent: list[Statement] = field(default_factory=list)
    """Questions about what is there, which are not part of a preview."""

    def assume(
        self, statement: Statement, *rows: Mapping[str, object], silent: bool = False
    ) -> None:
        """Fix the answer to a question."""
        self.assumed.append((statement, rows))
        if silent:
            self.silent.append(statement)

    def find(self, statement: Statement) -> list[Row] | None:
        """Return the assumed answer, None where nothing is assumed."""
        return next((list(rows) for asked, rows in self.assumed if asked == statement), None)

    def ask(self, statement: Statement) -> list[Row]:
        """Ask the real warehouse; a question that it cannot answer is about what is not there."""
        return self._query(statement) or self._kind_of_created(statement)

    def _query(self, statement: Statement) -> list[Row]:
        if self.real is None:
            return []
        try:
            return self.real.query(statement)
        except WarehouseError:
            return []

    def _kind_of_created(self, statement: Statement) -> list[Row]:
        if statement.text != KIND.text:
            return []
        name = TableName(statement.parameters["schema"], statement.parameters["table"])
        return [{"kind": "table"}] if name in self.created else []


class DryRunWarehouse(Warehouse):
    """Keeps what it is told in ``said``; only questions ever reach the real warehouse."""

    def __init__(self, answers: AssumedAnswers) -> None:
        super().__init__(Connection("rehearsal", {}))
        self.answers = answers
        self.said: list[Statement] = []

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Keep what is said between BEGIN and COMMIT; where nothing is said, neither is there."""
        before = len(self.said)
        yield DryRunTransaction(self)
        if len(self.said) > before:
            self.said.insert(before, BEGIN)
            self.said.append(COMMIT)

    def execute_outside(self, statement: Statement) -> None:
        """Keep what must not stand in a transaction."""
        self.said.append(statement)

    def retry(self, work: Callable[[], Value]) -> Value:
        """Do it once: nothing can be in the way."""
        return work()


class DryRunTransaction(Transaction):
    """Statements that are kept instead of being executed."""

    def __init__(self, dry_run_warehouse: DryRunWarehouse) -> None:
        super().__init__(cursor=None)
        self.dry_run_warehouse = dry_run_warehouse

    def execute(self, statement: Statement) -> int:
        """Keep a statement, which changes no row."""
        self.dry_run_warehouse.said.append(statement)
        return 0

    def query(self, statement: Statement) -> list[Row]:
        """Answer a question: by what is assumed, and keep it, else by what is really there."""
        assumed = self.dry_run_warehouse.answers.find(statement)
        if assumed is None:
            return self.dry_run_warehouse.answers.ask(statement)
        if statement not in self.dry_run_warehouse.answers.silent:
            self.dry_run_warehouse.said.append(statement)
        return assumed

    def roll_back(self) -> None:
        """Nothing was done."""


def stage(dry_run_warehouse: DryRunWarehouse, groups: Groups, marker_schema: str) -> Place:
    """Return a place at which nothing happens but in the rehearsal."""
    return Place(dry_run_warehouse, groups, marker_schema, attempt=lambda: ATTEMPT)


def assume_rows(answers: AssumedAnswers, design: Design, rows: int) -> None:
    """Assume that a generation gets so many rows, as declared, and that the table is there."""
    staging = publish.staging_table(design.name, ATTEMPT)
    nulls = {f"nulls_{number}": 0 for number, _ in enumerate(checks.required_columns(design))}
    answers.assume(checks.counts(design, staging), {"row_count": rows, **nulls})
    for key in checks.keys(design):
        answers.assume(checks.duplicates(staging, key))
    now = dt.datetime.now(dt.UTC)
    answers.assume(copy.session(), {"session_id": 0, "started": now})
    answers.assume(copy.copied_rows(), {"row_count": rows})
    columns = answers.ask(catalog.table_columns(design.name))
    answers.assume(catalog.table_columns(staging), *columns, silent=True)
    answers.assume(catalog.relation_kind(staging), {"kind": "table"}, silent=True)
    answers.created.add(design.name)


def assume_new(answers: AssumedAnswers, schema: str, proof: Marker) -> None:
    """Assume that nobody else completes the task before it begins."""
    answers.assume(marker.select_marker(schema, proof.update_id))


def assume_empty(answers: AssumedAnswers, marker_schema: str, database: str) -> None:
    """Assume a warehouse in which there is nothing yet, for want of one that can be asked."""
    asked = select_current_state(marker_schema)
    nothing = {"database_name": database, "owner_name": "", "acl": None}
    for name, statement in asked.items():
        answers.assume(statement, *([nothing] if name == "database" else []), silent=True)

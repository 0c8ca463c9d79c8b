"""A warehouse that records statements instead of executing them.

Previews run the real procedures against it, so that they show exactly what a run would execute.
Queries of the catalog go to the real warehouse, if there is one; results about rows that are not
loaded yet are assumed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from pipeline.access.desired import DesiredState
from pipeline.designs.model.design import Design
from pipeline.errors import WarehouseError
from pipeline.names import TableName
from pipeline.procedures.incremental.stage import DeltaJob
from pipeline.procedures.publish.publication import Place, Publication
from pipeline.settings import Connection, Groups
from pipeline.sql.access.catalog import select_current_state
from pipeline.sql.catalog import relations
from pipeline.sql.catalog import tables as catalog
from pipeline.sql.markers import marker
from pipeline.sql.statement import Statement
from pipeline.sql.tables import checks, copy, incremental, surrogate_keys
from pipeline.staging_names import key_table, staging_table
from pipeline.stores.warehouse import Row, Transaction, Warehouse

Value = TypeVar("Value")

ATTEMPT = "xxxxxxxx"
"""Represents the random digits in the name of a staging table: ``etl_stage_xxxxxxxx_orders``."""

ASSUMED_ROWS = 99
"""The rows of a table to which a delta is applied."""

BEGIN, COMMIT = Statement("BEGIN"), Statement("COMMIT")

ANY = TableName("any", "any")
KIND, STATES = relations.relation_kind(ANY), relations.relation_states(ANY, ANY)
"""The queries for the kinds of relations; only their parameters vary."""


@dataclass(slots=True)
class AssumedAnswers:
    """Assumed results, by statement; ``real`` answers all other queries, None answers no row."""

    real: Warehouse | None = None
    created: set[TableName] = field(default_factory=set)
    """Tables that do not exist yet and that earlier steps create."""
    assumed: list[tuple[Statement, Sequence[Row]]] = field(default_factory=list)
    hidden: list[Statement] = field(default_factory=list)
    """Queries of the catalog, which a preview does not show."""

    def assume(
        self, statement: Statement, *rows: Mapping[str, object], hidden: bool = False
    ) -> None:
        """Set the result of a query, or the rows that a change affects."""
        self.assumed.append((statement, rows))
        if hidden:
            self.hidden.append(statement)

    def find(self, statement: Statement) -> list[Row] | None:
        """Return the assumed result, or None if there is none."""
        return next((list(rows) for query, rows in self.assumed if query == statement), None)

    def query(self, statement: Statement) -> list[Row]:
        """Query the real warehouse; a query that fails there is about a missing relation."""
        found = self._query_real(statement)
        if statement.text == STATES.text:
            return self._with_created(statement, found)
        return found or self._kind_of_created(statement)

    def _query_real(self, statement: Statement) -> list[Row]:
        if self.real is None:
            return []
        try:
            return self.real.query(statement)
        except WarehouseError:
            return []

    def _with_created(self, statement: Statement, found: list[Row]) -> list[Row]:
        """Add the tables that do not exist yet, to which nothing is bound."""
        names = {row["table_name"] for row in found}
        schema, tables = statement.parameters["schema"], statement.parameters["tables"]
        new = [
            each
            for each in tables
            if each not in names and TableName(schema, each) in self.created
        ]
        unused = {"has_views": False, "is_referenced": False, "owner_name": "", "acl": None}
        alone = {"may_alter": False, "comment_count": 0}  # nothing is granted on it again
        state = {"kind": "table", "object_id": None, **unused, **alone}
        return [*found, *({"table_name": each, **state} for each in new)]

    def _kind_of_created(self, statement: Statement) -> list[Row]:
        if statement.text != KIND.text:
            return []
        name = TableName(statement.parameters["schema"], statement.parameters["table"])
        return [{"kind": "table", "object_id": None}] if name in self.created else []


class DryRunWarehouse(Warehouse):
    """Record statements in ``statements``; only queries ever reach the real warehouse."""

    def __init__(self, answers: AssumedAnswers) -> None:
        super().__init__(Connection("dry run", {}))
        self.answers = answers
        self.statements: list[Statement] = []

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Record the body between BEGIN and COMMIT; record neither for an empty body."""
        before = len(self.statements)
        yield DryRunTransaction(self)
        if len(self.statements) > before:
            self.statements.insert(before, BEGIN)
            self.statements.append(COMMIT)

    def query(self, statement: Statement) -> list[Row]:
        """Query as in a transaction."""
        with self.transaction() as transaction:
            return transaction.query(statement)

    def execute(self, statement: Statement) -> int:
        """Record a statement as a transaction."""
        with self.transaction() as transaction:
            return transaction.execute(statement)

    def execute_outside(self, statement: Statement) -> None:
        """Record a statement that cannot run inside a transaction."""
        self.statements.append(statement)

    def retry(self, work: Callable[[], Value]) -> Value:
        """Call ``work`` once: no other transaction can interfere."""
        return work()


class DryRunTransaction(Transaction):
    """Record statements instead of executing them."""

    def __init__(self, warehouse: DryRunWarehouse) -> None:
        super().__init__(cursor=None)
        self.warehouse = warehouse

    def execute(self, statement: Statement) -> int:
        """Record a statement; it affects the assumed rows, if any."""
        self.warehouse.statements.append(statement)
        return len(self.warehouse.answers.find(statement) or ())

    def query(self, statement: Statement) -> list[Row]:
        """Record the query and return its assumed result, or query the real warehouse."""
        answers = self.warehouse.answers
        assumed = answers.find(statement)
        if assumed is None:
            return answers.query(statement)
        if statement not in answers.hidden:
            self.warehouse.statements.append(statement)
        return assumed

    def add(self, *statements: Statement) -> None:
        """Record the statements one by one."""
        self.warehouse.statements += statements

    @property
    def session_id(self) -> int:
        """No session."""
        return 0

    def commit_then(self, statement: Statement) -> list[Row]:
        """Record the query within the transaction."""
        return self.query(statement)

    def roll_back(self) -> None:
        """Do nothing: nothing was executed."""


def dry_run_place(warehouse: DryRunWarehouse, groups: Groups, marker_schema: str) -> Place:
    """Return the place in which a dry run publishes rows."""
    return Place(
        *(warehouse, groups, marker_schema),
        attempt=lambda: ATTEMPT,
        remark=lambda _: None,
        is_dry_run=True,
    )


def assume_rows(
    answers: AssumedAnswers, design: Design, rows: int, staging: TableName | None = None
) -> None:
    """Assume that the table exists and that its staging table gets ``rows`` valid rows."""
    staging = staging or staging_table(design.name, ATTEMPT)
    nulls = {f"nulls_{number}": 0 for number, _ in enumerate(checks.required_columns(design))}
    keys = checks.keys(design)
    repeated = {f"repeated_{number}": 0 for number, _ in enumerate(keys)}
    for unique in ((), keys):
        counts = checks.counts(design, staging, unique)
        answers.assume(counts, {"row_count": rows, **nulls, **repeated})
    if design.identity is not None:
        answers.assume(surrogate_keys.select_generated_keys(design, staging))
    answers.assume(copy.copied_rows(), {"row_count": rows})
    columns = answers.query(catalog.table_columns(design.name))
    answers.assume(catalog.table_columns(staging), *columns, hidden=True)
    relation = {"kind": "table", "object_id": None}
    answers.assume(relations.relation_kind(staging), relation, hidden=True)
    answers.created |= {design.name, staging}


def assume_delta(answers: AssumedAnswers, job: DeltaJob) -> None:
    """Assume that a delta changes a row, and with keys adds one and deletes one if it may.

    The rows of new files are not counted before.
    """
    design, staging = job.publication.design, staging_table(job.publication.name, ATTEMPT)
    keys, settings = key_table(staging), design.extract.incremental
    rows = job.increment.source_rows
    new = 0 if job.publication.files else 1 if job.keys is None else 2
    for key in checks.keys(design):
        answers.assume(incremental.existing_keys(design, staging, key.columns))
    assume_rows(answers, design, new)
    if job.keys is not None:
        held = incremental.key_design(design)
        assume_rows(answers, held, new, keys)
        gone = 1 if settings and rows * settings.max_delete_share >= 1 else 0
        counts = {"in_table": rows - gone, "in_delta": 2, "in_both": 2 - gone, "in_neither": 0}
        answers.assume(incremental.compare_keys(design, staging, keys), counts)
    answers.assume(incremental.delete_replaced(design, staging), {})
    answers.assume(incremental.count_rows(staging), {"row_count": new})
    answers.assume(incremental.count_rows(design.name), {"row_count": rows})
    for key in checks.keys(design):
        answers.assume(incremental.count_repeated(design, key, staging), {"row_count": 0})
    if settings is not None and settings.window is not None:
        window = incremental.count_window(design, job.increment.since or "")
        answers.assume(window, {"row_count": 1})


def assume_new(answers: AssumedAnswers, publication: Publication) -> None:
    """Assume that no other run completes the task first."""
    schema, update_id = publication.place.marker_schema, publication.marker.update_id
    answers.assume(marker.select_marker(schema, update_id))


def assume_empty(answers: AssumedAnswers, desired: DesiredState) -> None:
    """Assume an empty warehouse, because the real one is not available."""
    queries = select_current_state(desired.marker_schema, desired.schemas, desired.owner)
    nothing = {"database_name": "(database)", "owner_name": "", "acl": None}
    for name, statement in queries.items():
        answers.assume(statement, *([nothing] if name == "database" else []), hidden=True)

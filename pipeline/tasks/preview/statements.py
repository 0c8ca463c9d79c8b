"""What each task would say, to whom: its own procedure, rehearsed without consequences."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import luigi
from luigi.task import flatten

from pipeline.errors import (
    ConfigError,
    PipelineError,
    StorageError,
    StoreError,
    WarehouseError,
)
from pipeline.manifest import Manifest, Part
from pipeline.names import TableName
from pipeline.procedures.bootstrap import BootstrapOrder, bootstrap
from pipeline.procedures.create import create
from pipeline.procedures.dry_run import (
    Answers,
    Rehearsal,
    assume_empty,
    assume_new,
    assume_rows,
    stage,
)
from pipeline.procedures.dump import rehearse_dump
from pipeline.procedures.dump.job import request
from pipeline.procedures.estimates import Estimates
from pipeline.procedures.files import FilesOrder
from pipeline.procedures.load import load
from pipeline.procedures.publish import Place
from pipeline.procedures.refresh import refresh
from pipeline.runtime import Runtime
from pipeline.sql.statement import Statement
from pipeline.sql.tables.copy import AccessKeys, IamRole
from pipeline.sql.upstream.extract import NULL_AS
from pipeline.stores.upstream.database import Upstream
from pipeline.stores.warehouse import Warehouse
from pipeline.tasks.bootstrap import BootstrapWarehouse
from pipeline.tasks.copy import CopyTable
from pipeline.tasks.create import CreateTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.preview.plan import STORAGE, WAREHOUSE, Plan, first_line, upstream_of
from pipeline.tasks.refresh import RefreshCtas


@dataclass(frozen=True, slots=True)
class Script:
    """What one task would say to ``where``; ``notes`` are about what is no statement."""

    where: str
    statements: tuple[Statement, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Theatre:
    """Rehearses the tasks of a plan in its order: tables that one creates, the next ones find."""

    runtime: Runtime
    warehouse: Warehouse | None
    estimates: Estimates
    unreachable: dict[str, str]
    created: set[TableName] = field(default_factory=set)

    @classmethod
    def of(cls, runtime: Runtime, plan: Plan, estimates: Estimates) -> Theatre:
        """Prepare for the rehearsal of a plan."""
        reachable = WAREHOUSE not in plan.unreachable and answers_questions(runtime)
        door = runtime.warehouse if reachable else None
        return cls(runtime, door, estimates, dict(plan.unreachable))

    def script(self, task: luigi.Task) -> Script:
        """Return what a task would say; what procedures log of their success is not shown."""
        rehearse = REHEARSALS.get(type(task), _writes)
        logger = logging.getLogger("pipeline.procedures")
        level = logger.level
        logger.setLevel(logging.WARNING)
        try:
            return rehearse(self, task)
        except WarehouseError as error:
            return Script("", notes=(f"would fail: {first_line(error)}",))
        finally:
            logger.setLevel(level)

    def rehearsal(self) -> Rehearsal:
        """Begin the rehearsal of one task."""
        return Rehearsal(Answers(self.warehouse, self.created))

    def place(self, rehearsal: Rehearsal) -> Place:
        """Return where its rows would be published."""
        settings = self.runtime.settings.warehouse
        return stage(rehearsal, settings.groups, settings.marker_schema)


def answers_questions(runtime: Runtime) -> bool:
    """Tell whether the warehouse lets the ETL user in, as it does once it is bootstrapped."""
    try:
        runtime.warehouse.query(Statement("SELECT 1 AS one"))
    except (StoreError, ConfigError):
        return False
    return True


def _bootstrap(theatre: Theatre, task: BootstrapWarehouse) -> Script:
    runtime = theatre.runtime
    notes: tuple[str, ...] = ()
    try:
        order = runtime.bootstrap_order()
        answers = Answers(order.admin)
        order.admin.query(Statement("SELECT 1 AS one"))
    except (StoreError, ConfigError) as error:
        notes = (
            f"not asked: {first_line(error)}",
            "so this is what a warehouse would be told in which there is nothing yet",
        )
        order, answers = _unasked(runtime)
    rehearsal = Rehearsal(answers)
    bootstrap(dataclasses.replace(order, admin=rehearsal), task.proof())
    return Script("the warehouse, as its administrator", tuple(rehearsal.said), notes)


def _unasked(runtime: Runtime) -> tuple[BootstrapOrder, Answers]:
    """Return the order for an empty warehouse; passwords are shown to nobody and may be any."""
    wanted, answers = runtime.wanted, Answers()
    assume_empty(answers, wanted.marker_schema, "(database)")
    users = (wanted.owner, *(user.name for user in wanted.users))
    return BootstrapOrder(wanted, Rehearsal(answers), dict.fromkeys(users, "unknown")), answers


def _writes(_: Theatre, task: luigi.Task) -> Script:
    return Script("S3", notes=tuple(f"writes {target}" for target in flatten(task.output())))


def _dump(theatre: Theatre, task: DumpTable) -> Script:
    if files := task.files():
        found = f"finds {files.pattern.path}, then writes {files.s3.url(files.manifest_key)}"
        return Script("S3", notes=(found,))
    source = task.table.schema
    order = task.order(Upstream(source, ""))
    dumped = request(order, f"{order.folder}…/")
    notes = [f"writes {order.s3.url(order.folder)}…, then {order.s3.url(order.manifest_key)}"]
    settings = theatre.runtime.settings.source(source)
    if settings and settings.consistent:
        notes.append(f"with the snapshot that all dumps of {source} in a run share")
    reason = theatre.unreachable.get(upstream_of(source))
    if reason is None:
        try:
            upstream = theatre.runtime.upstream(source)
            statements = rehearse_dump(dumped, upstream, order.s3)
        except PipelineError as error:
            reason = first_line(error)
    if reason is not None:
        statements = rehearse_dump(dumped, None, order.s3)
        notes += [f"not planned by the server: {reason}", "so this is a dump in one part"]
    return Script(upstream_of(source), statements, tuple(notes))


def _create(theatre: Theatre, task: CreateTable) -> Script:
    rehearsal = theatre.rehearsal()
    proof = task.proof()
    place = theatre.place(rehearsal)
    assume_new(rehearsal.answers, place.marker_schema, proof)
    create(place, task.design, proof)
    theatre.created.add(task.table)
    return _in_warehouse(rehearsal)


def _copy(theatre: Theatre, task: CopyTable) -> Script:
    rehearsal = theatre.rehearsal()
    place = theatre.place(rehearsal)
    manifest, url, notes = _manifest(theatre, task)
    order = task.order(manifest, url, place, _authorisation(theatre.runtime))
    assume_new(rehearsal.answers, place.marker_schema, order.proof)
    assume_rows(rehearsal.answers, task.design, manifest.rows or 0)
    load(order)
    return dataclasses.replace(_in_warehouse(rehearsal), notes=notes)


def _manifest(theatre: Theatre, task: CopyTable) -> tuple[Manifest, str, tuple[str, ...]]:
    """Return the manifest of a complete dump; before the dump, one as it will be."""
    target: Any = task.requires()["dump"].output()
    if STORAGE in theatre.unreachable:
        return _expected(theatre, task), target.url, ("S3 not asked",)
    if target.exists():
        return target.manifest(), target.url, ()
    return _expected(theatre, task), target.url, ()


def _expected(theatre: Theatre, task: CopyTable) -> Manifest:
    estimate = theatre.estimates.get(task.table)
    rows, size = (estimate.rows, estimate.bytes) if estimate else (0, 0)
    dump: Any = task.requires()["dump"]
    files: FilesOrder | None = dump.files()
    return Manifest(
        relation=str(task.table),
        parts=(Part("", rows or 0, size or 0, 0, ""),),
        columns=tuple(column.name for column in task.design.data_columns),
        query="",
        null_as=files.form.null_as if files else NULL_AS,
        compression=theatre.runtime.settings.dump.compression,
        database="",
        snapshot="",
        started="",
        finished="",
        partial=task.limit is not None,
        files=files.form if files else None,
    )


def _authorisation(runtime: Runtime) -> IamRole | AccessKeys:
    """Return what COPY would use; where no keys are found now, keys without a session token."""
    try:
        return runtime.authorisation
    except StorageError:
        return AccessKeys("unknown", "unknown")


def _refresh(theatre: Theatre, task: RefreshCtas) -> Script:
    rehearsal = theatre.rehearsal()
    order = task.order(theatre.place(rehearsal))
    assume_new(rehearsal.answers, order.place.marker_schema, order.proof)
    if task.design.kind == "CTAS":
        assume_rows(rehearsal.answers, task.design, 0)
    refresh(order)
    return _in_warehouse(rehearsal)


def _in_warehouse(rehearsal: Rehearsal) -> Script:
    return Script("the warehouse, as the ETL user", tuple(rehearsal.said))


REHEARSALS: dict[type[luigi.Task], Callable[[Theatre, Any], Script]] = {
    BootstrapWarehouse: _bootstrap,
    DumpTable: _dump,
    CreateTable: _create,
    CopyTable: _copy,
    RefreshCtas: _refresh,
}


def scripts(theatre: Theatre, plan: Plan) -> Iterator[tuple[luigi.Task, Script]]:
    """Yield what each task of a plan would say, in the plan's order."""
    for step in plan.steps:
        yield step.task, theatre.script(step.task)

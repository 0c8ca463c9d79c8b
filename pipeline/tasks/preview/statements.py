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
from pipeline.procedures.bootstrap import BootstrapJob, bootstrap
from pipeline.procedures.create import create
from pipeline.procedures.dry_run import (
    AssumedAnswers,
    DryRunWarehouse,
    assume_empty,
    assume_new,
    assume_rows,
    stage,
)
from pipeline.procedures.dump import dump_statements
from pipeline.procedures.dump.job import request
from pipeline.procedures.estimates import Estimates
from pipeline.procedures.files import FilesJob
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
class TaskPreview:
    """What one task would say to ``where``; ``notes`` are about what is no statement."""

    where: str
    statements: tuple[Statement, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class PreviewSession:
    """Rehearses the tasks of a plan in its order: tables that one creates, the next ones find."""

    runtime: Runtime
    warehouse: Warehouse | None
    estimates: Estimates
    unreachable: dict[str, str]
    created: set[TableName] = field(default_factory=set)

    @classmethod
    def of(cls, runtime: Runtime, plan: Plan, estimates: Estimates) -> PreviewSession:
        """Prepare for the rehearsal of a plan."""
        reachable = WAREHOUSE not in plan.unreachable and answers_questions(runtime)
        door = runtime.warehouse if reachable else None
        return cls(runtime, door, estimates, dict(plan.unreachable))

    def script(self, task: luigi.Task) -> TaskPreview:
        """Return what a task would say; what procedures log of their success is not shown."""
        preview_task = PREVIEWS.get(type(task), _writes)
        logger = logging.getLogger("pipeline.procedures")
        level = logger.level
        logger.setLevel(logging.WARNING)
        try:
            return preview_task(self, task)
        except WarehouseError as error:
            return TaskPreview("", notes=(f"would fail: {first_line(error)}",))
        finally:
            logger.setLevel(level)

    def dry_run_warehouse(self) -> DryRunWarehouse:
        """Begin the rehearsal of one task."""
        return DryRunWarehouse(AssumedAnswers(self.warehouse, self.created))

    def place(self, dry_run_warehouse: DryRunWarehouse) -> Place:
        """Return where its rows would be published."""
        settings = self.runtime.settings.warehouse
        return stage(dry_run_warehouse, settings.groups, settings.marker_schema)


def answers_questions(runtime: Runtime) -> bool:
    """Tell whether the warehouse lets the ETL user in, as it does once it is bootstrapped."""
    try:
        runtime.warehouse.query(Statement("SELECT 1 AS one"))
    except (StoreError, ConfigError):
        return False
    return True


def _bootstrap(session: PreviewSession, task: BootstrapWarehouse) -> TaskPreview:
    runtime = session.runtime
    notes: tuple[str, ...] = ()
    try:
        job = task.job()
        answers = AssumedAnswers(job.admin)
        job.admin.query(Statement("SELECT 1 AS one"))
    except (StoreError, ConfigError) as error:
        notes = (
            f"not asked: {first_line(error)}",
            "so this is what a warehouse would be told in which there is nothing yet",
        )
        job, answers = _unasked(runtime)
    dry_run_warehouse = DryRunWarehouse(answers)
    bootstrap(dataclasses.replace(job, admin=dry_run_warehouse), task.marker())
    return TaskPreview("the warehouse, as its administrator", tuple(dry_run_warehouse.said), notes)


def _unasked(runtime: Runtime) -> tuple[BootstrapJob, AssumedAnswers]:
    """Return the order for an empty warehouse; passwords are shown to nobody and may be any."""
    desired, answers = runtime.desired, AssumedAnswers()
    assume_empty(answers, desired.marker_schema, "(database)")
    users = (desired.owner, *(user.name for user in desired.users))
    return BootstrapJob(
        desired, DryRunWarehouse(answers), dict.fromkeys(users, "unknown")
    ), answers


def _writes(_: PreviewSession, task: luigi.Task) -> TaskPreview:
    return TaskPreview("S3", notes=tuple(f"writes {target}" for target in flatten(task.output())))


def _dump(session: PreviewSession, task: DumpTable) -> TaskPreview:
    if files := task.files():
        found = f"finds {files.pattern.path}, then writes {files.s3.url(files.manifest_key)}"
        return TaskPreview("S3", notes=(found,))
    source = task.table.schema
    job = task.job(Upstream(source, ""))
    dumped = request(job, f"{job.folder}…/")
    notes = [f"writes {job.s3.url(job.folder)}…, then {job.s3.url(job.manifest_key)}"]
    settings = session.runtime.settings.source(source)
    if settings and settings.consistent:
        notes.append(f"with the snapshot that all dumps of {source} in a run share")
    reason = session.unreachable.get(upstream_of(source))
    if reason is None:
        try:
            upstream = session.runtime.upstream(source)
            statements = dump_statements(dumped, upstream, job.s3)
        except PipelineError as error:
            reason = first_line(error)
    if reason is not None:
        statements = dump_statements(dumped, None, job.s3)
        notes += [f"not planned by the server: {reason}", "so this is a dump in one part"]
    return TaskPreview(upstream_of(source), statements, tuple(notes))


def _create(session: PreviewSession, task: CreateTable) -> TaskPreview:
    dry_run_warehouse = session.dry_run_warehouse()
    publication = task.job(session.place(dry_run_warehouse))
    assume_new(dry_run_warehouse.answers, publication)
    create(publication)
    session.created.add(task.table)
    return _in_warehouse(dry_run_warehouse)


def _copy(session: PreviewSession, task: CopyTable) -> TaskPreview:
    dry_run_warehouse = session.dry_run_warehouse()
    place = session.place(dry_run_warehouse)
    manifest, url, notes = _manifest(session, task)
    job = task.job(manifest, url, place, _authorization(session.runtime))
    assume_new(dry_run_warehouse.answers, job.publication)
    assume_rows(dry_run_warehouse.answers, task.design, manifest.rows or 0)
    load(job)
    return dataclasses.replace(_in_warehouse(dry_run_warehouse), notes=notes)


def _manifest(session: PreviewSession, task: CopyTable) -> tuple[Manifest, str, tuple[str, ...]]:
    """Return the manifest of a complete dump; before the dump, one as it will be."""
    target: Any = task.requires()["dump"].output()
    if STORAGE in session.unreachable:
        return _expected(session, task), target.url, ("S3 not asked",)
    if target.exists():
        return target.manifest(), target.url, ()
    return _expected(session, task), target.url, ()


def _expected(session: PreviewSession, task: CopyTable) -> Manifest:
    estimate = session.estimates.get(task.table)
    rows, size = (estimate.rows, estimate.bytes) if estimate else (0, 0)
    dump: Any = task.requires()["dump"]
    files: FilesJob | None = dump.files()
    return Manifest(
        relation=str(task.table),
        parts=(Part("", rows or 0, size or 0, 0, ""),),
        columns=tuple(column.name for column in task.design.data_columns),
        query="",
        null_as=files.form.null_as if files else NULL_AS,
        compression=session.runtime.settings.dump.compression,
        database="",
        snapshot="",
        started="",
        finished="",
        partial=task.limit is not None,
        files=files.form if files else None,
    )


def _authorization(runtime: Runtime) -> IamRole | AccessKeys:
    """Return what COPY would use; where no keys are found now, keys without a session token."""
    try:
        return runtime.authorization
    except StorageError:
        return AccessKeys("unknown", "unknown")


def _refresh(session: PreviewSession, task: RefreshCtas) -> TaskPreview:
    dry_run_warehouse = session.dry_run_warehouse()
    publication = task.job(session.place(dry_run_warehouse))
    assume_new(dry_run_warehouse.answers, publication)
    if task.design.kind == "CTAS":
        assume_rows(dry_run_warehouse.answers, task.design, 0)
    refresh(publication)
    return _in_warehouse(dry_run_warehouse)


def _in_warehouse(dry_run_warehouse: DryRunWarehouse) -> TaskPreview:
    return TaskPreview("the warehouse, as the ETL user", tuple(dry_run_warehouse.said))


PREVIEWS: dict[type[luigi.Task], Callable[[PreviewSession, Any], TaskPreview]] = {
    BootstrapWarehouse: _bootstrap,
    DumpTable: _dump,
    CreateTable: _create,
    CopyTable: _copy,
    RefreshCtas: _refresh,
}


def scripts(session: PreviewSession, plan: Plan) -> Iterator[tuple[luigi.Task, TaskPreview]]:
    """Yield what each task of a plan would say, in the plan's order."""
    for step in plan.steps:
        yield step.task, session.script(step.task)

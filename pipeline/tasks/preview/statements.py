"""The statements each task would execute, from a dry run of its procedure."""

import dataclasses
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import luigi
from luigi.task import flatten

from pipeline.errors import ConfigError, PipelineError, StorageError, StoreError, WarehouseError
from pipeline.manifest import Manifest, Part
from pipeline.names import TableName
from pipeline.procedures.bootstrap import BootstrapJob, bootstrap
from pipeline.procedures.content import NOTHING_READ, SupersededError
from pipeline.procedures.dry_run import (
    AssumedAnswers,
    DryRunWarehouse,
    assume_delta,
    assume_empty,
    assume_new,
    assume_rows,
    dry_run_place,
)
from pipeline.procedures.dump.job import DumpJob
from pipeline.procedures.dump.statements import dump_statements
from pipeline.procedures.estimates import Estimate, Estimates
from pipeline.procedures.incremental.dump import increment_statements
from pipeline.procedures.incremental.load import load_delta
from pipeline.procedures.load.create import create
from pipeline.procedures.load.refresh import refresh
from pipeline.procedures.load.table import load
from pipeline.procedures.operations.check import check_published
from pipeline.procedures.publish.publication import Place
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
from pipeline.tasks.preview.deltas import expected_delta
from pipeline.tasks.preview.plan import STORAGE, WAREHOUSE, Plan, first_line, upstream_of
from pipeline.tasks.refresh import RefreshCtas
from pipeline.tasks.rows import FillingTask


@dataclass(frozen=True, slots=True)
class TaskPreview:
    """The statements one task would execute on ``where``; ``notes`` describe everything else."""

    where: str
    statements: tuple[Statement, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class PreviewSession:
    """Preview the tasks of a plan in order: later tasks find the tables earlier ones create."""

    runtime: Runtime
    warehouse: Warehouse | None
    estimates: Estimates
    unreachable: dict[str, str]
    created: set[TableName] = field(default_factory=set)

    @classmethod
    def of(cls, runtime: Runtime, plan: Plan, estimates: Estimates) -> Self:
        """Prepare the preview of a plan."""
        reachable = WAREHOUSE not in plan.unreachable and accepts_queries(runtime)
        warehouse = runtime.warehouse if reachable else None
        return cls(runtime, warehouse, estimates, dict(plan.unreachable))

    def preview(self, task: luigi.Task) -> TaskPreview:
        """Return the preview of a task; suppress what its procedure logs of success."""
        preview_task = PREVIEWS.get(type(task), _writes)
        logger = logging.getLogger("pipeline.procedures")
        level = logger.level
        logger.setLevel(logging.WARNING)
        try:
            return preview_task(self, task)
        except (WarehouseError, SupersededError) as error:
            return TaskPreview("", notes=(f"would fail: {first_line(error)}",))
        finally:
            logger.setLevel(level)

    def dry_run_warehouse(self) -> DryRunWarehouse:
        """Return the warehouse for the dry run of one task."""
        return DryRunWarehouse(AssumedAnswers(self.warehouse, self.created))

    def place(self, warehouse: DryRunWarehouse) -> Place:
        """Return the place in which a task would publish its rows."""
        settings = self.runtime.settings.warehouse
        return dry_run_place(warehouse, settings.groups, settings.marker_schema)


def accepts_queries(runtime: Runtime) -> bool:
    """Return whether the ETL user can log in, as it can once the warehouse is bootstrapped."""
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
            f"warehouse not available: {first_line(error)}",
            "the statements are those for an empty warehouse",
        )
        job, answers = _empty(runtime)
    warehouse = DryRunWarehouse(answers)
    bootstrap(dataclasses.replace(job, admin=warehouse), task.marker())
    return TaskPreview("the warehouse, as its administrator", tuple(warehouse.statements), notes)


def _empty(runtime: Runtime) -> tuple[BootstrapJob, AssumedAnswers]:
    """Return the job for an empty warehouse; its passwords are placeholders and never shown."""
    desired, answers = runtime.desired, AssumedAnswers()
    assume_empty(answers, desired)
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
    job = task.job(Upstream(source, "", session.runtime.settings.timeouts))
    notes = [f"writes {job.s3.url(job.folder)}…, then {job.s3.url(job.manifest_key)}"]
    settings = session.runtime.settings.source(source)
    if settings and settings.consistent:
        notes.append(f"with the snapshot that all dumps of {source} in a run share")
    reason = session.unreachable.get(upstream_of(source))
    if reason is None:
        try:
            upstream = session.runtime.upstream(source)
            statements = _dump_statements(task, job, upstream)
        except PipelineError as error:
            reason = first_line(error)
    if reason is not None:
        statements = _dump_statements(task, job, None)
        notes += [
            f"upstream not available: {reason}",
            "the statements are those for a dump in one part",
        ]
    return TaskPreview(upstream_of(source), statements, tuple(notes))


def _dump_statements(
    task: DumpTable, job: DumpJob, upstream: Upstream | None
) -> tuple[Statement, ...]:
    decision = task.source.decision
    if decision is None:
        return dump_statements(job, upstream)
    return increment_statements(job, upstream, decision)


def _create(session: PreviewSession, task: CreateTable) -> TaskPreview:
    warehouse = session.dry_run_warehouse()
    publication = task.job(session.place(warehouse))
    assume_new(warehouse.answers, publication)
    create(publication)
    session.created.add(task.table)
    return _in_warehouse(warehouse)


def _check(session: PreviewSession, task: FillingTask) -> TaskPreview:
    warehouse = session.dry_run_warehouse()
    check_published(task.publication(session.place(warehouse)))
    return dataclasses.replace(_in_warehouse(warehouse), notes=("its rows stay",))


def _copy(session: PreviewSession, task: CopyTable) -> TaskPreview:
    if task.is_loaded:
        return _check(session, task)
    warehouse = session.dry_run_warehouse()
    place = session.place(warehouse)
    manifest, url, notes = _manifest(session, task)
    job = task.job(manifest, url, place, authorization_of(session.runtime))
    assume_new(warehouse.answers, job.publication)
    if (delta := expected_delta(job, task)) is None:
        assume_rows(warehouse.answers, task.design, manifest.rows or 0)
        load(job)
    else:
        assume_delta(warehouse.answers, delta)
        load_delta(delta)
    return dataclasses.replace(_in_warehouse(warehouse), notes=notes)


def _manifest(session: PreviewSession, task: CopyTable) -> tuple[Manifest, str, tuple[str, ...]]:
    """Return the manifest of the dump, or the expected one before the dump, its URL and notes."""
    target = task.dump().output()
    estimate = session.estimates.get(task.table)
    if STORAGE in session.unreachable:
        return expected_manifest(task, estimate), target.url, ("S3 not available",)
    if target.exists():
        return target.manifest(), target.url, ()
    return expected_manifest(task, estimate), target.url, ()


def expected_manifest(task: CopyTable, estimate: Estimate | None = None) -> Manifest:
    """Return the manifest that the dump will have, as far as it is known before."""
    rows, size = (estimate.rows, estimate.bytes) if estimate else (0, 0)
    files = task.dump().files()
    return Manifest(
        relation=str(task.table),
        parts=(Part("", rows or 0, size or 0, 0, ""),),
        columns=tuple(column.name for column in task.design.data_columns),
        query="",
        null_as=files.form.null_as if files else NULL_AS,
        compression=task.runtime.settings.dump.compression,
        database="",
        snapshot="",
        started="",
        finished="",
        partial=task.limit is not None,
        files=files.form if files else None,
    )


def authorization_of(runtime: Runtime) -> IamRole | AccessKeys:
    """Return the authorization of COPY; if no keys are found, keys without a session token."""
    try:
        return runtime.authorization
    except StorageError:
        return AccessKeys("unknown", "unknown")


def _refresh(session: PreviewSession, task: RefreshCtas) -> TaskPreview:
    if task.is_loaded:
        return _check(session, task)
    warehouse = session.dry_run_warehouse()
    job, others = task.jobs(session.place(warehouse))
    # What they read is not loaded yet.
    publication, *together = (
        dataclasses.replace(each, reads=NOTHING_READ) for each in (job, *others)
    )
    for each in together or (publication,):
        assume_new(warehouse.answers, each)
        if each.design.kind == "CTAS":
            assume_rows(warehouse.answers, each.design, 0)
    refresh(publication, tuple(together))
    return _in_warehouse(warehouse)


def _in_warehouse(warehouse: DryRunWarehouse) -> TaskPreview:
    return TaskPreview("the warehouse, as the ETL user", tuple(warehouse.statements))


PREVIEWS: dict[type[luigi.Task], Callable[[PreviewSession, Any], TaskPreview]] = {
    BootstrapWarehouse: _bootstrap,
    DumpTable: _dump,
    CreateTable: _create,
    CopyTable: _copy,
    RefreshCtas: _refresh,
}


def preview_tasks(session: PreviewSession, plan: Plan) -> Iterator[tuple[luigi.Task, TaskPreview]]:
    """Yield the tasks of a plan, in its order, with their previews."""
    for step in plan.steps:
        yield step.task, session.preview(step.task)

"""Estimates for the steps of a plan, from markers, manifests and upstream databases."""

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from pipeline.designs.model.design import Design
from pipeline.errors import ConfigError, StorageError, StoreError
from pipeline.names import RunDate
from pipeline.procedures.dump.split import RATIO
from pipeline.procedures.estimates import (
    Estimate,
    Estimates,
    from_manifests,
    from_markers,
    from_upstream,
)
from pipeline.procedures.files import find_files
from pipeline.procedures.incremental.dump import estimate
from pipeline.runtime import Runtime
from pipeline.stores.upstream.database import Session, Upstream
from pipeline.tasks.base import RelationTask
from pipeline.tasks.copy import CopyTable
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.preview.plan import STORAGE, WAREHOUSE, Plan, first_line, upstream_of
from pipeline.tasks.refresh import RefreshCtas

MOVING = (DumpTable, CopyTable, RefreshCtas)
"""Tasks that move rows."""

READERS = 8
"""Sources that are queried at a time."""


def estimates(runtime: Runtime, plan: Plan, date: RunDate, limit: int | None = None) -> Estimates:
    """Estimate rows and bytes of a plan's relations; add unreachable stores to the plan."""
    designs = {
        step.task.table: step.task.design
        for step in plan.steps
        if isinstance(step.task, RelationTask) and isinstance(step.task, MOVING)
    }
    found: Estimates = {}
    if designs and WAREHOUSE not in plan.unreachable:
        found |= {name: e for name, e in _marked(runtime, plan).items() if name in designs}
    missing = [d for name, d in designs.items() if name not in found and d.kind == "TABLE"]
    if missing and STORAGE not in plan.unreachable:
        try:
            found |= from_manifests(runtime.s3, runtime.project.layout, missing, date)
        except StorageError as error:
            plan.unreachable[STORAGE] = first_line(error)
    found |= _planned(runtime, plan, (d for d in missing if d.name not in found), limit)
    found |= _deltas(runtime, plan, found)
    return {name: estimate.limited(limit) for name, estimate in found.items()}


def _marked(runtime: Runtime, plan: Plan) -> Estimates:
    """Return estimates from the newest markers; a warehouse without marker table has none."""
    try:
        return from_markers(runtime.markers.newest())
    except (StoreError, ConfigError) as error:
        plan.unreachable[WAREHOUSE] = first_line(error)
        return {}


def _planned(
    runtime: Runtime, plan: Plan, designs: Iterable[Design], limit: int | None
) -> Estimates:
    """Return estimates of the sources' planners for tables that were never dumped."""
    by_source: defaultdict[str, list[Design]] = defaultdict(list)
    for design in designs:
        by_source[design.name.schema].append(design)
    for each in runtime.settings.sources:
        if each.s3_path is not None:
            by_source.pop(each.name, None)

    def query(source: str) -> Estimates | StoreError | ConfigError:
        try:
            return from_upstream(runtime.upstream(source), by_source[source], limit)
        except (StoreError, ConfigError) as error:
            return error

    found: Estimates = {}
    with ThreadPoolExecutor(READERS, thread_name_prefix="sources") as pool:
        for source, answer in zip(by_source, pool.map(query, by_source), strict=True):
            if isinstance(answer, StoreError | ConfigError):
                plan.unreachable[upstream_of(source)] = first_line(answer)
            else:
                found |= answer
    return found


def _deltas(runtime: Runtime, plan: Plan, whole: Estimates) -> Estimates:
    """Return the planners' estimates of what deltas read; ``whole`` are those of all rows."""
    by_source: defaultdict[str, list[DumpTable]] = defaultdict(list)
    for step in plan.steps:
        if isinstance(step.task, DumpTable) and step.task.reads_delta:
            by_source[step.task.table.schema].append(step.task)
    found: Estimates = {}
    for source, tasks in by_source.items():
        try:
            if tasks[0].design.extract.incremental is None:
                found |= {task.table: _new_files(task) for task in tasks}
                continue
            with runtime.upstream(source).snapshot() as session:
                found |= {task.table: _delta(task, session, whole) for task in tasks}
        except (StoreError, ConfigError) as error:
            plan.unreachable[upstream_of(source)] = first_line(error)
    return found


def _new_files(task: DumpTable) -> Estimate:
    files = task.files()
    assert files is not None
    assert files.append is not None
    new, increment = files.append.choose(find_files(files))
    return Estimate(None, sum(part.bytes for part in new), increment.note)


def _delta(task: DumpTable, session: Session, whole: Estimates) -> Estimate:
    decision = task.source.decision
    assert decision is not None
    found = estimate(task.job(Upstream(task.table.schema, "")), session, decision)
    every = whole.get(task.table)
    keys = every.rows if every and task.design.incremental.compares_keys else None
    return Estimate(found.rows, found.rows * found.width // RATIO, "upstream's estimate", keys)

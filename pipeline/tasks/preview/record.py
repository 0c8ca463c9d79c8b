"""A plan as values for JSON: steps in order, rows and bytes, and the statements of each task."""

from collections.abc import Iterable, Mapping
from typing import Any

import luigi

from pipeline.procedures.estimates import Estimate
from pipeline.sql.preview import LATER, PLAIN, preview
from pipeline.tasks.base import RelationTask
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.preview.estimates import MOVING
from pipeline.tasks.preview.plan import Step
from pipeline.tasks.preview.statements import TaskPreview
from pipeline.tasks.preview.text import Preview
from pipeline.tasks.rows import FillingTask


def plan_record(
    found: Preview, previews: Iterable[tuple[luigi.Task, TaskPreview]] = ()
) -> dict[str, Any]:
    """Return everything about a plan; ``previews`` are of its tasks, for their statements."""
    shown = {task.task_id: each for task, each in previews}
    return {
        "steps": [_step(found, step, shown) for step in found.plan.steps],
        "complete": [_complete(task) for task in found.plan.complete],
        "unavailable": dict(found.plan.unreachable),
        "drift": list(found.drift),
    }


def _step(found: Preview, step: Step, shown: Mapping[str, TaskPreview]) -> dict[str, Any]:
    estimate = _estimate(found, step.task)
    return {
        "level": step.level,
        **_name(step.task),
        "certain": step.certain,
        "rows": estimate.rows,
        "bytes": estimate.bytes,
        "keys": estimate.keys,
        "as_of": estimate.origin or None,
        "reads": _reads(step.task),
        "preview": _statements(shown.get(step.task.task_id)),
    }


def _name(task: luigi.Task) -> dict[str, Any]:
    relation = str(task.table) if isinstance(task, RelationTask) else None
    return {"task": task.get_task_family(), "relation": relation}


def _estimate(found: Preview, task: luigi.Task) -> Estimate:
    """Return what is known of the rows that a task moves."""
    if not isinstance(task, MOVING) or task.design.kind == "VIEW":
        return Estimate()
    return found.estimates.get(task.table, Estimate())


def _reads(task: luigi.Task) -> str | None:
    """Return what the dump of a table reads that is loaded incrementally, and why."""
    if not isinstance(task, DumpTable) or task.source.decision is None:
        return None
    return str(task.source.decision)


def _statements(found: TaskPreview | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "where": found.where or None,
        "notes": list(found.notes),
        "statements": [preview(each, PLAIN | LATER) for each in found.statements],
    }


def _complete(task: luigi.Task) -> dict[str, Any]:
    superseding = task.superseding() if isinstance(task, FillingTask) else None
    return {**_name(task), "superseded": superseding or None}

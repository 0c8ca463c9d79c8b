"""The preview of a run, for ``pipeline plan`` and ``--dry-run``."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import luigi

from pipeline.designs.model.design import Design
from pipeline.errors import ConfigError, StoreError
from pipeline.names import RunDate
from pipeline.procedures.drift import compare_source
from pipeline.runtime import Runtime
from pipeline.screen import stdout
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.preview.estimates import estimates
from pipeline.tasks.preview.plan import Plan, first_line, make_plan, upstream_of
from pipeline.tasks.preview.record import plan_record
from pipeline.tasks.preview.statements import PreviewSession, preview_tasks
from pipeline.tasks.preview.text import Preview, render, render_statements


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """The tasks to preview; with ``sql``, also the statements each task would execute.

    With ``complete``, complete tasks are listed instead of counted.
    """

    title: str
    tasks: Sequence[luigi.Task]
    date: RunDate
    limit: int | None = None
    sql: bool = False
    complete: bool = False


def preview_lines(runtime: Runtime, request: PreviewRequest) -> Iterator[str]:
    """Yield the lines of the preview. Change nothing."""
    found = _examine(runtime, request)
    yield render(found, stdout()).rstrip("\n")
    if runtime.project.left_out_note:
        yield f"Note: {runtime.project.left_out_note}."
    if request.sql and found.plan.steps:
        yield ""
        session = PreviewSession.of(runtime, found.plan, found.estimates)
        yield from render_statements(preview_tasks(session, found.plan))


def preview_record(runtime: Runtime, request: PreviewRequest) -> dict[str, Any]:
    """Return the preview as values for JSON. Change nothing."""
    found = _examine(runtime, request)
    excluded = {"excluded": list(map(str, runtime.project.left_out))}
    if not request.sql:
        return plan_record(found) | excluded
    session = PreviewSession.of(runtime, found.plan, found.estimates)
    return plan_record(found, preview_tasks(session, found.plan)) | excluded


def _examine(runtime: Runtime, request: PreviewRequest) -> Preview:
    if any(getattr(task, "allows_optional_failures", False) for task in request.tasks):
        runtime.project.check_required()
    plan = make_plan(request.tasks)
    figures = estimates(runtime, plan, request.date, request.limit)
    return Preview(request.title, plan, figures, _drift(runtime, plan), request.complete)


def _drift(runtime: Runtime, plan: Plan) -> tuple[str, ...]:
    """Compare the designs of the tables to dump with the upstream tables."""
    by_source: defaultdict[str, list[Design]] = defaultdict(list)
    for step in plan.steps:
        if isinstance(step.task, DumpTable):
            by_source[step.task.table.schema].append(step.task.design)
    lines: list[str] = []
    for name, designs in by_source.items():
        source = runtime.settings.source(name)
        if source is None or source.s3_path or upstream_of(name) in plan.unreachable:
            continue
        try:
            found = compare_source(source, designs, runtime.upstream(name))
        except (StoreError, ConfigError) as error:
            plan.unreachable[upstream_of(name)] = first_line(error)
            continue
        lines += [
            f"{relation}: {each.message}" for relation, all_ in found.items() for each in all_
        ]
    return tuple(lines)

"""The plan of some tasks, put together for those who ask: ``pipeline plan`` and ``--dry-run``."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import luigi

from pipeline.designs.model import Design
from pipeline.errors import ConfigError, StoreError
from pipeline.procedures.drift import compare_source
from pipeline.runtime import Runtime
from pipeline.screen import stdout
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.preview.estimates import estimates
from pipeline.tasks.preview.plan import Plan, first_line, make_plan, upstream_of
from pipeline.tasks.preview.statements import PreviewSession, scripts
from pipeline.tasks.preview.text import Preview, render, render_statements


@dataclass(frozen=True, slots=True)
class Question:
    """The tasks that somebody asks about; with ``sql`` also what each of them would say.

    With ``complete`` what is complete is named, not counted.
    """

    title: str
    tasks: Sequence[luigi.Task]
    date: dt.date
    limit: int | None = None
    sql: bool = False
    complete: bool = False


def answer(runtime: Runtime, asked: Question) -> Iterator[str]:
    """Yield, line by line, what would run for these tasks. Nothing is changed anywhere."""
    plan = make_plan(asked.tasks)
    figures = estimates(runtime, plan, asked.date, asked.limit)
    found = Preview(asked.title, plan, figures, _drift(runtime, plan), asked.complete)
    yield render(found, stdout()).rstrip("\n")
    if runtime.project.left_out_note:
        yield f"Note: {runtime.project.left_out_note}."
    if asked.sql and plan.steps:
        yield ""
        yield from render_statements(scripts(PreviewSession.of(runtime, plan, figures), plan))


def _drift(runtime: Runtime, plan: Plan) -> tuple[str, ...]:
    """Compare the designs of what is to be dumped with the tables upstream."""
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

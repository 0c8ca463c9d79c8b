"""A plan as text: what would run in which order, how much, and what would be said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO

import luigi
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from pipeline.procedures.estimate import Estimate, Estimates
from pipeline.sql.preview import LATER, PLAIN, preview
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.estimates import MOVING
from pipeline.tasks.plan import Plan, Step
from pipeline.tasks.statements import Script
from pipeline.tasks.summary import size

WIDTH = 120


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan with its ``title`` and estimates; ``drift`` names designs that no longer fit."""

    title: str
    plan: Plan
    estimates: Estimates = field(default_factory=dict)
    drift: tuple[str, ...] = ()


def render(found: Preview, *, width: int = WIDTH) -> str:
    """Render everything but the statements."""
    out = StringIO()
    console = Console(file=out, width=width, highlight=False, no_color=True)
    plan = found.plan
    console.print(_headline(found), markup=False, soft_wrap=True)
    if plan.steps:
        console.print(_table(found))
        console.print(_amount(found), markup=False, soft_wrap=True)
    drift = (f"No longer fits: {line}" for line in found.drift)
    for line in (*_complete(plan.complete), *_unreachable(plan), *drift):
        console.print(line, markup=False, soft_wrap=True)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def label(task: luigi.Task) -> str:
    """Return a task as a person would say it: ``CopyTable www.orders``, ``LoadAll www``."""
    about = getattr(task, "table", None) or getattr(task, "tables", "")
    limit = getattr(task, "limit", None)
    words = (task.get_task_family(), str(about), f"--limit {limit}" if limit else "")
    return " ".join(filter(None, words))


def _headline(found: Preview) -> str:
    plan = found.plan
    if not plan.steps:
        number = _count(len(plan.complete), "task")
        return f"{found.title}: nothing would run; {number} complete."
    would = f"{_count(len(plan.steps), 'task')} would run, in {_count(plan.levels, 'level')}"
    complete = f"; {len(plan.complete)} complete" if plan.complete else ""
    return f"{found.title}: {would}{complete}."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _complete(tasks: Iterable[luigi.Task]) -> Iterator[str]:
    """Yield a line for each kind of task that is complete, with its relations."""
    about: defaultdict[str, list[str]] = defaultdict(list)
    for task in tasks:
        about[task.get_task_family()].append(str(getattr(task, "table", "")))
    for family, relations in sorted(about.items()):
        yield f"Complete: {family} {', '.join(sorted(relations))}".rstrip()


def _table(found: Preview) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("level", justify="right")
    table.add_column("task", no_wrap=True)
    table.add_column("relation", overflow="fold")
    for name in ("rows", "bytes"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("as of", no_wrap=True)
    for step in found.plan.steps:
        table.add_row(*_row(step, _estimate(found, step)))
    return table


def _row(step: Step, estimate: Estimate | None) -> tuple[str, ...]:
    task = step.task
    name = task.get_task_family() if step.certain else f"{task.get_task_family()} ?"
    return (str(step.level), name, str(getattr(task, "table", "")), *_figures(step, estimate))


def _figures(step: Step, estimate: Estimate | None) -> tuple[str, str, str]:
    if not isinstance(step.task, MOVING) or step.task.design.kind == "VIEW":
        return "", "", ""
    if estimate is None:
        return "unknown", "", ""
    rows = "" if estimate.rows is None else f"{estimate.rows:,}"
    return rows, size(estimate.bytes) if estimate.bytes else "", estimate.origin


def _estimate(found: Preview, step: Step) -> Estimate | None:
    return found.estimates.get(getattr(step.task, "table", None))  # type: ignore[arg-type]


def _amount(found: Preview) -> str:
    """Sum up what there is to dump; unknown tables are counted, not forgotten."""
    dumps = [
        _estimate(found, step) for step in found.plan.steps if isinstance(step.task, DumpTable)
    ]
    if not dumps:
        return "Nothing to dump."
    known = [each for each in dumps if each is not None]
    if not known:
        return f"To dump: {_count(len(dumps), 'table')} of unknown size."
    rows = sum(each.rows or 0 for each in known)
    amount = size(sum(each.bytes or 0 for each in known))
    unknown = f", {len(dumps) - len(known)} of them unknown" if len(known) < len(dumps) else ""
    return f"To dump: about {rows:,} rows, {amount} in {_count(len(dumps), 'table')}{unknown}."


def _unreachable(plan: Plan) -> Iterator[str]:
    for store, reason in plan.unreachable.items():
        yield f"Not asked: {store}: {reason}"
    if any(not step.certain for step in plan.steps):
        yield "Tasks with ? may be complete: the store of their markers could not be asked."


def render_statements(scripts: Iterable[tuple[luigi.Task, Script]]) -> Iterator[str]:
    """Yield each task's statements as text; values that may be secret are hidden."""
    for task, script in scripts:
        head = f"-- {label(task)}"
        yield f"{head}, to {script.where}" if script.statements else head
        yield from (f"-- {note}" for note in script.notes)
        yield from (preview(statement, PLAIN | LATER) for statement in script.statements)
        yield ""

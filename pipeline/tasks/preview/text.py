"""A plan as text: steps in order, rows and bytes, and the statements of each task."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import luigi

from pipeline.figures import count, size
from pipeline.names import TableName
from pipeline.procedures.estimates import Estimate, Estimates
from pipeline.screen import PIPE, Screen, tabulate
from pipeline.sql.preview import LATER, PLAIN, preview
from pipeline.tasks.dump import DumpTable
from pipeline.tasks.preview.estimates import MOVING
from pipeline.tasks.preview.plan import Plan, Step
from pipeline.tasks.preview.statements import TaskPreview
from pipeline.tasks.refresh import RefreshCtas
from pipeline.tasks.rows import FillingTask

HEADINGS = ("level", "task", "relation", "rows", "bytes", "as of")

SPARE = ("as of", "bytes")


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan with its ``title`` and estimates; ``drift`` lists designs that differ from upstream.

    Complete tasks are counted, or listed with ``complete``.
    """

    title: str
    plan: Plan
    estimates: Estimates = field(default_factory=dict)
    drift: tuple[str, ...] = ()
    complete: bool = False


def render(found: Preview, screen: Screen = PIPE) -> str:
    """Render everything but the statements."""
    plan = found.plan
    lines = [_headline(found)]
    if plan.steps:
        together = dict(_together(plan))
        rows = (_row(step, _estimate(found, step), together) for step in plan.steps)
        lines += [tabulate(HEADINGS, rows, screen, SPARE).rstrip("\n"), "", _amount(found)]
    lines += _complete_listed(plan.complete) if found.complete else _complete(plan.complete)
    lines += _superseded(plan.complete)
    lines += _decisions(found)
    lines += _unreachable(plan)
    lines += [f"Differs from upstream: {line}" for line in found.drift]
    return "".join(f"{line}\n" for line in lines)


def label(task: luigi.Task) -> str:
    """Return a task with its arguments: ``CopyTable www.orders``, ``LoadAll www``."""
    about = getattr(task, "table", None) or getattr(task, "tables", "")
    limit = getattr(task, "limit", None)
    options = (
        f"--limit {limit}" if limit else "",
        "--alone" if getattr(task, "alone", False) else "",
    )
    words = (task.get_task_family(), str(about), *options)
    return " ".join(filter(None, words))


def _headline(found: Preview) -> str:
    plan = found.plan
    if not plan.steps:
        number = count(len(plan.complete), "task")
        return f"{found.title}: nothing would run; {number} complete."
    would = f"{count(len(plan.steps), 'task')} would run, in {count(plan.levels, 'level')}"
    complete = f"; {len(plan.complete):,} complete" if plan.complete else ""
    return f"{found.title}: {would}{complete}."


def _complete(tasks: Iterable[luigi.Task]) -> Iterator[str]:
    """Yield one line with the number of complete tasks of each kind."""
    families = Counter(task.get_task_family() for task in tasks)
    if families:
        counts = (f"{number:,} {family}" for family, number in sorted(families.items()))
        yield f"Complete: {', '.join(counts)}."


def _complete_listed(tasks: Iterable[luigi.Task]) -> Iterator[str]:
    """Yield a line for each complete task, in alphabetical order."""
    for words in sorted(label(task) for task in tasks):
        yield f"Complete: {words}"


def _superseded(tasks: Iterable[luigi.Task]) -> Iterator[str]:
    """Yield a line for each task that is complete since a relation holds later rows."""
    filling = sorted((task for task in tasks if isinstance(task, FillingTask)), key=label)
    for task in filling:
        if reason := task.superseding():
            yield f"{label(task)}: {reason}"


def _decisions(found: Preview) -> Iterator[str]:
    """Yield a line for each table that is loaded incrementally: what its dump reads."""
    for step in found.plan.steps:
        if not isinstance(step.task, DumpTable) or step.task.source.decision is None:
            continue
        estimate = _estimate(found, step)
        figures = ""
        if step.task.reads_delta and estimate is not None:
            keys = f", {count(estimate.keys, 'key')}" if estimate.keys is not None else ""
            rows = None if estimate.rows is None else f"about {count(estimate.rows, 'row')}"
            figures = f", {rows or estimate.origin}{keys}"
        yield f"{step.task.table}: {step.task.source.decision}{figures}"


def _together(plan: Plan) -> Iterator[tuple[luigi.Task, TableName]]:
    """Yield each refresh that is a part of another one, which comes first, and its relation."""
    tasks = [step.task for step in plan.steps]
    refreshes = {task.table: task for task in tasks if isinstance(task, RefreshCtas)}
    for first, task in refreshes.items():
        others = task.together[1:] if task.together[:1] == (first,) else ()
        yield from ((refreshes[name], first) for name in others if name in refreshes)


def _row(
    step: Step, estimate: Estimate | None, together: Mapping[luigi.Task, TableName]
) -> tuple[str, ...]:
    task = step.task
    name = task.get_task_family() if step.certain else f"{task.get_task_family()} ?"
    figures = _figures(step, estimate)
    if task in together:
        figures = (*figures[:2], f"with {together[task]}")
    return (str(step.level), name, str(getattr(task, "table", "")), *figures)


def _figures(step: Step, estimate: Estimate | None) -> tuple[str, str, str]:
    if not isinstance(step.task, MOVING) or step.task.design.kind == "VIEW":
        return "", "", ""
    if isinstance(step.task, FillingTask) and step.task.is_loaded:
        return "", "", "only its checks"
    if estimate is None:
        return "unknown", "", ""
    rows = "" if estimate.rows is None else f"{estimate.rows:,}"
    return rows, size(estimate.bytes) if estimate.bytes else "", estimate.origin


def _estimate(found: Preview, step: Step) -> Estimate | None:
    return found.estimates.get(getattr(step.task, "table", None))  # type: ignore[arg-type]


def _amount(found: Preview) -> str:
    """Sum up the rows and bytes to dump; count the tables without an estimate."""
    dumps = [
        _estimate(found, step) for step in found.plan.steps if isinstance(step.task, DumpTable)
    ]
    if not dumps:
        return "Nothing to dump."
    known = [each for each in dumps if each is not None]
    if not known:
        return f"To dump: {count(len(dumps), 'table')} of unknown size."
    rows = sum(each.rows or 0 for each in known)
    amount = size(sum(each.bytes or 0 for each in known))
    unknown = f", {len(dumps) - len(known)} of them unknown" if len(known) < len(dumps) else ""
    tables = count(len(dumps), "table")
    return f"To dump: about {count(rows, 'row')}, {amount} in {tables}{unknown}."


def _unreachable(plan: Plan) -> Iterator[str]:
    for store, reason in plan.unreachable.items():
        yield f"Not available: {store}: {reason}"
    if any(not step.certain for step in plan.steps):
        yield "Tasks with ? may be complete: their markers could not be read."


def render_statements(previews: Iterable[tuple[luigi.Task, TaskPreview]]) -> Iterator[str]:
    """Yield each task's statements as text; values that may be secret are hidden."""
    for task, found in previews:
        head = f"-- {label(task)}"
        yield f"{head}, to {found.where}" if found.statements else head
        yield from (f"-- {note}" for note in found.notes)
        yield from (preview(statement, PLAIN | LATER) for statement in found.statements)
        yield ""

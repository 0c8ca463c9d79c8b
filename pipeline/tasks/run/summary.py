"""The summary of a run as text: results by relation, failures with reasons, how to continue."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal, Self

from rich.text import Text

from pipeline.figures import count, size
from pipeline.screen import PIPE, Cell, Screen, line, stdout, tabulate, write

Status = Literal["done", "complete", "superseded", "failed", "not run"]
"""``complete``: another run did the task before this one came to it; ``superseded``: the relation
holds rows of a later date."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a task moved: rows, bytes in S3 (0 without a file) and seconds.

    ``rows`` is None if the task moves no rows or they were not counted.
    """

    rows: int | None
    bytes: int
    seconds: float
    checked: bool = False
    """Whether only changed checks were run, on rows that stay."""

    def __str__(self) -> str:
        parts = [] if self.rows is None else [count(self.rows, "row")]
        if self.bytes:
            parts.append(size(self.bytes))
            if self.seconds > 0:
                parts.append(f"{size(self.bytes / self.seconds)}/s")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one task ended; ``optional`` if it failed and its relation is not required."""

    task: str
    relation: str
    status: Status
    rows: int | None = None
    bytes: int = 0
    seconds: float = 0.0
    message: str = ""
    optional: bool = False
    date: str = ""
    """The date of the task, ``2026-11-21``; empty if it has none."""
    checked: bool = False
    """Whether it only ran changed checks, on rows that stay."""
    ended: float = field(default=0.0, compare=False)
    """Seconds since the epoch; set when the outcome is recorded."""
    started: float = field(default=0.0, compare=False)
    """Seconds since the epoch; 0 if the task did not start."""
    waited: float = field(default=0.0, compare=False)
    """Seconds that it waited for locks; set when the outcome is recorded."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """What identifies the task in its run."""
        return self.task, self.relation, self.date

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Return the outcome in a line of the journal."""
        return cls(**{each.name: record[each.name] for each in fields(cls)})


@dataclass(frozen=True)
class Run:
    """One run, as the summary shows it; ``date`` is that of its root task, or of its first.

    ``resume`` is the command that continues after a failure, empty if it must be corrected first.
    """

    date: str
    outcomes: tuple[Outcome, ...]
    complete_before: int
    seconds: float
    resume: str
    notes: tuple[str, ...] = ()
    complete_noun: str = "task"
    """What the complete tasks stand for: a relation, a dump."""
    interrupted: bool = False

    @cached_property
    def dates(self) -> list[str]:
        """The dates of the tasks in order; several in a run of RangeDaily."""
        return sorted({outcome.date for outcome in self.outcomes} - {""}) or [self.date]

    @property
    def period(self) -> str:
        """The date of the run, or the first and last of several."""
        return " to ".join(dict.fromkeys((self.dates[0], self.dates[-1])))

    def label(self, outcome: Outcome) -> str:
        """Return the name of an outcome's relation or task, with the date if there are several."""
        name = outcome.relation or outcome.task
        return f"{name} {outcome.date}".rstrip() if len(self.dates) > 1 else name

    def of(self, status: Status) -> tuple[Outcome, ...]:
        """Return the outcomes with a status."""
        return tuple(outcome for outcome in self.outcomes if outcome.status == status)

    @property
    def undone(self) -> tuple[Outcome, ...]:
        """The required tasks that failed or were not run."""
        return tuple(
            outcome
            for outcome in (*self.of("failed"), *self.of("not run"))
            if not outcome.optional
        )


HEADINGS = ("relation", "rows", "bytes", "seconds", "status")

SPARE = ("seconds", "bytes")

logger = logging.getLogger(__name__)


def show(run: Run) -> bool:
    """Print the summary, and return True; if that is not possible, say why on stderr."""
    try:
        write(render(run, stdout()))
    except OSError as error:
        logger.error("the summary was not written to stdout: %s", error.strerror)  # noqa: TRY400
        return False
    return True


def render(run: Run, screen: Screen = PIPE) -> str:
    """Render the whole summary."""
    listed = [outcome for outcome in run.outcomes if outcome.relation or outcome.status == "done"]
    table = tabulate(HEADINGS, _lines(run, listed), screen, SPARE) if listed else ""
    return table + "".join(line(text, screen, style) for text, style in _below(run))


def _below(run: Run) -> Iterator[tuple[str, str]]:
    """Yield the lines below the table, each with its style."""
    for (message, optional), group in failures(run).items():
        title = f"FAILED {names_of(run, group)}" + (" (not required)" if optional else "")
        yield title, "bold red"
        yield from ((f"    {each}", "") for each in message.splitlines())
    yield from ((f"Note: {note}.", "") for note in run.notes)
    yield verdict(run), ""
    if run.of("superseded"):
        text = "Superseded relations were left as they are; --replace loads this date into them."
        yield text, ""
    if run.resume and (run.of("failed") or run.of("not run")):
        yield f"Continue with:\n    {run.resume}", ""


def failures(run: Run) -> dict[tuple[str, bool], list[Outcome]]:
    """Group failures by message: one for all tables of an upstream that is down."""
    groups: dict[tuple[str, bool], list[Outcome]] = {}
    for outcome in run.of("failed"):
        groups.setdefault((outcome.message, outcome.optional), []).append(outcome)
    return groups


def names_of(run: Run, group: Iterable[Outcome]) -> str:
    """Return the names of tasks: ``DumpTable www.orders, www.users; LoadAll``."""
    by_task: dict[str, list[str]] = {}
    for outcome in group:
        name = run.label(outcome) if outcome.relation else outcome.date * (len(run.dates) > 1)
        by_task.setdefault(outcome.task, []).append(name)
    return "; ".join(f"{task} {', '.join(names)}".rstrip() for task, names in by_task.items())


def _lines(run: Run, outcomes: Iterable[Outcome]) -> list[tuple[Cell, ...]]:
    """Return a line for each relation: rows loaded, bytes dumped, seconds of all its tasks."""
    by_relation: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_relation.setdefault(run.label(outcome), []).append(outcome)
    return [_line(name, group) for name, group in sorted(by_relation.items())]


def _line(name: str, group: list[Outcome]) -> tuple[Cell, ...]:
    if not any(outcome.status == "done" for outcome in group):
        return (name, "", "", "", _status(group))
    rows = max((outcome.rows for outcome in group if outcome.rows is not None), default=None)
    amount = max(outcome.bytes for outcome in group)
    seconds = sum(outcome.seconds for outcome in group)
    moved = "" if rows is None else f"{rows:,}"
    return (name, moved, size(amount) if amount else "", f"{seconds:.1f}", _status(group))


def _status(group: list[Outcome]) -> Cell:
    failed = [outcome for outcome in group if outcome.status == "failed"]
    if failed:
        return Text.assemble(("failed", "red"), f" in {failed[0].task}")
    waiting = [outcome for outcome in group if outcome.status == "not run"]
    if waiting:
        return Text("not run", "yellow")
    superseded = [outcome for outcome in group if outcome.status == "superseded"]
    if superseded:
        return Text(superseded[0].message, "yellow")
    tasks = {outcome.task for outcome in group}
    word = next((word for task, word in DONE.items() if task in tasks), "done")
    if any(outcome.checked for outcome in group):
        word = "checked"
    return ", ".join(
        filter(None, (word, next((o.message for o in reversed(group) if o.message), "")))
    )


DONE = {
    "CopyTable": "loaded",
    "RefreshCtas": "refreshed",
    "DumpTable": "dumped",
    "CreateTable": "created",
    "UploadDesign": "uploaded",
}


def verdict(run: Run) -> str:
    """Return what a run did, in a sentence or two."""
    before = run.complete_before
    superseded = len(run.of("superseded"))
    if not run.outcomes:
        return f"Run of {run.period}: {_all_complete(run)}; there was nothing to do."
    done = count(len(run.of("done")), "task")
    text = f"Run of {run.period}: {done} done in {run.seconds:.1f} s{_relations(run)}"
    if before:
        text += f", {before:,} {'was' if before == 1 else 'were'} complete before"
    if superseded:
        text += f", {superseded:,} superseded by rows of a later date"
    return f"{text}{_undone(run)}.{_optional(run)}"


def _all_complete(run: Run) -> str:
    before, noun = run.complete_before, run.complete_noun
    if not before:
        return "no design needs a task (to draft designs: pipeline design)"
    return f"the one {noun} is complete" if before == 1 else f"all {before:,} {noun}s are complete"


def _relations(run: Run) -> str:
    """Return how many relations the tasks were for, if these are not as many: `` (33 relations)``.

    A second run counts the relations, because each one's last task proves those before it.
    """
    done = run.of("done")
    relations = {outcome.relation for outcome in done if outcome.relation}
    return f" ({count(len(relations), 'relation')})" if 0 < len(relations) < len(done) else ""


def _undone(run: Run) -> str:
    failed, waiting = len(run.of("failed")), len(run.of("not run"))
    text = f", {failed:,} FAILED" if failed else ""
    if waiting:
        text += f", {waiting:,} not run {_reason(run)}"
    return text


def _reason(run: Run) -> str:
    """Explain why tasks did not run."""
    if run.interrupted:
        return "since the run was interrupted"
    return "because of that" if run.of("failed") else "since the scheduler gave no more work"


def _optional(run: Run) -> str:
    """List the optional relations that failed, and explain an exit code of 0."""
    names = sorted({outcome.relation for outcome in run.outcomes if outcome.optional})
    if not names:
        return ""
    failed = any(outcome.status == "failed" and not outcome.optional for outcome in run.outcomes)
    code = "" if failed else " The exit code is 0 nevertheless."
    return f"{code}\nNot required, previous rows kept: {', '.join(names)}."

"""``pipeline status``: the last load of every relation, its age, and what is wrong with it."""

import datetime as dt
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import click

from pipeline.cli.arguments import NO_DESIGNS, PATTERNS
from pipeline.cli.output import AS_JSON, instant, seconds, show_json, tell_prefix
from pipeline.cli.tables import age, moment, number, show
from pipeline.figures import count, size
from pipeline.names import TableName
from pipeline.procedures.operations.freshness import FreshnessJob, Verdict, verdicts
from pipeline.procedures.operations.status import State, states
from pipeline.runtime import Runtime, current

HEADINGS = ("relation", "date", "loaded (UTC)", "age", "by", "rows", "bytes", "state")

SPARE = ("by", "loaded (UTC)", "bytes", "date")

UNHEALTHY = 6
"""Exit code of --check if a relation is too old or has failed."""

NOT_READ = "Columns were not read; 'pipeline status --check' reads them."

Verdicts = Mapping[TableName, Verdict]


@click.command()
@PATTERNS
@click.option(
    "--check",
    is_flag=True,
    help="Print a line for each failure, failed check and relation that is too old; exit code 6 if"
    " there is an error among them.",
)
@AS_JSON
def status(patterns: tuple[str, ...], *, check: bool, as_json: bool) -> None:
    """Show the last load and the state of each relation.

    PATTERN selects relations: www, 'www.orders*', '!www.tmp*'. The state shows what is
    stale and what failed last and, of a table that is loaded incrementally, what the last load
    changed and where the next one begins. The exit code is 0 in any state, except with --check,
    which is for monitors and also reads the newest values of the columns that designs name in
    'freshness'.
    """
    runtime, now = current(), dt.datetime.now(dt.UTC).replace(tzinfo=None)
    found = _examine(runtime, patterns, now, check=check)
    if as_json:
        show_json([record(state, found, now) for state in found.states])
    if check:
        problems = found.problems(() if patterns else runtime.project.optional)
        if not as_json:
            _show_problems(problems, found)
        sys.exit(UNHEALTHY if any(severity == "ERROR" for severity, _ in problems) else 0)
    if not as_json:
        _show_table(found, now)
        if runtime.project.left_out_note:
            click.echo(f"{runtime.project.left_out_note}.")


@dataclass(frozen=True, slots=True)
class Found:
    """The selected relations, and how fresh they are."""

    states: Sequence[State]
    fresh: Verdicts

    def problems(self, optional: Collection[TableName]) -> list[tuple[str, str]]:
        """Return severity and text of each problem, for monitors."""
        wrong = violated(self.states, optional)
        return [*failed(self.states, optional), *wrong, *too_old(self.fresh)]


def _examine(
    runtime: Runtime, patterns: tuple[str, ...], now: dt.datetime, *, check: bool
) -> Found:
    """Return what is known of each selected relation; ``check`` reads columns."""
    project = runtime.project
    if check:
        project.check_designs()
    inventory = runtime.markers.inventory()
    names, loads = project.select(patterns), runtime.load_history()
    found = list(states(project.catalog, names, loads, project.limited, inventory))
    query = runtime.warehouse.query if check else None
    job = FreshnessJob(project.freshness, now, inventory.relations, query)
    return Found(found, verdicts(found, job))


def failed(
    found: Sequence[State], optional: Collection[TableName] = ()
) -> Iterator[tuple[str, str]]:
    """Yield severity and text of each failure; that of an ``optional`` relation is a warning."""
    for state in found:
        if state.failure is not None:
            name, failure = state.design.name, state.failure
            when = f"{moment(failure.occurred_at)} UTC, run of {failure.run_date}"
            message = failure.message.partition("\n")[0]
            severity = "WARNING" if name in optional else "ERROR"
            yield severity, f"{name}: FAILED in {failure.task} ({when}): {message}"


def violated(
    found: Sequence[State], optional: Collection[TableName] = ()
) -> Iterator[tuple[str, str]]:
    """Yield severity and text of each relation whose checks did not all pass.

    The failure of a load says which of its checks failed.
    """
    for state in found:
        name, last = state.design.name, state.checks
        if last is None or state.failure is not None:
            continue
        if last.failing or last.warnings:
            is_error = last.failing and name not in optional
            yield (
                "ERROR" if is_error else "WARNING",
                f"{name}: checks of {moment(last.checked_at)} UTC: {last}",
            )


def too_old(fresh: Verdicts) -> Iterator[tuple[str, str]]:
    """Yield severity and text of each relation that is not fresh."""
    for name, each in fresh.items():
        if each.severity not in {None, "ok"}:
            yield str(each.severity).upper(), f"{name}: {each.words}"


def _show_problems(problems: Sequence[tuple[str, str]], found: Found) -> None:
    for severity, text in problems:
        click.echo(f"{severity} {text}")
    counts = Counter(severity for severity, _ in problems)
    errors, warnings = (count(counts[each], each.lower()) for each in ("ERROR", "WARNING"))
    relations = count(len(found.states), "relation")
    what = f"{relations} checked, {len(found.fresh):,} of them for freshness"
    click.echo(f"{what}: {errors}, {warnings}.")


def _show_table(found: Found, now: dt.datetime) -> None:
    names = [state.design.name for state in found.states]
    table: list[tuple[str, ...]] = [HEADINGS, *(line(state, now) for state in found.states)]
    if found.fresh:
        cells = (freshness_cell(found.fresh.get(name)) for name in names)
        table = _with_column(table, HEADINGS.index("age") + 1, ("freshness", *cells))
    if any(state.design.checks for state in found.states):
        cells = (str(state.checks or "") for state in found.states)
        table = _with_column(table, -1, ("checks", *cells))
    show(table[0], table[1:], spare=SPARE)
    for text in failures(found.states):
        click.echo(text)
    for severity, text in (*violated(found.states), *too_old(found.fresh)):
        click.echo(f"{severity} {text}")
    click.echo(verdict(found.states) if found.states else NO_DESIGNS)
    if any(each.severity is None for each in found.fresh.values()):
        click.echo(NOT_READ)
    tell_prefix(failures(found.states))


def _with_column(
    table: Sequence[tuple[str, ...]], place: int, cells: Sequence[str]
) -> list[tuple[str, ...]]:
    """Return a table with a column before the one at a place."""
    pairs = zip(table, cells, strict=True)
    return [(*row[:place], cell, *row[place:]) for row, cell in pairs]


def freshness_cell(found: Verdict | None) -> str:
    """Return how fresh a relation is, in a word; empty if it may have any age."""
    return "" if found is None else found.severity or "not read"


def line(state: State, now: dt.datetime) -> tuple[str, ...]:
    """Return the table row of a relation."""
    name, load = str(state.design.name), state.load
    words = "; ".join(filter(None, (*state.words, state.increment)))
    if load is None:
        return (name, "", "", "", "", "", "", words)
    return (
        name,
        str(load.run_date or ""),
        moment(load.loaded_at),
        age(now - load.loaded_at),
        load.task,
        "" if state.design.kind == "VIEW" else number(load.rows),
        size(load.bytes) if load.bytes else "",
        words,
    )


def failures(found: Sequence[State]) -> list[str]:
    """Return lines for the failures, with their whole messages."""
    lines = []
    for state in found:
        if state.failure:
            failure = state.failure
            when = f"{moment(failure.occurred_at)} UTC, run of {failure.run_date}"
            lines.append(f"FAILED {failure.task} {state.design.name} ({when})")
            lines += [f"    {text}" for text in failure.message.splitlines()]
    return lines


def verdict(found: Sequence[State]) -> str:
    """Return how many relations are in each state: ``3 relations: 2 ok, 1 stale.``."""
    counts = Counter(state.summary for state in found)
    fine = counts.pop("ok", 0)
    rest = "".join(f", {many:,} {word}" for word, many in sorted(counts.items(), key=_most))
    return f"{count(len(found), 'relation')}: {fine:,} ok{rest}."


def _most(counted: tuple[str, int]) -> tuple[int, str]:
    """Return the order of two counts: the larger first, else by their words."""
    word, many = counted
    return -many, word


def record(state: State, found: Found, now: dt.datetime) -> dict[str, Any]:
    """Return the JSON object of a relation."""
    load, failure, name = state.load, state.failure, state.design.name
    fresh, checks = found.fresh.get(name), state.checks
    return {
        "relation": str(name),
        "kind": state.design.kind,
        "task": load and load.task,
        "date": load and load.run_date and str(load.run_date),
        "loaded_at": load and instant(load.loaded_at),
        "age_seconds": load and seconds(now - load.loaded_at),
        "rows": load and load.rows,
        "bytes": load and load.bytes,
        "limit": state.limit,
        "incremental": load and load.increment and increment(load.increment),
        "state": list(state.words),
        "freshness": fresh and freshness_record(fresh, now),
        "checks": checks and {**asdict(checks), "checked_at": instant(checks.checked_at)},
        "failure": failure
        and {
            "task": failure.task,
            "date": failure.run_date and str(failure.run_date),
            "occurred_at": instant(failure.occurred_at),
            "message": failure.message,
        },
    }


def increment(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object of the last load of an incremental table."""
    names = ("load_kind", "reason", "position", "proved")
    figures = ("rows_added", "rows_changed", "rows_deleted")
    return {
        **{name: row[name] for name in (*names, *figures)},
        "whole_at": instant(row["whole_at"]),
    }


def freshness_record(found: Verdict, now: dt.datetime) -> dict[str, Any]:
    """Return the JSON object of how fresh a relation is."""
    return {
        "column": found.required.column,
        "warn_after_seconds": seconds(found.required.warn_after),
        "error_after_seconds": seconds(found.required.error_after),
        "newest": instant(found.newest),
        "age_seconds": seconds(None if found.newest is None else now - found.newest),
        "severity": found.severity,
        "message": found.words or None,
    }

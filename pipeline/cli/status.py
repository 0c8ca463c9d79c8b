"""``pipeline status``: what every relation holds, how old it is, and what is wrong with it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import click

from pipeline.cli.arguments import PATTERNS
from pipeline.cli.tables import age, moment, number, show
from pipeline.procedures.status import Books, State, states
from pipeline.runtime import current
from pipeline.sql import history
from pipeline.tasks.summary import size

HEADINGS = ("relation", "date", "loaded (UTC)", "age", "by", "rows", "bytes", "state")


@click.command()
@PATTERNS
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of objects.")
def status(patterns: tuple[str, ...], *, as_json: bool) -> None:
    """Show for every relation that PATTERN selects its last load, what is stale, what failed last.

    The exit code is 0 whatever the state of the relations; --json tells it to programs.
    """
    runtime = current()
    catalog = runtime.catalog
    settings = runtime.settings
    latest = history.select_latest(
        settings.warehouse.marker_schema, prefix=settings.storage.prefix
    )
    books = Books(runtime.newest_markers(), runtime.unless_unprepared(latest))
    found = list(states(catalog, runtime.select(patterns), books, runtime.limited))
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    if as_json:
        click.echo(json.dumps([record(state, now) for state in found], indent=2))
        return
    show(HEADINGS, (line(state, now) for state in found))
    for text in failures(found):
        click.echo(text)
    click.echo(verdict(found))
    if runtime.left_out_note:
        click.echo(f"{runtime.left_out_note}.")


def line(state: State, now: dt.datetime) -> tuple[str, ...]:
    """Render one relation."""
    loaded = state.loaded_at
    return (
        str(state.design.name),
        str(state.run_date or ""),
        moment(loaded),
        "" if loaded is None else age(now - loaded),
        state.task or "",
        "" if state.design.kind == "VIEW" else number(state.rows),
        size(state.bytes) if state.bytes else "",
        "; ".join(state.words),
    )


def failures(found: Sequence[State]) -> list[str]:
    """Render what failed last, with the whole message."""
    lines = []
    for state in found:
        if state.failure:
            failure = state.failure
            when = f"{moment(failure.occurred_at)} UTC, run of {failure.run_date}"
            lines.append(f"FAILED {failure.task} {state.design.name} ({when})")
            lines += [f"    {text}" for text in failure.message.splitlines()]
    return lines


def verdict(found: Sequence[State]) -> str:
    """Count the relations by what is to be known about them."""
    fine = sum(state.words == ("ok",) for state in found)
    counts = (
        (sum(state.task is None for state in found), "never loaded"),
        (sum(state.failure is not None for state in found), "failed"),
        (sum(state.limit is not None for state in found), "partial"),
        (sum(state.changed or bool(state.newer) for state in found), "stale"),
    )
    rest = "".join(f", {count} {word}" for count, word in counts if count)
    return f"{len(found)} relations: {fine} ok{rest}."


def record(state: State, now: dt.datetime) -> dict[str, Any]:
    """Render one relation for programs; moments are UTC in ISO 8601."""
    loaded, failure = state.loaded_at, state.failure
    return {
        "relation": str(state.design.name),
        "kind": state.design.kind,
        "task": state.task,
        "date": state.run_date and state.run_date.isoformat(),
        "loaded_at": loaded and f"{loaded.isoformat()}Z",
        "age_seconds": None if loaded is None else int((now - loaded).total_seconds()),
        "rows": state.rows,
        "bytes": state.bytes,
        "limit": state.limit,
        "state": list(state.words),
        "failure": failure
        and {
            "task": failure.task,
            "date": failure.run_date and failure.run_date.isoformat(),
            "occurred_at": f"{failure.occurred_at.isoformat()}Z",
            "message": failure.message,
        },
    }

"""``pipeline status``: the last load of every relation, its age, and what is wrong with it."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from pipeline.cli.arguments import NO_DESIGNS, PATTERNS
from pipeline.cli.tables import age, moment, number, show
from pipeline.figures import count, size
from pipeline.procedures.checks.last import CheckState
from pipeline.procedures.operations.status import CHANGES, LoadHistory, State, states
from pipeline.runtime import Runtime, current
from pipeline.sql.markers import history, marker
from pipeline.sql.markers.check_results import select_latest_results

HEADINGS = ("relation", "date", "loaded (UTC)", "age", "by", "rows", "bytes", "state")

SPARE = ("by", "loaded (UTC)", "bytes", "date")


@click.command()
@PATTERNS
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of objects.")
def status(patterns: tuple[str, ...], *, as_json: bool) -> None:
    """Show the last load and the state of each relation.

    PATTERN selects relations: www, 'www.orders*', '!www.tmp*'. The state shows what is
    stale and what failed last and, of a table that is loaded incrementally, what the last load
    changed and where the next one begins. The exit code is 0 in any state; programs read --json.
    """
    runtime = current()
    catalog = runtime.project.catalog
    settings = runtime.settings
    schema, prefix = settings.warehouse.marker_schema, settings.storage.prefix
    latest = runtime.markers.query(history.select_latest(schema, prefix=prefix))
    elsewhere = runtime.markers.query(marker.select_elsewhere(schema, prefix=prefix))
    loads = LoadHistory(runtime.markers.newest(), latest, elsewhere)
    names, inventory = runtime.project.select(patterns), runtime.markers.inventory()
    found = list(states(catalog, names, loads, runtime.project.limited, inventory))
    checks = last_checks(runtime, found)
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    if as_json:
        records = [record(state, now) | checks_record(state, checks) for state in found]
        click.echo(json.dumps(records, indent=2))
        return
    headings: tuple[str, ...] = HEADINGS
    rows: list[tuple[str, ...]] = [line(state, now) for state in found]
    if checks is not None:
        headings = (*HEADINGS[:-1], "checks", HEADINGS[-1])
        results = (checks.get(str(state.design.name), "") for state in found)
        pairs = zip(rows, results, strict=True)
        rows = [(*row[:-1], str(result), row[-1]) for row, result in pairs]
    show(headings, rows, spare=SPARE)
    for text in failures(found):
        click.echo(text)
    click.echo(verdict(found) if found else NO_DESIGNS)
    if runtime.project.left_out_note:
        click.echo(f"{runtime.project.left_out_note}.")


def last_checks(runtime: Runtime, found: Sequence[State]) -> Mapping[str, CheckState] | None:
    """Return the last results of checks by relation; None if none of the designs has checks."""
    if not any(state.design.checks for state in found):
        return None
    schema, prefix = runtime.settings.warehouse.marker_schema, runtime.settings.storage.prefix
    return CheckState.of(runtime.markers.query(select_latest_results(schema, prefix=prefix)))


def checks_record(state: State, checks: Mapping[str, CheckState] | None) -> dict[str, Any]:
    """Return what the checks add to the JSON object of a relation, nothing if there are none."""
    if checks is None:
        return {}
    last = checks.get(str(state.design.name))
    return {"checks": last and {**asdict(last), "checked_at": f"{last.checked_at.isoformat()}Z"}}


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


def record(state: State, now: dt.datetime) -> dict[str, Any]:
    """Return the JSON object of a relation; times are UTC in ISO 8601."""
    load, failure = state.load, state.failure
    return {
        "relation": str(state.design.name),
        "kind": state.design.kind,
        "task": load and load.task,
        "date": load and load.run_date and str(load.run_date),
        "loaded_at": load and f"{load.loaded_at.isoformat()}Z",
        "age_seconds": load and int((now - load.loaded_at).total_seconds()),
        "rows": load and load.rows,
        "bytes": load and load.bytes,
        "limit": state.limit,
        "incremental": load and load.increment and increment(load.increment),
        "state": list(state.words),
        "failure": failure
        and {
            "task": failure.task,
            "date": failure.run_date and str(failure.run_date),
            "occurred_at": f"{failure.occurred_at.isoformat()}Z",
            "message": failure.message,
        },
    }


def increment(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object of the last load of an incremental table."""
    names = ("load_kind", "reason", "position", "proved")
    whole_at = row["whole_at"]
    return {
        **{name: row[name] for name in (*names, *(f"rows_{what}" for what in CHANGES))},
        "whole_at": whole_at and f"{whole_at.isoformat()}Z",
    }

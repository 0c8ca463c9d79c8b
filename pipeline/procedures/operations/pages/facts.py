"""What pages show of the warehouse, from the states of relations and rows of the history."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from pipeline.designs.catalog import Catalog
from pipeline.figures import count
from pipeline.names import TableName
from pipeline.pages.messages import masked
from pipeline.pages.model import (
    BAD,
    CHECK_WARNINGS,
    CHECKS_FAILED,
    GOOD,
    IDLE,
    OLD,
    TOO_OLD,
    WARN,
    Event,
    Facts,
    Outcome,
)
from pipeline.procedures.checks.last import CheckState
from pipeline.procedures.operations.freshness import Verdict
from pipeline.procedures.operations.load_history import FAILED
from pipeline.procedures.operations.status import State
from pipeline.sql.markers.run_date import run_date_of
from pipeline.stores.warehouse import Row

FAILURES = 5
"""The failures of a relation that a page lists."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What facts are collected from, besides the states of relations.

    ``recent`` are rows of ``select_recent``, ``results`` those of ``select_latest_results``. Of
    texts in quotes in messages, only ``known`` ones are shown.
    """

    recent: Iterable[Row] = ()
    results: Iterable[Row] = ()
    fresh: Mapping[TableName, Verdict] = field(default_factory=dict)
    known: Collection[str] = ()


def collect_facts(states: Iterable[State], sources: Sources) -> dict[TableName, Facts]:
    """Return the facts of each relation."""
    events: dict[str, list[Event]] = {}
    for row in sources.recent:
        events.setdefault(row["target_table"], []).append(_event(row, sources.known))
    results: dict[str, list[Row]] = {}
    for row in sources.results:
        results.setdefault(row["target_table"], []).append(row)
    found = {}
    for state in states:
        name = state.design.name
        checks, verdict = results.get(str(name), []), sources.fresh.get(name)
        facts = _facts(state, events.get(str(name), ()))
        found[name] = _judged(facts, checks, verdict, sources.known)
    return found


def known_words(catalog: Catalog) -> frozenset[str]:
    """Return the names and types in the designs, which a message may quote."""
    words: set[str] = set()
    for design in catalog:
        for name in filter(None, (design.name, design.source)):
            words |= {str(name), name.schema, name.table}
        for column in design.columns:
            words |= {column.name, column.upstream_name, column.sql_type}
            words.add(column.source_sql_type or "")
    return frozenset(words)


def _event(row: Row, known: Collection[str]) -> Event:
    return Event(
        at=row["occurred_at"],
        date=str(run_date_of(row) or ""),
        task=row["task"],
        status=row["status"],
        rows=row["row_count"],
        bytes=row["byte_count"],
        seconds=row["seconds"],
        message=masked(row["message"] or "", known),
    )


def _facts(state: State, events: Iterable[Event]) -> Facts:
    load = state.load
    failures = [event for event in events if event.status == FAILED]
    return Facts(
        summary=state.summary,
        words=state.words,
        loaded_at=load.loaded_at if load else None,
        run_date=str(load.run_date or "") if load else "",
        rows=load.rows if load else None,
        bytes=load.bytes if load else None,
        is_failing=state.failure is not None,
        loads=tuple(event for event in events if event.status != FAILED),
        failures=tuple(failures[::-1][:FAILURES]),
    )


def _judged(
    facts: Facts, results: Collection[Row], verdict: Verdict | None, known: Collection[str]
) -> Facts:
    """Return facts with the results of checks and the age; the worst is the summary."""
    if verdict:  # an error of the warehouse can quote a value
        verdict = replace(verdict, words=masked(verdict.words, known))
    severity = verdict.severity if verdict else None
    last = next(iter(CheckState.of(results).values()), None) if not facts.is_failing else None
    worse = {
        CHECKS_FAILED: bool(last and last.failing),
        TOO_OLD: severity == "error",
        facts.summary: facts.summary != "ok",
        CHECK_WARNINGS: bool(last and last.warnings),
        OLD: severity == "warning",
    }
    words = [masked(word, known) for word in facts.words if word != "ok"]
    if last and (last.failing or last.warnings):
        words.append(f"checks: {last}")
    if verdict and severity in LEVEL_OF and severity != "ok" and verdict.words not in words:
        words.append(verdict.words)
    summary = next((word for word, holds in worse.items() if holds), "ok")
    return replace(
        facts,
        summary=facts.summary if facts.is_failing else summary,
        words=tuple(words) or facts.words,
        checks={row["check_name"]: _outcome(row, known) for row in results},
        freshness=_freshness(verdict) if verdict else None,
    )


LEVEL_OF = {"ok": GOOD, "warning": WARN, "error": BAD}


def _freshness(verdict: Verdict) -> tuple[str, str]:
    level = LEVEL_OF[verdict.severity] if verdict.severity else IDLE
    words = verdict.words or "not read"
    return level, words if level in {BAD, WARN} else f"{words} ({verdict.required})"


def _outcome(row: Row, known: Collection[str]) -> Outcome:
    passed, wrong = row["passed"], row["wrong_rows"]
    severe = WARN if row["severity"] == "warn" else BAD
    level = {True: GOOD, False: severe, None: IDLE}[passed]
    found = masked(row["found"] or "", known)
    if passed is False and wrong is not None:
        found = count(wrong, "wrong row")
    return Outcome(row["checked_at"], passed, level, found)

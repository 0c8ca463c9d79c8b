"""What pages show of the warehouse, from the states of relations and rows of the history."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pipeline.designs.catalog import Catalog
from pipeline.names import TableName
from pipeline.pages.messages import masked
from pipeline.pages.model import Event, Facts
from pipeline.procedures.operations.status import FAILED, State
from pipeline.sql.markers.run_date import run_date_of

Row = Mapping[str, Any]

FAILURES = 5
"""The failures of a relation that a page lists."""


def collect_facts(
    states: Iterable[State], recent: Iterable[Row], known: Collection[str]
) -> dict[TableName, Facts]:
    """Return the facts of each relation; ``recent`` are rows of ``select_recent``.

    Of texts in quotes in messages, only ``known`` ones are shown.
    """
    events: dict[str, list[Event]] = {}
    for row in recent:
        events.setdefault(row["target_table"], []).append(_event(row, known))
    return {
        state.design.name: _facts(state, events.get(str(state.design.name), ()))
        for state in states
    }


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

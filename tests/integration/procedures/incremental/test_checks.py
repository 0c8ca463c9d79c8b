"""Checks of a delta: on its rows, or on the table as it would be with it."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from pipeline.designs.model.checks import (
    Check,
    NotNull,
    Query,
    Range,
    RowCount,
    Rule,
    Severity,
    Unique,
)
from pipeline.procedures.checks.checking import ChecksFailedError
from tests.support.projects.replica import Replica

NAMED = NotNull("name")
CHANGE = "INSERT INTO items VALUES (41, 'row 41', now()); DELETE FROM items WHERE id = 1"


def set_checks(items: Replica, *rules: Rule, severity: Severity = "error") -> None:
    checks = tuple(Check(rule.kind, rule, severity) for rule in rules)
    items.design = replace(items.design, checks=checks)


def results(items: Replica) -> dict[str, tuple[Any, ...]]:
    """What the checks of the last load found, by rule."""
    assert items.published is not None
    assert items.published.checking is not None
    found = items.published.checking.results
    return {each.check.rule.kind: (each.passed, each.place, each.wrong) for each in found}


def test_rules_about_single_rows_are_for_the_delta_and_others_for_the_whole_table(
    items: Replica,
) -> None:
    """Rows that it replaces or deletes do not count, and what fails leaves the table as it was."""
    exact = RowCount(40, 40)
    empty = Query("SELECT 1 FROM {relation} AS r JOIN {relation} AS s ON r.id + 40 = s.id")
    set_checks(items, NAMED, Unique(("name",)), exact, empty)
    items.load()
    items.upstream("UPDATE items SET name = 'x', updated_at = now() WHERE id IN (1, 2)")
    with pytest.raises(ChecksFailedError, match="unique: 2 wrong rows, such as"):
        items.load()
    assert items.ask("SELECT COUNT(*) AS n FROM {t} WHERE name = 'x'")[0]["n"] == 0
    items.upstream("UPDATE items SET name = 'row 1', updated_at = now() WHERE id = 1")
    items.upstream(CHANGE)
    items.load()
    assert results(items) == {
        "not_null": (True, "delta", 0),
        "unique": (True, "staging", 0),
        "row_count": (True, "staging", None),
        "query": (True, "staging", 0),
    }
    assert items.differences() == []


def test_after_a_change_of_the_checks_all_rows_are_checked(items: Replica) -> None:
    """So are, always, the rows that may have been published with a warning."""
    items.upstream("INSERT INTO items VALUES (50, NULL, now())")
    items.load()
    set_checks(items, NAMED)
    items.upstream(CHANGE)
    with pytest.raises(ChecksFailedError, match="not_null: 1 wrong row, such as"):
        items.load()
    set_checks(items, NAMED, severity="warn")
    for name in ("row 42", "row 43"):
        items.upstream("INSERT INTO items VALUES (%s, %s, now())", int(name[4:]), name)
        items.load()
        assert results(items) == {"not_null": (False, "staging", 1)}
    assert items.differences() == []


def test_the_rows_of_a_window_replace_those_of_the_table(items: Replica) -> None:
    items.set(column="updated_at", window=dt.timedelta(days=10))
    items.load()
    set_checks(items, RowCount(40, 40, 0.1), Range("id", 2, 41))
    items.upstream("DELETE FROM items WHERE id = 1; INSERT INTO items VALUES (41, 'new', now())")
    items.load()
    assert results(items)["range"] == (True, "staging", 0)
    assert items.differences() == []

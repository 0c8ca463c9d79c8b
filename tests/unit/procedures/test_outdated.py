"""Derived relations that are, or will be, older than what they read."""

import datetime as dt

import pytest

from pipeline.designs.graph import Reading
from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.procedures.content import Content
from pipeline.procedures.outdated import find_outdated

ORDERS, USERS, SUMS, VIEW, TOP = (
    TableName("a", name) for name in ["orders", "users", "sums", "view", "top"]
)

READS = {
    SUMS: Reading(frozenset({ORDERS}), frozenset({ORDERS})),
    VIEW: Reading(frozenset({SUMS}), frozenset()),
    TOP: Reading(frozenset({VIEW, USERS}), frozenset({SUMS, USERS})),
}
"""Sums of orders; a view of them, which top reads."""

AT = {ORDERS: 1, USERS: 1, SUMS: 2, VIEW: 2, TOP: 3}


def content(name: TableName, hour: int) -> Content:
    at = dt.datetime.fromisoformat(f"2026-11-21 0{hour}:00")
    date = RunDate.parse("2026-11-21")
    return Content(str(name), f"p/{name}", date, "p", Fingerprint("0123456789ab"), at, None)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, set()),
        ({ORDERS: 4}, {SUMS, VIEW, TOP}),
        ({USERS: 4}, {TOP}),
        ({SUMS: 4}, {TOP}),
        ({VIEW: 4}, set()),
        ({SUMS: None}, {VIEW, TOP}),
        ({ORDERS: None}, {SUMS, VIEW, TOP}),
    ],
)
def test_what_reads_later_rows_or_rows_to_be_loaded_is_outdated(changed, expected):
    """None stands for a relation without rows of the run."""
    loaded = {name: at for name, at in {**AT, **changed}.items() if at}
    found = {str(name): content(name, at) for name, at in loaded.items()}
    assert find_outdated(found, lambda _: True, {}, READS) == expected


def test_rows_that_are_not_those_of_the_run_have_to_be_loaded():
    found = {str(name): content(name, at) for name, at in AT.items()}

    def is_loaded(each: Content) -> bool:
        return each.relation != str(USERS)

    assert find_outdated(found, is_loaded, {}, READS) == {TOP}
    assert find_outdated(found, is_loaded, {USERS: [VIEW]}, READS) == {VIEW, TOP}

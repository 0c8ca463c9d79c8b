"""The state of a relation, from markers, history and designs."""

import datetime as dt

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.fingerprint import Fingerprints
from pipeline.names import TableName
from pipeline.procedures.status import Books, states

FILES = {
    "www/public-orders.yaml": "name: www.orders\ncolumns: [{name: id, sql_type: int}]",
    "a/sums.yaml": "name: a.sums\nsource_name: CTAS\ncolumns: [{name: id, sql_type: int}]",
    "a/sums.sql": "SELECT id FROM www.orders",
    "a/view.yaml": "name: a.view\nsource_name: VIEW\ncolumns: [{name: id}]",
    "a/view.sql": "SELECT id FROM a.sums",
}
CATALOG = Catalog.parse(FILES)
ORDERS, SUMS, VIEW = TableName("www", "orders"), TableName("a", "sums"), TableName("a", "view")
DAY = dt.date(2026, 11, 22)


def prints(limit):
    return Fingerprints(CATALOG.designs, str, limit)


def at(hour):
    return dt.datetime(2026, 11, 22, hour)  # noqa: DTZ001  (as the warehouse tells it, in UTC)


def marker(name, hour, *, limit=None, fingerprint=None, task=None):
    return {
        "task": task or ("CopyTable" if name == ORDERS else "RefreshCtas"),
        "target_table": str(name),
        "run_date": DAY,
        "fingerprint": fingerprint or prints(limit).content(name),
        "row_count": 5,
        "byte_count": 7,
        "inserted_at": at(hour),
    }


def ended(status, hour, *, name=ORDERS, task="CopyTable", message=None):
    return {
        "task": task,
        "target_table": name and str(name),
        "run_date": DAY,
        "status": status,
        "occurred_at": at(hour),
        "message": message,
    }


def words(name, markers=(), latest=()):
    (state,) = states(CATALOG, [name], Books(markers, latest), prints)
    return state.words


def test_a_relation_without_marker_was_never_loaded():
    assert words(ORDERS) == ("never loaded",)


def test_a_created_table_is_not_a_loaded_one():
    assert words(ORDERS, [marker(ORDERS, 1, task="CreateTable")]) == ("never loaded",)


def test_what_was_made_by_the_design_of_today_is_ok():
    assert words(ORDERS, [marker(ORDERS, 1)]) == ("ok",)


def test_what_was_made_by_another_design_is_stale():
    assert words(ORDERS, [marker(ORDERS, 1, fingerprint="0" * 12)]) == ("design changed since",)


def test_what_was_made_under_a_limit_is_partial_and_not_of_another_design():
    assert words(ORDERS, [marker(ORDERS, 1, limit=9)]) == ("partial (--limit 9)",)


@pytest.mark.parametrize(("read", "made", "stale"), [(1, 2, False), (2, 1, True), (1, 1, False)])
def test_what_is_older_than_what_it_reads_is_stale(read, made, stale):
    found = words(SUMS, [marker(ORDERS, read), marker(SUMS, made)])
    assert found == (("older than www.orders",) if stale else ("ok",))


def test_a_view_is_never_older_than_what_it_shows():
    assert words(VIEW, [marker(VIEW, 1), marker(SUMS, 2)]) == ("ok",)


def test_a_failure_stands_until_the_task_ends_well():
    markers = [marker(ORDERS, 1)]
    failed, done = ended("failed", 3), ended("done", 1)
    assert words(ORDERS, markers, [done, failed]) == ("FAILED in CopyTable",)
    assert words(ORDERS, markers, [ended("done", 4), failed]) == ("ok",)


def test_a_failure_of_an_earlier_step_ends_when_the_relation_is_filled():
    failed = ended("failed", 3, task="DumpTable")
    assert words(ORDERS, [marker(ORDERS, 2)], [failed]) == ("FAILED in DumpTable",)
    assert words(ORDERS, [marker(ORDERS, 4)], [failed]) == ("ok",)


def test_the_newest_of_several_failures_is_told():
    rows = [ended("failed", 5, message="new"), ended("failed", 3, task="DumpTable", message="old")]
    (state,) = states(CATALOG, [ORDERS], Books([], rows), prints)
    assert state.failure is not None
    assert state.failure.message == "new"


def test_failures_of_tasks_about_no_relation_are_nobodys():
    assert words(ORDERS, [marker(ORDERS, 1)], [ended("failed", 3, name=None)]) == ("ok",)

"""The state of a relation, from markers, history and designs."""

import datetime as dt

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.designs.fingerprint import Fingerprints
from pipeline.names import RunDate, TableName
from pipeline.procedures.inventory import Inventory
from pipeline.procedures.operations.load_history import LoadHistory
from pipeline.procedures.operations.status import states

FILES = {
    "www/public-orders.yaml": "name: www.orders\ncolumns: [{name: id, sql_type: int}]",
    "a/sums.yaml": "name: a.sums\nsource_name: CTAS\ncolumns: [{name: id, sql_type: int}]",
    "a/sums.sql": "SELECT id FROM www.orders",
    "a/view.yaml": "name: a.view\nsource_name: VIEW\ncolumns: [{name: id}]",
    "a/view.sql": "SELECT id FROM a.sums",
    "a/top.yaml": "name: a.top\nsource_name: CTAS\ncolumns: [{name: id, sql_type: int}]",
    "a/top.sql": "SELECT id FROM a.sums",
    "a/peak.yaml": "name: a.peak\nsource_name: CTAS\ncolumns: [{name: id, sql_type: int}]",
    "a/peak.sql": "SELECT id FROM a.view",
}
CATALOG = Catalog.parse(FILES)
ORDERS, SUMS, VIEW = TableName("www", "orders"), TableName("a", "sums"), TableName("a", "view")
TOP, PEAK = TableName("a", "top"), TableName("a", "peak")
DAY = dt.date(2026, 11, 22)
BEFORE = DAY - dt.timedelta(days=1)


def prints(limit):
    return Fingerprints(CATALOG.designs, str, limit)


def at(hour):
    return dt.datetime(2026, 11, 22, hour)  # noqa: DTZ001  (as the warehouse returns it, in UTC)


def marker(name, hour, *, limit=None, fingerprint=None, task=None, day=DAY):
    return {
        "task": task or ("CopyTable" if name == ORDERS else "RefreshCtas"),
        "target_table": str(name),
        "run_date": day,
        "fingerprint": fingerprint or str(prints(limit).content(name)),
        "row_count": 5,
        "byte_count": 7,
        "inserted_at": at(hour),
    }


def ended(status, hour, *, name=ORDERS, task="CopyTable", message=None, day=DAY):
    return {
        "task": task,
        "target_table": name and str(name),
        "run_date": day,
        "status": status,
        "row_count": 9,
        "byte_count": 11,
        "occurred_at": at(hour),
        "message": message,
    }


def state(name, markers=(), latest=(), elsewhere=(), object_id=1):
    history = LoadHistory(markers, latest, elsewhere)
    present = Inventory(relations={} if object_id is None else {name: object_id})
    (found,) = states(CATALOG, [name], history, prints, present)
    return found


def words(name, markers=(), latest=(), elsewhere=(), object_id=1):
    return state(name, markers, latest, elsewhere, object_id).words


@pytest.mark.parametrize(
    ("published", "current", "expected"),
    [
        (1, 1, ("ok",)),
        (None, 1, ("ok",)),
        (2, 1, ("not the table that was loaded",)),
        (1, None, ("missing in the warehouse",)),
        (None, None, ("missing in the warehouse",)),
    ],
)
def test_a_relation_that_somebody_dropped_or_replaced_is_not_ok(published, current, expected):
    found = {**marker(ORDERS, 3), "object_id": published}

    assert words(ORDERS, [found], object_id=current) == expected


def test_a_run_that_left_later_rows_as_they_are_is_told_until_the_next_load():
    left = ended("superseded", 5, day=DAY - dt.timedelta(days=1))

    found = state(ORDERS, [marker(ORDERS, 4)], [left])
    assert found.words == ("ok", "the run of 2026-11-21 was superseded")
    assert found.summary == "ok"
    assert words(ORDERS, [marker(ORDERS, 6)], [left]) == ("ok",)


@pytest.mark.parametrize(
    ("checked", "severity", "expected"),
    [
        ("published", "error", "checks failed"),
        ("published", "warn", "ok"),
        ("staging", "error", "ok"),
        ("delta", "error", "ok"),
    ],
)
def test_rows_that_do_not_pass_a_check_since_are_not_ok(checked, severity, expected):
    result = {
        "target_table": str(ORDERS),
        "checked_at": at(5),
        "checked": checked,
        "severity": severity,
        "passed": False,
    }
    history = LoadHistory([marker(ORDERS, 4)], (), results=[result])

    (found,) = states(CATALOG, [ORDERS], history, prints, Inventory(relations={ORDERS: 1}))

    assert (found.words, found.summary) == ((expected,), expected)
    assert found.checks.published == (checked == "published")


def test_a_load_of_an_hour_is_not_that_of_its_day():
    hourly = {**marker(ORDERS, 6), "run_hour": 5}
    assert state(ORDERS, [hourly], [ended("done", 3)]).load.run_date == RunDate(DAY, 5)
    assert words(ORDERS, [marker(ORDERS, 2)], [{**ended("done", 3), "run_hour": 5}]) == (
        "forgotten",
    )
    left = {**ended("superseded", 7), "run_hour": 4}
    assert state(ORDERS, [hourly], [left]).words == (
        "ok",
        "the run of 2026-11-22T04 was superseded",
    )


def test_a_relation_without_marker_was_never_loaded():
    assert words(ORDERS) == ("never loaded",)


def test_a_created_table_is_not_a_loaded_one():
    assert words(ORDERS, [marker(ORDERS, 1, task="CreateTable")]) == ("never loaded",)


def test_a_load_by_the_current_design_is_ok():
    assert words(ORDERS, [marker(ORDERS, 1)]) == ("ok",)


def test_a_load_by_another_design_is_stale():
    assert words(ORDERS, [marker(ORDERS, 1, fingerprint="0" * 12)]) == ("design changed since",)


def test_a_load_with_a_limit_is_partial_and_its_design_has_not_changed():
    assert words(ORDERS, [marker(ORDERS, 1, limit=9)]) == ("partial (--limit 9)",)


@pytest.mark.parametrize(("read", "made", "stale"), [(1, 2, False), (2, 1, True), (1, 1, False)])
def test_a_relation_older_than_one_it_reads_is_stale(read, made, stale):
    found = words(SUMS, [marker(ORDERS, read), marker(SUMS, made)])
    assert found == (("older than www.orders",) if stale else ("ok",))


def test_a_view_is_never_older_than_the_relations_it_shows():
    assert words(VIEW, [marker(VIEW, 1), marker(SUMS, 2)]) == ("ok",)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ({ORDERS: 1, SUMS: 2, TOP: 3}, ("ok",)),
        ({ORDERS: 3, SUMS: 1, TOP: 2}, ("reads stale a.sums",)),
        ({ORDERS: 2, SUMS: 1, TOP: 3}, ("reads stale a.sums",)),
        ({ORDERS: 3, SUMS: 2, TOP: 1}, ("older than a.sums",)),
        ({ORDERS: 9, TOP: 2}, ("ok",)),
    ],
)
def test_a_relation_that_reads_a_stale_one_is_stale(hours, expected):
    assert words(TOP, [marker(name, hour) for name, hour in hours.items()]) == expected


def test_a_view_of_a_stale_relation_is_stale():
    markers = [marker(SUMS, 1), marker(VIEW, 2), marker(ORDERS, 3)]
    found = state(VIEW, markers)
    assert found.words == ("reads stale a.sums",)
    assert found.age.is_stale


@pytest.mark.parametrize(("sums", "view", "expected"), [(3, 1, "older than a.sums"), (1, 3, "ok")])
def test_reading_a_view_counts_as_reading_its_relations(sums, view, expected):
    markers = [marker(ORDERS, 0), marker(SUMS, sums), marker(VIEW, view), marker(PEAK, 2)]
    assert words(PEAK, markers) == (expected,)


def test_a_forgotten_load_is_taken_from_the_history():
    found = state(ORDERS, latest=[ended("done", 4)])
    assert found.words == ("forgotten",)
    assert (found.load.loaded_at, found.load.rows, found.load.bytes) == (at(4), 9, 11)


def test_a_forgotten_partial_load_is_still_partial():
    done = ended("done", 4, message="partial (--limit 9)")
    assert words(ORDERS, latest=[done]) == ("forgotten", "partial (--limit 9)")


def test_the_marker_of_an_older_date_does_not_hide_a_forgotten_load():
    found = state(ORDERS, [marker(ORDERS, 1, day=BEFORE)], [ended("done", 4)])
    assert (found.words, found.load.run_date) == (("forgotten",), RunDate(DAY))


def test_a_load_that_the_history_does_not_have_yet_is_the_last():
    found = state(ORDERS, [marker(ORDERS, 4)], [ended("done", 1, day=BEFORE)])
    assert (found.words, found.load.run_date) == (("ok",), RunDate(DAY))


def test_a_load_in_history_and_marker_counts_once():
    assert words(ORDERS, [marker(ORDERS, 1)], [ended("done", 2)]) == ("ok",)


@pytest.mark.parametrize(("hour", "expected"), [(5, "loaded under prefix wip since"), (3, None)])
def test_a_relation_loaded_under_another_prefix_since_is_not_forgotten(hour, expected):
    other = {"target_table": str(ORDERS), "prefix": "wip", "inserted_at": at(hour)}
    found = state(ORDERS, latest=[ended("done", 4)], elsewhere=[other])
    assert found.words == (expected or "forgotten",)
    assert found.load.rows == (None if expected else 9)


def test_the_age_of_a_forgotten_relation_is_that_of_its_last_load():
    made = marker(SUMS, 3)
    assert words(SUMS, [made], [ended("done", 4)]) == ("older than www.orders",)
    assert words(SUMS, [made], [ended("done", 2)]) == ("ok",)


def test_a_failure_before_a_forgotten_load_stays_resolved():
    failed, done = ended("failed", 3, task="DumpTable"), ended("done", 4)
    assert words(ORDERS, latest=[failed, done]) == ("forgotten",)


def test_a_failure_is_shown_until_the_task_succeeds():
    markers = [marker(ORDERS, 1, day=BEFORE)]
    failed, done = ended("failed", 3), ended("done", 1, day=BEFORE)
    assert words(ORDERS, markers, [done, failed]) == ("FAILED in CopyTable",)
    again = [*markers, marker(ORDERS, 4)]
    assert words(ORDERS, again, [ended("done", 4), failed]) == ("ok",)


def test_a_failure_of_an_earlier_task_is_resolved_when_the_relation_is_filled():
    failed = ended("failed", 3, task="DumpTable")
    before = marker(ORDERS, 2, day=BEFORE)
    assert words(ORDERS, [before], [failed]) == ("FAILED in DumpTable",)
    assert words(ORDERS, [marker(ORDERS, 4)], [failed]) == ("ok",)


@pytest.mark.parametrize(
    ("loaded", "expected"),
    [
        (marker(SUMS, 1), "ok"),
        (marker(SUMS, 1, day=DAY + dt.timedelta(days=1)), "ok"),
        (marker(SUMS, 1, day=BEFORE), "FAILED in RefreshCtas"),
        (marker(SUMS, 1, limit=9), "FAILED in RefreshCtas"),
        (marker(SUMS, 1, fingerprint="0" * 12), "FAILED in RefreshCtas"),
    ],
)
def test_a_failure_is_over_when_what_failed_was_taken_back(loaded, expected):
    """No task succeeds after it: a run finds the marker of the load before it."""
    assert (
        words(SUMS, [loaded], [ended("failed", 3, name=SUMS, task="RefreshCtas")])[0] == expected
    )


@pytest.mark.parametrize(
    ("markers", "latest", "expected"),
    [
        ([marker(ORDERS, 1)], [], "ok"),
        ([], [], "never loaded"),
        ([], [ended("failed", 3)], "failed"),
        ([], [ended("done", 3, message="partial (--limit 9)")], "forgotten"),
        ([marker(ORDERS, 1, limit=9)], [], "partial"),
        ([marker(ORDERS, 1, fingerprint="0" * 12)], [], "stale"),
    ],
)
def test_each_relation_is_counted_by_the_worst_of_its_words(markers, latest, expected):
    assert state(ORDERS, markers, latest).summary == expected


def test_an_older_relation_is_counted_as_stale():
    assert state(SUMS, [marker(ORDERS, 2), marker(SUMS, 1)]).summary == "stale"


def test_the_newest_of_several_failures_is_returned():
    rows = [ended("failed", 5, message="new"), ended("failed", 3, task="DumpTable", message="old")]
    found = state(ORDERS, latest=rows)
    assert found.failure is not None
    assert found.failure.message == "new"


def test_failures_of_tasks_without_a_relation_belong_to_none():
    assert words(ORDERS, [marker(ORDERS, 1)], [ended("failed", 3, name=None)]) == ("ok",)

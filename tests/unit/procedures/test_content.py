"""Which markers hold, and which rows of other dates and runs stop a run."""

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.errors import PipelineError
from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.procedures.content import (
    Content,
    Reads,
    ReplacedError,
    SupersededError,
    contents,
    matter,
    proven,
)
from tests.support.values.warehouse_samples import MARKER, MOMENT

DATE, LATER = dt.date(2024, 5, 1), dt.date(2024, 5, 2)
LOAD = replace(MARKER, run_date=RunDate(DATE))
SUMS = replace(LOAD, task="RefreshCtas", target_table="a.sums")
ORDERS = TableName("www", "orders")


def row(**changed):
    return {
        "update_id": "x",
        "task": "CopyTable",
        "target_table": "www.orders",
        "run_date": DATE,
        "prefix": "production",
        "fingerprint": "0123456789ab",
        "inserted_at": MOMENT,
        "object_id": 7,
        "place": 1,
        **changed,
    }


def content(**changed):
    return Content.of(row(**changed))


@pytest.mark.parametrize(
    ("changed", "object_ids", "expected"),
    [
        ({}, {"www.orders": 7}, {"x"}),
        ({}, {"www.orders": 8}, set()),
        ({}, {}, set()),
        ({}, {"www.orders": None}, set()),
        ({"object_id": None}, {"www.orders": 8}, {"x"}),
        ({"object_id": None}, {}, set()),
        ({"place": 2}, {"www.orders": 7}, set()),
    ],
)
def test_a_marker_holds_while_its_relation_is_what_was_published(changed, object_ids, expected):
    assert proven([row(**changed)], object_ids) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, True),
        ({"update_id": "y"}, False),
        ({"update_id": "y", "run_date": LATER}, True),
        ({"update_id": "y", "run_date": LATER, "fingerprint": "0123456789ab-limit10"}, False),
    ],
)
def test_only_its_own_marker_and_later_rows_can_complete_a_task(changed, expected):
    """Whether earlier rows are still there need not be asked."""
    assert matter([row(**changed)], "x", RunDate(DATE)) is expected


def test_the_marker_of_an_earlier_release_lacks_the_object_id():
    old = row()
    del old["object_id"]

    assert proven([old], {"www.orders": 7}) == {"x"}


def test_markers_of_other_tasks_say_nothing_of_rows():
    assert contents([row(task="CreateTable", run_date=None)]) == {}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"run_date": LATER}, True),
        ({"run_date": LATER, "prefix": "wip"}, True),
        ({"run_date": LATER, "fingerprint": "0123456789ab-alone-1a2b"}, True),
        ({"run_date": LATER, "fingerprint": "0123456789ab-limit10"}, False),
        ({"run_date": DATE}, False),
        ({"run_date": DATE - dt.timedelta(days=1)}, False),
        ({"run_date": dt.date(2999, 1, 1)}, False),
    ],
)
def test_all_rows_of_a_later_date_supersede_a_run(changed, expected):
    assert content(**changed).supersedes(LOAD) is expected


@pytest.mark.parametrize(
    ("held", "run", "expected"),
    [
        (0, None, True),
        (15, 14, True),
        (14, 14, False),
        (13, 14, False),
        (None, 0, False),
    ],
)
def test_a_day_is_superseded_by_its_hours_and_these_by_later_hours(held, run, expected):
    hourly = replace(LOAD, run_date=RunDate(DATE, run))

    assert content(run_hour=held).supersedes(hourly) is expected


def test_an_hour_of_tomorrow_supersedes_and_one_of_the_day_after_does_not():
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=1)
    after = tomorrow + dt.timedelta(days=1)

    assert content(run_date=tomorrow, run_hour=23).supersedes(LOAD)
    assert not content(run_date=after, run_hour=1).supersedes(LOAD)


@pytest.mark.parametrize("fingerprint", ["0123456789ab-limit10", "0123456789ab-alone-1a2b"])
def test_a_trial_is_not_superseded(fingerprint):
    trial = replace(LOAD, fingerprint=Fingerprint.parse(fingerprint))

    assert not content(run_date=LATER).supersedes(trial)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({}, None),
        ({"update_id": "y", "run_date": LATER}, SupersededError),
        ({"update_id": "y", "prefix": "wip"}, ReplacedError),
        ({"update_id": "y", "run_date": DATE - dt.timedelta(days=1)}, ReplacedError),
    ],
)
def test_a_query_reads_only_what_its_run_loaded(changed, error):
    reads, found = Reads({ORDERS: "x"}), {"www.orders": content(**changed)}
    if error is None:
        reads.check(SUMS, found)
        return
    with pytest.raises(PipelineError, match=r"www\.orders holds rows of") as caught:
        reads.check(SUMS, found)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"prefix": "wip"}, "Two runs with different prefixes or designs fill"),
        ({"run_date": DATE - dt.timedelta(days=1)}, "one of an earlier date with --replace, fill"),
    ],
)
def test_an_error_tells_which_run_replaced_what_a_query_reads(changed, cause):
    with pytest.raises(ReplacedError, match=cause):
        Reads({ORDERS: "x"}).check(SUMS, {"www.orders": content(update_id="y", **changed)})


def test_a_forgotten_marker_and_other_relations_do_not_stop_a_refresh():
    Reads({ORDERS: "x"}).check(SUMS, {"a.b": content(update_id="y")})


def test_a_load_of_the_same_rows_again_is_noticed():
    reads, before = Reads({ORDERS: "x"}), {"www.orders": content()}

    assert reads.is_same(before, {"www.orders": content(), "a.b": content()})
    assert not reads.is_same(before, {"www.orders": content(object_id=8)})
    assert not reads.is_same(before, {})

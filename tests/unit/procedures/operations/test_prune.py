"""Which dumps are old, by their keys and dates and the manifests of the last loads."""

import datetime as dt

import pytest

from pipeline.procedures.dump.attempts import read_dumps
from pipeline.procedures.operations.prune import old_dumps
from pipeline.stores.s3.bucket import StoredObject

FOLDER = "production/data/"
NOW = dt.datetime.now(dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=30)


def item(path, modified=LONG_AGO):
    return StoredObject(FOLDER + path, 10, "etag", modified)


def dump(day, name="www/public-orders.0123456789ab", *, manifest=True, modified=LONG_AGO, hour=""):
    """The objects of a dump: a manifest and two parts."""
    date = f"2026-11-{day:02}{hour}"
    parts = [
        item(f"{date}/{name}/20261101T000000-x-1-y/part-{n}.csv.zst", modified) for n in (0, 1)
    ]
    return [*([item(f"{date}/{name}.manifest")] if manifest else ()), *parts]


def old(items, keep, needed=()):
    found = old_dumps(read_dumps(FOLDER, items), keep, needed, NOW)
    return sorted((each.stem, each.date.day.day, str(each.fingerprint)) for each in found)


ORDERS, USERS = "www/public-orders", "www/public-users"
FP = "0123456789ab"


def test_objects_are_sorted_by_table_date_and_fingerprint():
    (found,) = read_dumps(FOLDER, dump(1))
    assert (found.stem, str(found.date), str(found.fingerprint)) == (
        ORDERS,
        "2026-11-01",
        FP,
    )
    assert found.manifest is not None
    assert [len(items) for items in found.attempts.values()] == [2]


def test_objects_with_other_keys_are_no_dumps():
    strange = ["notes.txt", "2026-11-01/readme.md", "someday/www/public-orders.x.manifest"]
    assert read_dumps(FOLDER, map(item, strange)) == ()


@pytest.mark.parametrize(("keep", "days"), [(1, [1, 2, 3]), (2, [1, 2]), (4, []), (9, [])])
def test_the_newest_days_with_complete_dumps_are_kept(keep, days):
    items = [each for day in (1, 2, 3, 4) for each in dump(day)]
    assert [day for _, day, _ in old(items, keep)] == days


def test_the_dumps_of_a_days_hours_count_as_one_day():
    days = [*dump(1), *dump(2, hour="T03"), *dump(2, hour="T04"), *dump(3, hour="T00")]
    assert old(days, 2) == [(ORDERS, 1, FP)]
    assert old(days, 1) == [(ORDERS, 1, FP), (ORDERS, 2, FP), (ORDERS, 2, FP)]


def test_days_without_a_complete_dump_do_not_count():
    items = [*dump(1), *dump(2), *dump(3, manifest=False)]
    assert old(items, 2) == []
    assert [day for _, day, _ in old(items, 1)] == [1]


def test_days_with_only_partial_dumps_do_not_count_and_old_ones_are_found():
    partial = f"{ORDERS}.{FP}-limit10"
    items = [*dump(1), *dump(2), *dump(1, partial), *dump(3, partial)]
    assert old(items, 1) == [(ORDERS, 1, FP), (ORDERS, 1, f"{FP}-limit10")]


def test_the_days_of_each_table_are_counted_separately():
    items = [*dump(1), *dump(2), *dump(1, f"{USERS}.{FP}")]
    assert old(items, 1) == [(ORDERS, 1, FP)]


def test_the_dump_of_the_last_load_is_kept_at_any_age():
    items = [each for day in (1, 2, 3) for each in dump(day)]
    needed = {f"{FOLDER}2026-11-01/{ORDERS}.{FP}.manifest"}
    assert [day for _, day, _ in old(items, 1, needed)] == [2]


@pytest.mark.parametrize(("modified", "days"), [(LONG_AGO, [1]), (NOW, [])])
def test_a_dump_in_progress_of_an_old_date_is_kept(modified, days):
    items = [*dump(1, manifest=False, modified=modified), *dump(2)]
    assert [day for _, day, _ in old(items, 1)] == days

"""A delta or all rows: what the marker, the table and the design decide."""

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.designs.model.incremental import Incremental
from pipeline.names import Fingerprint, RunDate
from pipeline.procedures.content import Content
from pipeline.procedures.incremental.base import Base, Decision, decide, digest

NOW = dt.datetime.fromisoformat("2024-05-09T02:00:00")

HELD = Content(
    relation="www.orders",
    update_id="p/CopyTable/2024-05-08/www.orders/0123456789ab",
    run_date=RunDate(dt.date(2024, 5, 8)),
    prefix="p",
    fingerprint=Fingerprint("0123456789ab"),
    loaded_at=dt.datetime.fromisoformat("2024-05-08T02:01:02.345678"),
    object_id=17,
    position="2024-05-08 02:00:00.000001+00",
    source="cluster/database/table",
    whole_at=dt.datetime.fromisoformat("2024-05-05T02:00:00"),
)

DAILY = Incremental("updated_at")


def check(reason: str, content: Content | None = HELD, object_id: int | None = 17) -> None:
    found = decide(DAILY, Fingerprint("0123456789ab"), content, object_id, NOW)
    assert (found.base, found.reason) == (None, reason)


def test_a_delta_begins_where_the_last_load_ended() -> None:
    found = decide(DAILY, Fingerprint("0123456789ab"), HELD, 17, NOW)
    assert found.reason == ""
    assert found.base == Base(
        HELD.update_id,
        "2024-05-08T02:01:02.345678",
        "2024-05-08 02:00:00.000001+00",
        "cluster/database/table",
    )


def test_a_table_that_was_not_loaded_is_loaded_whole() -> None:
    check("it has not been loaded, or was forgotten", None)


@pytest.mark.parametrize("object_id", [None, 18])
def test_another_table_in_the_warehouse_is_loaded_whole(object_id: int | None) -> None:
    check("the table is missing, or not the one that was loaded", HELD, object_id)


def test_a_part_of_the_rows_and_a_changed_design_are_loaded_whole() -> None:
    part = Fingerprint("0123456789ab", limit=10)
    check("the table holds a part of the rows (--limit)", replace(HELD, fingerprint=part))
    check("the design was changed", replace(HELD, fingerprint=Fingerprint("ba9876543210")))


def test_without_a_position_the_reason_is_that_of_the_marker() -> None:
    withdrawn = replace(HELD, position=None, source=None, reason="keys did not match: 1 key")
    check("keys did not match: 1 key", withdrawn)
    check("the last load left no position", replace(HELD, position=None, reason="first"))


@pytest.mark.parametrize(
    ("age", "is_due"),
    [
        (dt.timedelta(days=6), False),
        (dt.timedelta(days=6, hours=22), False),
        (dt.timedelta(days=6, hours=23, minutes=30), True),
        (dt.timedelta(days=8), True),
    ],
)
def test_all_rows_are_due_after_full_every_less_an_hour(age: dt.timedelta, is_due: bool) -> None:
    held = replace(HELD, whole_at=NOW - age)
    found = decide(DAILY, Fingerprint("0123456789ab"), held, 17, NOW)
    assert (found.base is None) == is_due
    never = replace(DAILY, full_every=None)
    assert decide(never, Fingerprint("0123456789ab"), held, 17, NOW).base is not None


def test_each_dump_has_a_folder_of_its_own() -> None:
    """A dump of all rows that follows one of the same date must not be mistaken for it."""
    delta, whole = Decision(Base.of(HELD)), Decision(reason="keys did not match")
    later = replace(HELD, loaded_at=NOW)
    found = {digest(each, decision) for each in (HELD, later) for decision in (delta, whole)}
    assert len(found) == 4
    fingerprint = Fingerprint("0123456789ab", after=found.pop())
    assert Fingerprint.parse(str(fingerprint)) == fingerprint

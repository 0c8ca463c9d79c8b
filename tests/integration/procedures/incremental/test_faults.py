"""What loads by a cursor lose elsewhere: after each load the table equals upstream."""

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.designs.model.design import Attributes
from pipeline.errors import WarehouseError
from pipeline.manifest import timestamp
from pipeline.procedures.incremental.compare import BaseReplacedError, MassDeleteError
from tests.support.database import connect
from tests.support.projects.replica import Replica

CHANGES = ("rows_added", "rows_changed", "rows_deleted")


def check_delta(items: Replica, added: int, changed: int, deleted: int) -> None:
    """Check that the last load was a delta with these numbers, and that the table is right."""
    assert items.differences() == []
    last = items.last
    assert (last["load_kind"], last["proved"]) == ("delta", "keys")
    assert tuple(last[name] for name in CHANGES) == (added, changed, deleted)


def test_rows_are_added_changed_and_deleted(items: Replica) -> None:
    items.upstream("INSERT INTO items VALUES (41, 'new', now()), (42, NULL, now())")
    items.upstream("UPDATE items SET name = 'changed', updated_at = now() WHERE id = 3")
    items.upstream("DELETE FROM items WHERE id = 7")
    started = dt.datetime.fromisoformat(timestamp()).replace(tzinfo=None)
    items.load()
    check_delta(items, 2, 1, 1)
    assert items.last["row_count"] == 41
    assert started <= items.last["read_at"] <= items.last["inserted_at"]
    items.load()
    assert items.last["rows_deleted"] == 0
    assert items.differences() == []


def test_a_row_that_is_committed_late_is_loaded(items: Replica) -> None:
    """Its transaction began before two loads, so its cursor is before what these have seen."""
    with connect(items.dsn) as late:
        late.autocommit = False
        with late.cursor() as cursor:
            cursor.execute("INSERT INTO items VALUES (100, 'late', now())")
            items.upstream("INSERT INTO items VALUES (101, 'early', now())")
            items.load()
            items.upstream("UPDATE items SET updated_at = now() WHERE id = 101")
            items.load()
            assert items.differences() == []
        late.commit()
    items.load()
    assert items.differences() == []
    assert items.last["load_kind"] == "delta"


def test_rows_of_equal_cursor_are_loaded(items: Replica) -> None:
    """The bound is inclusive, and keeps microseconds."""
    items.set(set_by="application", lag=dt.timedelta(0))
    items.load()
    [(value,)] = items.upstream(
        "UPDATE items SET updated_at = date_trunc('day', now()) + interval '123456 microseconds'"
        " WHERE id = 1 RETURNING updated_at"
    )
    items.load()
    assert dt.datetime.fromisoformat(items.last["position"]) == value
    items.upstream("INSERT INTO items VALUES (50, 'same', %s)", value)
    items.load()
    check_delta(items, 1, 1, 0)


def test_rows_without_a_cursor_are_loaded_each_time(items: Replica) -> None:
    items.upstream("UPDATE items SET updated_at = NULL WHERE id <= 2")
    items.load()
    assert items.differences() == []
    items.upstream("UPDATE items SET name = 'untold' WHERE id = 2")
    items.load()
    check_delta(items, 0, 2, 0)


def test_a_change_of_the_key_leaves_no_row_behind(items: Replica) -> None:
    items.upstream("UPDATE items SET id = id + 1000, updated_at = now() WHERE id = 5")
    items.load()
    check_delta(items, 1, 0, 1)


def test_a_change_of_the_distribution_value_moves_the_row(items: Replica) -> None:
    items.design = replace(items.design, attributes=Attributes(distribution=("name",)))
    items.load()
    assert items.last["reason"] == "the design was changed"
    items.upstream("UPDATE items SET name = 'elsewhere', updated_at = now() WHERE id <= 2")
    items.load()
    check_delta(items, 0, 2, 0)


@pytest.mark.parametrize("condition", ["id > 30", "TRUE"])
def test_too_many_deleted_rows_stop_the_load(items: Replica, condition: str) -> None:
    before = items.last
    items.upstream(f"DELETE FROM items WHERE {condition}")
    with pytest.raises(MassDeleteError, match="no longer upstream, more than max_delete_share"):
        items.load()
    assert items.last == before
    assert items.ask("SELECT COUNT(*) AS n FROM {t}") == [{"n": 40}]
    items.set(max_delete_share=1.0)
    items.load()
    assert items.differences() == []
    assert items.last["load_kind"] == "delta"


def test_deleted_rows_stay_if_deletes_are_ignored(items: Replica) -> None:
    items.set(deletes="ignore")
    items.load()
    items.upstream("DELETE FROM items WHERE id <= 20")
    items.upstream("INSERT INTO items VALUES (41, 'new', now())")
    items.load()
    last = items.last
    assert (last["load_kind"], last["proved"], last["row_count"]) == ("delta", "count", 41)


def test_a_row_that_the_cursor_does_not_tell_is_found_by_its_key(items: Replica) -> None:
    """The clock of an application was wrong by days: keys do not fit, so all rows are loaded."""
    items.upstream("INSERT INTO items VALUES (41, 'backdated', '2001-01-01')")
    items.load()
    assert items.differences() == []
    assert items.last["load_kind"] == "whole"
    assert items.last["reason"] == "keys did not match: 1 key of upstream would be missing"
    items.load()
    assert items.last["load_kind"] == "delta"


def test_a_key_that_is_not_unique_upstream_stops_the_load(items: Replica) -> None:
    items.upstream("ALTER TABLE items DROP CONSTRAINT items_pkey")
    items.upstream("INSERT INTO items VALUES (1, 'twice', now()), (1, 'thrice', now())")
    with pytest.raises(WarehouseError, match=r"primary key \(id\) is not unique"):
        items.load()
    assert items.ask("SELECT COUNT(*) AS n FROM {t}") == [{"n": 40}]


@pytest.mark.parametrize(
    ("altered", "problem"),
    [
        ("DROP COLUMN name", "name is missing"),
        ("RENAME COLUMN name TO label", "name is missing"),
        ("ALTER COLUMN name TYPE varchar(4)", "name is varchar(4), not varchar(80)"),
    ],
)
def test_a_table_that_somebody_altered_is_loaded_whole(
    items: Replica, altered: str, problem: str
) -> None:
    items.upstream("UPDATE items SET name = 'n', updated_at = now()")
    items.load()
    items.run(f"ALTER TABLE {{t}} {altered}")
    items.upstream("UPDATE items SET name = 'longer', updated_at = now() WHERE id = 1")
    items.load()
    assert items.differences() == []
    assert items.last["reason"] == f"its columns are not those of the design: {problem}"


def test_another_table_upstream_is_loaded_whole(items: Replica) -> None:
    """As after a restore: the same names, other rows."""
    items.upstream(
        "CREATE TABLE other (LIKE items INCLUDING ALL); DROP TABLE items;"
        " ALTER TABLE other RENAME TO items;"
        " INSERT INTO items SELECT i, 'restored', '2020-01-01' FROM generate_series(1, 40) AS i"
    )
    items.load()
    assert items.differences() == []
    assert items.last["reason"] == "upstream is another table"


def test_a_delta_is_applied_once_and_only_to_its_base(items: Replica) -> None:
    items.upstream("UPDATE items SET name = 'first', updated_at = now() WHERE id = 1")
    stale = items.dump()
    items.upstream("UPDATE items SET name = 'second', updated_at = now() WHERE id = 1")
    items.load()
    with pytest.raises(BaseReplacedError, match="was loaded again since"):
        items.load_once(stale)
    assert items.differences() == []
    items.load(stale)
    assert items.differences() == []
    assert items.last["load_kind"] == "delta"


@pytest.mark.parametrize("settings", [{"deletes": "ignore"}, {"deletes": "compare_keys"}])
def test_an_empty_delta_is_compared_with_upstream(items: Replica, settings: dict) -> None:
    """A row that the cursor does not tell is found by the count, if nothing else changed."""
    items.set(**settings)
    items.load()
    items.load()
    assert items.last["load_kind"] == "delta"
    items.upstream("INSERT INTO items VALUES (41, 'backdated', '2001-01-01')")
    items.load()
    assert items.last["load_kind"] == "whole"
    assert items.differences() == []


def test_a_delta_that_is_loaded_again_by_the_same_task_changes_nothing(items: Replica) -> None:
    items.upstream("DELETE FROM items WHERE id = 1")
    items.upstream("INSERT INTO items VALUES (41, 'new', now())")
    delta = items.dump()
    items.day += dt.timedelta(days=1)
    items.load_once(delta)
    once = items.last
    with pytest.raises(BaseReplacedError):
        items.load_once(delta)
    assert items.last == once
    assert items.differences() == []


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("DELETE FROM {t} WHERE id = 3", "whole"),
        ("INSERT INTO {t} VALUES (3, 'again', NULL)", "whole"),
        ("INSERT INTO {t} VALUES (999, 'foreign', NULL)", "whole"),
        ("TRUNCATE {t}", "whole"),
        ("DROP TABLE {t}", "whole"),
    ],
)
def test_what_somebody_did_to_the_table_is_repaired(
    items: Replica, statement: str, kind: str
) -> None:
    items.run(statement)
    items.load()
    assert items.differences() == []
    assert items.last["load_kind"] == kind


def test_a_full_load_is_due_after_its_time(items: Replica) -> None:
    items.set(full_every=dt.timedelta(minutes=30))
    items.upstream("UPDATE items SET name = 'silent' WHERE id = 9")
    items.load()
    assert items.differences() == []
    assert items.last["reason"].startswith("full_every: the last time was")


def test_a_window_replaces_its_range(items: Replica) -> None:
    items.set(column="updated_at", window=dt.timedelta(days=10))
    items.load()
    items.upstream("DELETE FROM items WHERE id = 2")
    items.upstream("UPDATE items SET name = 'changed' WHERE id = 4")
    items.upstream("INSERT INTO items VALUES (41, 'new', now())")
    items.load()
    assert items.differences() == []
    assert items.last["load_kind"] == "delta"
    assert items.last["proved"] == "count"
    items.upstream("DELETE FROM items WHERE id = 35")
    items.load()
    assert items.differences() == []
    assert items.last["reason"].startswith("the count did not match")


def test_an_empty_table_is_loaded_and_followed(items: Replica) -> None:
    items.set(max_delete_share=1.0)
    items.upstream("DELETE FROM items")
    items.load()
    items.load()
    items.upstream("INSERT INTO items VALUES (1, 'first', now())")
    items.load()
    assert items.differences() == []
    assert items.last["load_kind"] == "delta"

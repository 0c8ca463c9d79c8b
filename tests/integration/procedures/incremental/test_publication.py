"""What a delta waits for, what others wait for, and which rows it may be applied to."""

import datetime as dt
import logging
import threading
from dataclasses import replace
from typing import Any

import pytest

from pipeline.access import acl
from pipeline.designs.model.design import Column, Constraints
from pipeline.procedures import content
from pipeline.procedures.incremental import stage
from pipeline.procedures.incremental.changes import Changes
from pipeline.procedures.incremental.compare import BaseReplacedError, MassDeleteError
from pipeline.procedures.inventory import states_of
from pipeline.settings import Groups
from pipeline.sql.access.privileges import Grantee
from pipeline.sql.markers import marker
from pipeline.sql.tables.incremental import KeyCounts
from pipeline.stores.warehouse import Warehouse
from tests.support.projects.replica import Replica


def test_others_publish_while_rows_and_keys_are_copied(
    items: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, other = stage.copy_rows, Warehouse(items.place.warehouse.access)
    locked: list[bool] = []

    def copy_rows(*arguments: Any) -> int:
        done = threading.Event()

        def publish() -> None:
            with other.transaction() as transaction:
                transaction.execute(marker.lock_markers(items.place.marker_schema))
            done.set()

        thread = threading.Thread(target=publish, daemon=True)
        thread.start()
        locked.append(done.wait(20))
        return original(*arguments)

    monkeypatch.setattr(stage, "copy_rows", copy_rows)
    items.load()
    other.close()
    assert locked == [True, True]


def test_the_second_of_two_runs_of_a_task_tells_what_the_first_changed(
    items: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    items.set(deletes="ignore")
    items.load()
    items.upstream("UPDATE items SET updated_at = now() WHERE id < 3")
    items.upstream("INSERT INTO items VALUES (41, 'new', now())")
    delta, original = items.dump(), stage.compare
    items.day += dt.timedelta(days=1)
    warehouse = Warehouse(items.place.warehouse.access)
    first = replace(items, place=replace(items.place, warehouse=warehouse))
    changes = []

    def compare(*arguments: Any, **more: Any) -> KeyCounts:
        found = original(*arguments, **more)
        monkeypatch.setattr(stage, "compare", original)
        changes.append(first.load_once(delta))
        return found

    monkeypatch.setattr(stage, "compare", compare)
    changes.append(items.load_once(delta))
    warehouse.close()
    assert changes == [Changes(41, 1, 2, 0, "count")] * 2
    assert items.differences() == []


def test_the_marker_of_a_late_clock_is_newer_than_those_before(
    items: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a delta for older rows would still find its base."""
    items.upstream("INSERT INTO items VALUES (41, 'new', now())")
    stale = items.dump()

    class Late(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Late":
            return super().now(tz) - dt.timedelta(minutes=5)

    class Clock:
        datetime, UTC, timedelta = Late, dt.UTC, dt.timedelta

    items.day += dt.timedelta(days=1)
    fresh = items.dump()
    monkeypatch.setattr(content, "dt", Clock)
    items.load_once(fresh)
    monkeypatch.undo()
    items.day += dt.timedelta(days=1)
    with pytest.raises(BaseReplacedError):
        items.load_once(stale)


def test_a_window_is_deleted_by_the_column_that_has_its_values(items: Replica) -> None:
    """Another column of the warehouse has the name of the window's column upstream."""
    items.upstream(
        "ALTER TABLE items ADD created_at timestamptz;"
        " UPDATE items SET created_at = updated_at, updated_at = now() - interval '9 days';"
        " UPDATE items SET updated_at = now() WHERE id IN (12, 13)"
    )
    items.design = replace(
        items.design,
        columns=(
            Column("id", "bigint", not_null=True),
            Column("inserted_at", "timestamptz", source_name="created_at", not_null=True),
            Column("created_at", "timestamptz", source_name="updated_at"),
        ),
    )
    items.set(column="created_at", window=dt.timedelta(days=3))
    items.load()
    items.load()
    assert items.last["load_kind"] == "delta"
    found = [row["id"] for row in items.ask("SELECT id FROM {t} ORDER BY id")]
    assert found == list(range(1, 41))


def test_a_row_that_moved_into_the_window_is_not_doubled(items: Replica) -> None:
    """The count fits, since another row was inserted before the window."""
    items.set(window=dt.timedelta(days=3))
    items.load()
    items.upstream("UPDATE items SET updated_at = now() WHERE id = 20")
    items.upstream("INSERT INTO items VALUES (99, 'late', now() - interval '9 days')")
    items.load()
    assert items.differences() == []
    assert items.last["reason"] == "the key (id) would not be unique: 1 value"


def test_other_declared_keys_stay_unique(items: Replica) -> None:
    """A row was deleted upstream and kept, and its name is that of another row now."""
    names = Constraints(primary_key=("id",), unique=(("name",),))
    items.design = replace(items.design, constraints=names)
    items.set(deletes="ignore")
    items.load()
    items.upstream("DELETE FROM items WHERE id = 5")
    items.upstream("UPDATE items SET name = 'row 5', updated_at = now() WHERE id = 6")
    items.load()
    assert items.differences() == []
    assert items.last["reason"] == "the key (name) would not be unique: 1 value"


def test_a_row_that_the_cursor_does_not_tell_hides_no_mass_delete(items: Replica) -> None:
    items.upstream("DELETE FROM items; INSERT INTO items VALUES (41, 'x', '2001-01-01')")
    with pytest.raises(MassDeleteError):
        items.load()
    assert items.ask("SELECT COUNT(*) AS n FROM {t}") == [{"n": 40}]


def test_a_delta_grants_new_groups_their_privileges_and_describes_the_table_again(
    items: Replica, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is granted or described that is there, and no message is sent for it."""
    caplog.set_level(logging.DEBUG, "pipeline.stores.warehouse.connection")

    def load() -> tuple[int, list[str]]:
        """Load a delta; return the number of messages, and what is granted and described."""
        caplog.clear()
        items.load()
        assert items.last["load_kind"] == "delta"
        lines = "\n".join(caplog.messages).splitlines()
        return len(caplog.messages), [
            line for line in lines if line.startswith(("GRANT", "COMMENT"))
        ]

    first = load()
    etl, users = items.place.groups.etl, items.place.groups.users
    items.place = replace(items.place, groups=Groups(users, etl))
    columns = (replace(items.design.columns[0], description="100 %"), *items.design.columns[1:])
    items.design = replace(items.design, columns=columns)
    changed = load()
    last = load()

    comments = [("id", "100 %"), ("name", "100 %")]
    state = states_of(items.place.warehouse.query, items.design.name, comments=comments)
    assert (Grantee("group", users), "DELETE") in acl.read(state[items.design.name].acl)
    assert state[items.design.name].comment_count == 1
    assert first == last == (changed[0], [])
    name = f'"{items.design.name.schema}"."items"."id"'
    assert changed[1] == ["GRANT ALL PRIVILEGES", f"COMMENT ON COLUMN {name}"]

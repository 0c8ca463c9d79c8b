"""Random transactions and DDL upstream, interleaved with loads: each equals its snapshot."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.designs.model.design import Column
from pipeline.local.stack import Stack
from pipeline.sql.upstream import increment
from tests.support.database import connect
from tests.support.projects.replica import Replica

TRIGGER = """
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN NEW.updated_at = now(); RETURN NEW; END';
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION touch();
"""

TYPED = """
CREATE TYPE mood AS ENUM ('ok', 'bad');
CREATE TYPE pair AS (x int, m mood);
ALTER TABLE items ADD other text DEFAULT 'other', ADD m pair DEFAULT ROW(1, 'ok');
"""

COLUMNS = Column("other", "varchar(80)"), Column("m", "varchar(80)", expression="m::text")

DEFINITIONS = st.sampled_from(
    [
        "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'",
        "ALTER TYPE mood RENAME VALUE 'fine' TO 'ok'",
        "ALTER TYPE pair ADD ATTRIBUTE y int",
        "ALTER TYPE pair DROP ATTRIBUTE y",
        "ALTER TABLE items ALTER name TYPE text USING left(name || 'x', 9)",
        "ALTER TABLE items DROP other, ADD other text DEFAULT 'again'",
        (
            "ALTER TABLE items RENAME name TO old; ALTER TABLE items RENAME other TO name;"
            " ALTER TABLE items RENAME old TO other"
        ),
        "VACUUM FULL items",
    ]
)
"""They change values of rows, but no cursor; or neither."""

IDS = st.integers(1, 12)
SESSIONS = st.integers(0, 2)
"""0 commits each statement; the others have long transactions."""

CHANGES = st.one_of(
    st.tuples(st.just("INSERT INTO items (id, name) VALUES (%s, %s)"), st.tuples(IDS, IDS)),
    st.tuples(st.just("UPDATE items SET name = %s WHERE id = %s"), st.tuples(IDS, IDS)),
    st.tuples(st.just("UPDATE items SET id = %s WHERE id = %s"), st.tuples(IDS, IDS)),
    st.tuples(st.just("DELETE FROM items WHERE id = %s"), st.tuples(IDS)),
)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), SESSIONS, CHANGES),
        st.tuples(st.just("change"), SESSIONS, CHANGES),
        st.tuples(st.just("define"), DEFINITIONS),
        st.tuples(st.sampled_from(["commit", "rollback", "prepare"]), st.integers(1, 2)),
        st.tuples(st.sampled_from(["commit prepared", "rollback prepared"])),
        st.tuples(st.just("load")),
    ),
    min_size=8,
    max_size=40,
)


class Driver:
    """Sessions upstream: one commits each statement, two have long transactions."""

    def __init__(self, items: Replica, resources: ExitStack) -> None:
        self.items = items
        self.sessions = [resources.enter_context(connect(items.dsn)) for _ in range(3)]
        for session in self.sessions:
            self._execute(session, "SET lock_timeout = '20ms'")
        self.prepared: list[str] = []
        self.loads = 0
        self.deltas = 0

    def _execute(self, session: Any, sql: str, values: Sequence[object] = ()) -> None:
        with session.cursor() as cursor:
            cursor.execute(sql, values or None)

    def change(self, number: int, change: tuple[str, tuple[object, ...]]) -> None:
        """Run a statement, which may fail: a key is taken, a row is locked."""
        session = self.sessions[number]
        if number and session.info.transaction_status == 0:
            self._execute(session, "BEGIN")
        try:
            self._execute(session, *change)
        except psycopg2.Error:
            if number:
                self._execute(session, "ROLLBACK")

    def end(self, how: str, number: int) -> None:
        """End a transaction, or leave it prepared."""
        session = self.sessions[number]
        if session.info.transaction_status == 0:
            return
        if how == "prepare":
            name = f"t{len(self.prepared)}_{self.loads}_{number}"
            self._execute(session, f"PREPARE TRANSACTION '{name}'")
            self.prepared.append(name)
        else:
            self._execute(session, how.upper())

    def end_prepared(self, how: str) -> None:
        if self.prepared:
            self._execute(self.sessions[0], f"{how.upper()} '{self.prepared.pop()}'")

    def load(self) -> None:
        self.items.load()
        self.loads += 1
        last = self.items.last
        self.deltas += last["load_kind"] == "delta"
        assert self.items.differences() == [], last
        assert "did not match" not in (last["reason"] or "")

    def run(self, steps: Sequence[tuple[Any, ...]]) -> None:
        """Run the steps, end all transactions, and load thrice more."""
        for kind, *values in steps:
            match kind:
                case "change":
                    self.change(*values)
                case "define":
                    self.change(0, (*values, ()))
                case "load":
                    self.load()
                case "commit prepared" | "rollback prepared":
                    self.end_prepared(kind)
                case _:
                    self.end(kind, *values)
        self.load()
        self.end("commit", 1)
        self.end("commit", 2)
        while self.prepared:
            self.end_prepared("commit prepared")
        self.load()
        self.load()


@pytest.fixture
def touched(items: Replica, monkeypatch: pytest.MonkeyPatch) -> Replica:
    """The table, whose cursor a trigger sets; any number of rows may be deleted.

    Every statement has ended before the next load, so the margin for transactions that are not
    shown yet would only hide what the test is about: transactions take less than a second here.
    """
    monkeypatch.setattr(increment, "MARGIN", "0 seconds")
    items.upstream(TRIGGER + TYPED)
    items.design = replace(items.design, columns=(*items.design.columns, *COLUMNS))
    items.set(max_delete_share=1.0)
    return items


@given(steps=STEPS)
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_each_load_equals_its_snapshot(touched: Replica, stack: Stack, steps: Any) -> None:
    touched.upstream("DELETE FROM items WHERE id <= 12")
    with ExitStack() as resources:
        driver = Driver(touched, resources)
        try:
            driver.run(steps)
        finally:
            for number in (1, 2):
                driver.end("rollback", number)
            while driver.prepared:
                driver.end_prepared("rollback prepared")
    assert driver.deltas > 0

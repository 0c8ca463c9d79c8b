"""DDL upstream: after each load the table equals upstream, whatever no row's cursor tells."""

from dataclasses import replace

import pytest

from pipeline.designs.model.design import Column
from tests.support.projects.replica import Replica


def test_a_column_that_is_added_with_a_default_is_loaded_for_all_rows(items: Replica) -> None:
    items.upstream("ALTER TABLE items ADD COLUMN state text DEFAULT 'open'")
    added = Column("state", "varchar(20)")
    items.design = replace(items.design, columns=(*items.design.columns, added))
    items.load()
    assert items.differences() == []
    assert items.last["reason"] == "the design was changed"


def test_a_column_that_is_dropped_and_added_again_is_loaded_for_all_rows(items: Replica) -> None:
    items.upstream("ALTER TABLE items DROP COLUMN name, ADD COLUMN name text DEFAULT 'all new'")
    items.load()
    assert items.differences() == []
    assert items.last["reason"] == "its columns were changed upstream"


MOOD = "CREATE TYPE mood AS ENUM ('ok', 'bad');"
PAIR = "CREATE TYPE pair AS (x int, m mood);"
RENAME = "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'"

VALUES_CHANGED = {
    "a label of an enum": (f"{MOOD} ALTER TABLE items ADD m mood DEFAULT 'ok'", RENAME),
    "a label in an array": (f"{MOOD} ALTER TABLE items ADD m mood[] DEFAULT '{{ok}}'", RENAME),
    "a label in a domain of a domain": (
        (
            f"{MOOD} CREATE DOMAIN a AS mood; CREATE DOMAIN b AS a; ALTER TABLE items ADD m b[];"
            " UPDATE items SET m = ARRAY['ok'::b]"
        ),
        RENAME,
    ),
    "a label in a field": (
        f"{MOOD} {PAIR} ALTER TABLE items ADD m pair DEFAULT ROW(1, 'ok')",
        RENAME,
    ),
    "a label in a range": (
        (
            f"{MOOD} CREATE TYPE moods AS RANGE (subtype = mood);"
            " ALTER TABLE items ADD m moods DEFAULT '[ok,bad]'"
        ),
        RENAME,
    ),
    "a field of a composite type": (
        f"{MOOD} {PAIR} ALTER TABLE items ADD m pair[] DEFAULT ARRAY[ROW(1, 'ok')::pair]",
        "ALTER TYPE pair ADD ATTRIBUTE z int",
    ),
    "a type to itself": (
        "ALTER TABLE items ADD m text DEFAULT 'a'",
        "ALTER TABLE items ALTER m TYPE text USING upper(m)",
    ),
    "a generated column": (
        "ALTER TABLE items ADD m text GENERATED ALWAYS AS (upper(name)) STORED",
        "ALTER TABLE items ALTER m SET EXPRESSION AS (lower(name))",
    ),
    "a generated column of a child": (
        (
            "CREATE TABLE child () INHERITS (items); INSERT INTO child VALUES (0, 'A', now());"
            " ALTER TABLE items ADD m text GENERATED ALWAYS AS (upper(name)) STORED"
        ),
        "ALTER TABLE child ALTER m SET EXPRESSION AS (lower(name))",
    ),
}


@pytest.mark.parametrize("what", VALUES_CHANGED)
def test_a_change_of_all_values_without_a_change_of_rows_is_noticed(
    items: Replica, what: str
) -> None:
    before, change = VALUES_CHANGED[what]
    items.upstream(before)
    added = Column("m", "varchar(20)", expression="m::text")
    items.design = replace(items.design, columns=(*items.design.columns, added))
    items.load()
    items.upstream(change)
    items.load()
    assert items.differences() == []
    assert items.last["reason"] == "the values of its columns were changed upstream"


def test_what_changes_no_value_leads_to_no_load_of_all_rows(items: Replica) -> None:
    items.load()
    items.upstream("VACUUM FULL items")
    items.load()
    items.upstream("GRANT SELECT (id) ON items TO PUBLIC; ALTER TABLE items ADD unused int")
    items.load()
    assert items.last["load_kind"] == "delta"


REFILLED = """
CREATE TABLE kept AS SELECT id, 'new ' || name AS name, updated_at FROM items;
TRUNCATE items;
INSERT INTO items SELECT * FROM kept
"""


def test_a_table_that_was_truncated_and_filled_again_is_loaded_whole(items: Replica) -> None:
    """Keys and cursors are those of the rows before."""
    items.load()
    items.upstream(REFILLED)
    items.load()
    assert items.differences() == []
    assert items.last["reason"] == "the table was truncated or rewritten upstream"
    items.load()
    assert items.last["load_kind"] == "delta"

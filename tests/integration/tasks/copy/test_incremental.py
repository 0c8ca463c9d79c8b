"""Tables that are loaded incrementally, by the commands that users run."""

import json
import re
from collections.abc import Callable

import pytest

from tests.support.database import execute
from tests.support.projects.followed import follow
from tests.support.projects.warehouse import Project

DAYS = [("--date", f"2024-05-0{day}") for day in range(1, 10)]

COUNTS = "SELECT (SELECT COUNT(*) FROM {src}.orders), (SELECT SUM(orders) FROM {dw}.totals)"


@pytest.fixture
def followed(new_project: Callable[..., Project]) -> Project:
    """A project whose orders are loaded incrementally; the first day is loaded."""
    return follow(new_project)


def state(project: Project) -> dict[str, object]:
    """Return what the status says of the incremental load of the orders."""
    found = json.loads(project.pipeline("status", "--json", "{src}.orders").out)
    return found[0]["incremental"]


def test_a_night_loads_the_changes_and_says_so(followed: Project) -> None:
    first = state(followed)
    assert (first["load_kind"], first["proved"]) == ("whole", "values")
    followed.upstream("DELETE FROM orders WHERE id <= 3")
    followed.upstream("UPDATE orders SET note = 'changed', updated_at = now() WHERE id = 10")
    followed.upstream("INSERT INTO orders VALUES (1001, 'new', NULL, 1), (1002, 'new', NULL, 2)")

    plan = followed.pipeline("plan", "LoadAll", *DAYS[1], "--sql")
    done = followed.luigi("LoadAll", *DAYS[1])

    line = rf"{followed.src}\.orders: changes since {re.escape(first['position'])}, about \d+ row"
    assert re.search(line + r"s?, 1,000 keys\n", plan.out)
    for statement in ("SELECT pg_catalog.pg_export_snapshot()", "USING", "WHERE NOT EXISTS"):
        assert statement in plan.out
    assert "2 added, 1 changed, 3 deleted" in done.out
    assert followed.rows(COUNTS) == [(999, 999)]
    assert "2 added, 1 changed, 3 deleted" in followed.pipeline("history").out
    second = state(followed)
    assert (second["load_kind"], second["proved"]) == ("delta", "keys")
    assert second["position"] > first["position"]
    assert "equal" in followed.pipeline("verify", "{src}.orders").out
    assert "there was nothing to do" in followed.luigi("LoadAll", *DAYS[1]).out


def test_what_is_forgotten_is_loaded_whole_and_pruned_dumps_are_not_needed(
    followed: Project,
) -> None:
    followed.pipeline("prune", "--keep", "1", "--yes")
    followed.luigi("CopyTable", "--table", "{src}.orders", *DAYS[1])
    assert state(followed)["load_kind"] == "delta"
    followed.upstream("UPDATE orders SET note = 'untold' WHERE id = 10")
    followed.pipeline("forget", "{src}.orders", *DAYS[1])
    again = followed.luigi("CopyTable", "--table", "{src}.orders", *DAYS[1])
    assert "all: a load was forgotten (pipeline forget)" in again.out
    assert "equal" in followed.pipeline("verify", "{src}.orders").out


def test_a_limit_moves_no_position(followed: Project) -> None:
    before = state(followed)
    refused = followed.luigi("CopyTable", "--table", "{src}.orders", "--limit", "5", code=30)
    assert "--limit" in refused.out
    assert state(followed) == before


def test_another_prefix_continues_where_the_first_ended(followed: Project) -> None:
    followed.upstream("INSERT INTO orders VALUES (1001, 'new', NULL, 1)")
    followed.luigi("CopyTable", "--table", "{src}.orders", *DAYS[1])
    followed.upstream("INSERT INTO orders VALUES (1002, 'new', NULL, 1)")
    words = ("--warehouse-prefix", f"{followed.prefix}-other")
    done = followed.luigi("CopyTable", "--table", "{src}.orders", *DAYS[2], *words)
    assert re.search("1 added, [01] changed, 0 deleted", done.out)
    assert followed.rows("SELECT COUNT(*) FROM {src}.orders") == [(1002,)]


def test_rows_that_are_back_upstream_are_found_by_the_same_run(followed: Project) -> None:
    followed.upstream("CREATE TABLE saved AS SELECT * FROM orders; DELETE FROM orders")
    stopped = followed.luigi("CopyTable", "--table", "{src}.orders", *DAYS[1], code=30)
    assert "1,000 of 1,000 rows are no longer upstream" in stopped.out
    followed.upstream("INSERT INTO orders SELECT * FROM saved")
    followed.luigi("CopyTable", "--table", "{src}.orders", *DAYS[1])
    assert state(followed)["load_kind"] == "delta"
    assert "equal" in followed.pipeline("verify", "{src}.orders").out


def test_a_load_that_does_not_fit_is_repeated_with_all_rows(followed: Project) -> None:
    followed.upstream("INSERT INTO orders VALUES (1001, 'new', NULL, 1, '2001-01-01')")
    done = followed.luigi("LoadAll", *DAYS[1])
    assert "all: keys did not match: 1 key of upstream would be missing" in done.out
    assert followed.rows(COUNTS) == [(1001, 1001)]
    assert state(followed)["load_kind"] == "whole"


def test_a_conflict_at_publication_repeats_it(followed: Project) -> None:
    """Its COMMIT ends in error 1023."""
    followed.upstream("UPDATE orders SET note = 'changed', updated_at = now() WHERE id = 10")
    done = followed.program(
        *("interfere", "delete", "SET emulator.faults TO 'conflict'"),
        *("CopyTable", "--table", "{src}.orders", *DAYS[1], "--workers", "1"),
        "--local-scheduler",
    )
    assert "Serializable isolation violation" in done.err
    assert done.err.count("trying again in") == 1, done.text
    assert followed.rows("SELECT note FROM {src}.orders WHERE id = 10") == [("changed",)]
    assert state(followed)["load_kind"] == "delta"
    assert followed.leftovers() == []


WITHDRAWN = """
UPDATE {etl}.table_updates SET "position" = NULL, source = NULL, reason = 'somebody asked'
WHERE target_table = '{src}.orders'
"""


def test_a_position_that_is_withdrawn_right_before_the_lock_is_not_continued(
    followed: Project,
) -> None:
    """The markers are read again, and the table is dumped and loaded whole."""
    followed.upstream("INSERT INTO orders VALUES (1001, 'new', NULL, 1)")
    names = {"etl": followed.marker_schema, "src": followed.src}
    done = followed.program(
        *("interfere", "lock", WITHDRAWN.format(**names)),
        *("CopyTable", "--table", "{src}.orders", *DAYS[1], "--workers", "1"),
        "--local-scheduler",
    )
    assert done.err.count("another task or run changed") == 1, done.text
    assert "all: somebody asked" in done.out
    assert followed.rows("SELECT COUNT(*) FROM {src}.orders") == [(1001,)]
    assert state(followed)["load_kind"] == "whole"
    assert followed.leftovers() == []


def test_rows_of_an_older_dump_of_the_same_date_are_not_loaded_again(followed: Project) -> None:
    """Another prefix has loaded the table since; its delta is refused, so all rows are dumped."""
    other = ("--warehouse-prefix", f"{followed.prefix}-other")
    command = ("CopyTable", "--table", "{src}.orders", *DAYS[0])
    followed.upstream("INSERT INTO orders VALUES (1001, 'new', NULL, 1)")
    followed.luigi(*command, *other)
    followed.upstream("INSERT INTO orders VALUES (1002, 'new', NULL, 1, '2001-01-01')")
    done = followed.luigi(*command)
    assert "all: keys did not match: 1 key of upstream would be missing" in done.out
    assert f"replaced rows of 2024-05-01 (prefix '{followed.prefix}-other')" in done.out
    assert followed.rows("SELECT COUNT(*) FROM {src}.orders") == [(1002,)]


def test_a_table_that_somebody_made_again_is_loaded_whole_by_the_same_date(
    followed: Project,
) -> None:
    followed.upstream("INSERT INTO orders VALUES (1001, 'new', NULL, 1)")
    command = ("CopyTable", "--table", "{src}.orders", *DAYS[1])
    followed.luigi(*command)
    execute(
        followed.environment["DATA_WAREHOUSE_ETL"],
        *(f"CREATE TABLE {followed.src}.deep AS SELECT * FROM {followed.src}.orders",),
        *(f"DROP TABLE {followed.src}.orders CASCADE",),
        *(f"ALTER TABLE {followed.src}.deep RENAME TO orders",),
    )
    done = followed.luigi(*command)
    assert "all: the table is missing, or not the one that was loaded" in done.out
    assert followed.rows("SELECT COUNT(*) FROM {src}.orders") == [(1001,)]

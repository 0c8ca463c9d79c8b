"""The statements about what relations hold."""

import datetime as dt
from dataclasses import replace

from pipeline.names import Fingerprint, RunDate, TableName
from pipeline.sql.markers import content, marker
from tests.support.values.statements import sql


def test_the_content_of_a_relation_is_the_newest_marker_of_all_prefixes():
    names = [TableName("www", "b"), TableName("www", "a"), TableName("www", "a")]
    statement = content.select_contents("etl", names)

    assert statement.text == sql("""
        SELECT *
        FROM (
            SELECT *,
                ROW_NUMBER() OVER (
                    PARTITION BY target_table, CASE WHEN task IN %(tasks)s THEN 1 ELSE 0 END
                    ORDER BY inserted_at DESC, update_id DESC
                ) AS place
            FROM "etl"."table_updates"
            WHERE target_table IN %(tables)s
                AND task IN %(tasks)s
        ) AS ranked
        WHERE place = 1
        ORDER BY target_table
    """)
    assert statement.parameters == {"tables": ("www.a", "www.b"), "tasks": marker.FILLING}


MOMENT = dt.datetime(2026, 11, 22, 3, 15, tzinfo=dt.UTC)
MARKER = marker.Marker(
    *("production/CopyTable/1", "CopyTable", "www.orders", RunDate(dt.date(2026, 11, 21))),
    *("production", Fingerprint("d418a655936a"), 7, 70, None, MOMENT, MOMENT),
)


def test_a_marker_of_rows_replaces_those_of_its_date_and_of_other_prefixes():
    statement = content.delete_replaced("etl", MARKER)

    assert statement.text == sql("""
        DELETE FROM "etl"."table_updates"
        WHERE task = %(task)s
            AND target_table = %(target_table)s
            AND (prefix <> %(prefix)s OR (run_date = %(run_date)s AND run_hour IS NULL))
    """)
    assert statement.parameters == {
        "task": "CopyTable",
        "target_table": "www.orders",
        "prefix": "production",
        "run_date": dt.date(2026, 11, 21),
    }


def test_a_marker_without_date_replaces_only_its_own():
    dateless = replace(MARKER, run_date=None)
    assert content.delete_replaced("etl", dateless) == marker.delete_marker("etl", dateless)


def test_the_markers_of_lost_rows_are_deleted_under_every_prefix():
    statement = content.delete_contents("etl", [TableName("www", "b"), TableName("www", "a")])

    assert statement.text == sql("""
        DELETE FROM "etl"."table_updates"
        WHERE target_table IN %(tables)s
            AND task IN %(tasks)s
    """)
    assert statement.parameters == {"tables": ("www.a", "www.b"), "tasks": marker.FILLING}


def test_no_marker_proves_the_rows_of_a_relation_whose_newest_one_is_forgotten():
    names = [TableName("www", "b"), TableName("www", "a")]
    date = RunDate(dt.date(2026, 11, 21))
    day = content.disprove_contents("etl", prefix="p", tables=names, run_date=date)
    always = content.disprove_contents("etl", prefix="p", tables=names)

    newest = content.select_contents("etl", names).text.replace("\n", "\n" + 8 * " ")
    newest = newest.removeprefix("SELECT *").rpartition("\n")[0]
    assert day.text == (
        'UPDATE "etl"."table_updates"\nSET object_id = %(disproved)s\nWHERE task IN %(tasks)s\n'
        f"    AND target_table IN (\n        SELECT target_table{newest}\n"
        "            AND prefix = %(prefix)s\n"
        "            AND (run_date = %(run_date)s AND run_hour IS NULL)\n    )"
    )
    parameters = {
        "tables": ("www.a", "www.b"),
        "tasks": marker.FILLING,
        "disproved": 0,
        "prefix": "p",
    }
    assert day.parameters == {**parameters, "run_date": date.day}
    condition = "\n            AND (run_date = %(run_date)s AND run_hour IS NULL)"
    assert always.text == day.text.replace(condition, "")
    assert always.parameters == parameters


def test_the_newest_marker_of_checks_is_read_beside_that_of_the_rows():
    """It is ranked by itself: the rank of rows is by their tasks alone."""
    statement = content.select_contents("etl", [TableName("www", "a")], checks=True)

    assert "AND task IN %(read)s\n" in statement.text
    assert "CASE WHEN task IN %(tasks)s THEN 1 ELSE 0 END" in statement.text
    assert statement.parameters["read"] == ("CopyTable", "RefreshCtas", "Checks")

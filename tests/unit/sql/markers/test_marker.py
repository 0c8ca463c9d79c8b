import datetime as dt
from dataclasses import asdict, replace

import pytest

from pipeline.names import TableName
from pipeline.sql.markers import marker
from pipeline.sql.markers.own_table import create_own_table
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import DATE, DAY, HOUR, MARKER, MOMENT

COLUMNS = (
    '"update_id", "task", "target_table", "run_date", "prefix", "fingerprint", "row_count", '
    '"byte_count", "manifest", "started_at", "inserted_at", '
    '"object_id", "load_kind", "reason", "position", "source", "whole_at", "proved", '
    '"rows_added", "rows_changed", "rows_deleted", "read_at", "run_hour"'
)


def test_the_marker_table_has_room_for_every_marker_id():
    assert create_own_table(marker.own_table("etl")).text == sql("""
        CREATE TABLE IF NOT EXISTS "etl"."table_updates" (
            "update_id" varchar(1024) NOT NULL,
            "task" varchar(128) NOT NULL,
            "target_table" varchar(512),
            "run_date" date,
            "prefix" varchar(1024) NOT NULL,
            "fingerprint" varchar(64) NOT NULL,
            "row_count" bigint,
            "byte_count" bigint,
            "manifest" varchar(2048),
            "started_at" timestamp NOT NULL,
            "inserted_at" timestamp NOT NULL,
            "object_id" bigint,
            "load_kind" varchar(16),
            "reason" varchar(4096),
            "position" varchar(256),
            "source" varchar(512),
            "whole_at" timestamp,
            "proved" varchar(16),
            "rows_added" bigint,
            "rows_changed" bigint,
            "rows_deleted" bigint,
            "read_at" timestamp,
            "run_hour" smallint,
            PRIMARY KEY ("update_id")
        )
        DISTSTYLE EVEN
        COMPOUND SORTKEY ("run_date")
    """)
    assert marker.marker_table("etl") == TableName("etl", "table_updates")


def test_the_lock_is_on_the_marker_table():
    assert marker.lock_markers("etl").text == 'LOCK TABLE "etl"."table_updates"'


def test_a_marker_replaces_that_of_its_task_relation_and_date():
    statement = marker.delete_marker("etl", MARKER)

    assert statement.text == sql("""
        DELETE FROM "etl"."table_updates"
        WHERE task = %(task)s
            AND prefix = %(prefix)s
            AND target_table = %(target_table)s
            AND run_date = %(run_date)s
            AND run_hour IS NULL
    """)
    assert statement.parameters == {
        "task": "CopyTable",
        "prefix": "production",
        "target_table": "www.orders",
        "run_date": DAY,
    }


def test_a_marker_of_an_hour_replaces_only_that_of_the_hour():
    day = marker.delete_marker("etl", MARKER)
    hour = marker.delete_marker("etl", replace(MARKER, run_date=HOUR))

    assert hour.text == day.text.replace("run_hour IS NULL", "run_hour = %(run_hour)s")
    assert hour.parameters == {**day.parameters, "run_hour": 14}


def test_a_marker_without_relation_and_date_replaces_only_one_without_either():
    statement = marker.delete_marker("etl", replace(MARKER, target_table=None, run_date=None))

    assert statement.text.endswith(
        "    AND target_table IS NULL\n    AND run_date IS NULL\n    AND run_hour IS NULL"
    )
    assert set(statement.parameters) == {"task", "prefix"}


def test_a_marker_is_inserted_with_all_columns():
    statement = marker.insert_marker("etl", MARKER)

    assert (
        statement.text
        == f"""\
INSERT INTO "etl"."table_updates" ({COLUMNS})
VALUES (%(update_id)s, %(task)s, %(target_table)s, %(run_date)s, %(prefix)s, %(fingerprint)s, \
%(row_count)s, %(byte_count)s, %(manifest)s, %(started_at)s, %(inserted_at)s, \
%(object_id)s, %(load_kind)s, %(reason)s, %(position)s, %(source)s, %(whole_at)s, %(proved)s, \
%(rows_added)s, %(rows_changed)s, %(rows_deleted)s, %(read_at)s, %(run_hour)s)"""
    )
    stored = {"fingerprint": "0123456789ab", "run_date": DAY, "run_hour": None}
    assert statement.parameters == asdict(MARKER) | stored
    hourly = marker.insert_marker("etl", replace(MARKER, run_date=HOUR))
    assert hourly.parameters == statement.parameters | {"run_hour": 14}


def test_moments_are_stored_as_utc():
    zone = dt.timezone(dt.timedelta(hours=-5))
    moment = dt.datetime(2026, 11, 21, 22, 4, 5, 678901, tzinfo=zone)
    statement = marker.insert_marker("etl", replace(MARKER, started_at=moment))

    assert statement.parameters["started_at"] == MOMENT


PLACE = """\
ROW_NUMBER() OVER (
                    PARTITION BY target_table, CASE WHEN task IN %(tasks)s THEN 1 ELSE 0 END
                    ORDER BY inserted_at DESC, update_id DESC
                ) AS place"""


def test_a_marker_is_found_by_its_id_with_its_place_even_if_duplicated():
    statement = marker.select_marker("etl", "x")

    assert statement.text == sql("""
        SELECT m.*,
            CASE WHEN newer.update_id IS NULL THEN 1 ELSE 2 END AS place
        FROM "etl"."table_updates" AS m
        LEFT JOIN "etl"."table_updates" AS newer
            ON newer.target_table = m.target_table
            AND newer.task IN %(tasks)s
            AND (
                newer.inserted_at > m.inserted_at
                OR (newer.inserted_at = m.inserted_at AND newer.update_id > m.update_id)
            )
        WHERE m.update_id = %(update_id)s
        ORDER BY m.inserted_at DESC
        LIMIT 1
    """)
    assert statement.parameters == {"update_id": "x", "tasks": marker.FILLING}


def test_one_statement_reads_the_markers_of_a_date_and_what_each_relation_holds():
    day = marker.select_markers("etl", prefix="p", run_date=DATE)

    assert day.text == sql(f"""
        SELECT *
        FROM (
            SELECT *,
                {PLACE}
            FROM "etl"."table_updates"
        ) AS ranked
        WHERE (prefix = %(prefix)s AND (run_date = %(run_date)s OR run_date IS NULL))
            OR (place = 1 AND task IN %(tasks)s)
        ORDER BY inserted_at, update_id
    """)
    assert day.parameters == {"prefix": "p", "run_date": DAY, "tasks": marker.FILLING}
    hour = marker.select_markers("etl", prefix="p", run_date=HOUR)
    of_hour = "((run_date = %(run_date)s AND run_hour = %(run_hour)s) OR"
    assert hour.text == day.text.replace("(run_date = %(run_date)s OR", of_hour)
    assert hour.parameters == {**day.parameters, "run_hour": 14}


def test_without_a_date_only_markers_without_one_are_read():
    statement = marker.select_markers("etl", prefix="p")

    assert statement.text == sql("""
        SELECT *
        FROM "etl"."table_updates"
        WHERE prefix = %(prefix)s
            AND run_date IS NULL
        ORDER BY inserted_at, update_id
    """)
    assert statement.parameters == {"prefix": "p"}


def test_one_statement_reads_the_loads_of_other_prefixes():
    statement = marker.select_elsewhere("etl", prefix="p")

    assert statement.text == sql("""
        SELECT target_table, prefix, MAX(inserted_at) AS inserted_at
        FROM "etl"."table_updates"
        WHERE prefix <> %(prefix)s
            AND task IN %(tasks)s
        GROUP BY target_table, prefix
        ORDER BY MAX(inserted_at)
    """)
    assert statement.parameters == {"prefix": "p", "tasks": ("CopyTable", "RefreshCtas")}


def test_one_statement_reads_the_sizes_of_all_relations():
    statement = marker.select_sizes("etl", prefix="p", since=DAY)

    assert statement.text == sql("""
        SELECT target_table, MAX(byte_count) AS byte_count, MAX(row_count) AS row_count
        FROM "etl"."table_updates"
        WHERE prefix = %(prefix)s
            AND run_date >= %(since)s
            AND task IN %(tasks)s
        GROUP BY target_table
    """)
    assert statement.parameters == {
        "prefix": "p",
        "since": DAY,
        "tasks": ("CopyTable", "RefreshCtas"),
    }


@pytest.mark.parametrize(
    ("bytes_", "rows", "expected"), [(5, 1000, 5), (None, 1000, 16000), (None, None, 0)]
)
def test_unknown_bytes_are_estimated_from_rows(bytes_, rows, expected):
    assert marker.filled_bytes({"byte_count": bytes_, "row_count": rows}) == expected


def test_one_statement_reads_the_newest_marker_of_each_relation_and_task():
    statement = marker.select_newest("etl", prefix="p")

    assert statement.text == sql("""
        SELECT *
        FROM (
            SELECT *,
                ROW_NUMBER() OVER (
                    PARTITION BY task, target_table
                    ORDER BY inserted_at DESC, update_id DESC
                ) AS place
            FROM "etl"."table_updates"
            WHERE prefix = %(prefix)s
                AND target_table IS NOT NULL
        ) AS ranked
        WHERE place = 1
        ORDER BY inserted_at, update_id
    """)
    assert statement.parameters == {"prefix": "p"}


def test_markers_of_relations_are_forgotten_for_one_date_or_for_all():
    names = [TableName("www", "b"), TableName("www", "a"), TableName("www", "b")]
    day = marker.forget("etl", prefix="p", tables=names, run_date=DATE)
    always = marker.forget("etl", prefix="p", tables=names)

    assert day.text == sql("""
        DELETE FROM "etl"."table_updates"
        WHERE prefix = %(prefix)s
            AND target_table IN %(tables)s
            AND (run_date = %(run_date)s AND run_hour IS NULL)
    """)
    assert day.parameters == {"prefix": "p", "tables": ("www.a", "www.b"), "run_date": DAY}
    hour = marker.forget("etl", prefix="p", tables=names, run_date=HOUR)
    assert hour.text == day.text.replace("run_hour IS NULL", "run_hour = %(run_hour)s")
    assert hour.parameters == {**day.parameters, "run_hour": 14}
    assert always.text == day.text.rpartition("\n")[0]
    assert always.parameters == {"prefix": "p", "tables": ("www.a", "www.b")}

    shown = marker.select_forgotten("etl", prefix="p", tables=names, run_date=DATE)
    assert shown.text == day.text.replace("DELETE ", "SELECT update_id\n", 1)
    assert shown.parameters == day.parameters


def test_forgetting_no_relation_is_an_error():
    with pytest.raises(ValueError, match="name the relations"):
        marker.forget("etl", prefix="p", tables=[])

from dataclasses import replace

import pytest

from pipeline.names import TableName
from pipeline.sql.markers import history
from pipeline.sql.markers.own_table import create_own_table
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import DAY, HOUR, MOMENT, RUN

COLUMNS = (
    '"run_id", "task", "target_table", "run_date", "prefix", "status", "row_count", '
    '"byte_count", "seconds", "message", "occurred_at"'
)
LATER = '"started_at", "lock_seconds"'


def test_the_history_table_has_a_column_for_each_figure_of_a_run():
    assert create_own_table(history.own_table("etl")).text == sql("""
        CREATE TABLE IF NOT EXISTS "etl"."task_history" (
            "run_id" varchar(64) NOT NULL,
            "task" varchar(128) NOT NULL,
            "target_table" varchar(512),
            "run_date" date,
            "prefix" varchar(1024) NOT NULL,
            "status" varchar(32) NOT NULL,
            "row_count" bigint,
            "byte_count" bigint,
            "seconds" double precision,
            "message" varchar(4096),
            "occurred_at" timestamp NOT NULL,
            "run_hour" smallint,
            "started_at" timestamp,
            "lock_seconds" double precision
        )
        DISTSTYLE EVEN
        COMPOUND SORTKEY ("occurred_at")
    """)
    assert history.history_table("etl") == TableName("etl", "task_history")


def test_many_runs_are_appended_by_one_statement():
    statement = history.insert_history("etl", [RUN, replace(RUN, task="DumpTable")])

    assert (
        statement.text
        == f"""\
INSERT INTO "etl"."task_history" ({COLUMNS}, {LATER})
VALUES
    (%(run_id_0)s, %(task_0)s, %(target_table_0)s, %(run_date_0)s, %(prefix_0)s, %(status_0)s, \
%(row_count_0)s, %(byte_count_0)s, %(seconds_0)s, %(message_0)s, %(occurred_at_0)s, \
%(started_at_0)s, %(lock_seconds_0)s),
    (%(run_id_1)s, %(task_1)s, %(target_table_1)s, %(run_date_1)s, %(prefix_1)s, %(status_1)s, \
%(row_count_1)s, %(byte_count_1)s, %(seconds_1)s, %(message_1)s, %(occurred_at_1)s, \
%(started_at_1)s, %(lock_seconds_1)s)"""
    )
    assert statement.parameters["task_1"] == "DumpTable"
    assert statement.parameters["run_date_0"] == DAY
    assert statement.parameters["occurred_at_0"] == MOMENT
    assert len(statement.parameters) == 26


def test_the_table_of_an_earlier_release_gets_what_it_has_columns_for():
    statement = history.insert_history("etl", [RUN], earlier=True)

    assert f'"etl"."task_history" ({COLUMNS})\n' in statement.text
    assert len(statement.parameters) == 11


def test_the_run_of_an_hour_has_its_hour():
    statement = history.insert_history("etl", [RUN, replace(RUN, run_date=HOUR)])

    assert f'({COLUMNS}, "run_hour", {LATER})' in statement.text
    assert "%(occurred_at_1)s, %(run_hour_1)s, %(started_at_1)s" in statement.text
    names = ("run_date_0", "run_hour_0", "run_date_1", "run_hour_1")
    assert [statement.parameters[name] for name in names] == [DAY, None, DAY, 14]


def test_appending_no_run_is_an_error():
    with pytest.raises(ValueError, match="no run"):
        history.insert_history("etl", [])


@pytest.mark.parametrize("message", [None, "", "x" * 4096, "é" * 2048])
def test_a_message_that_fits_stays(message):
    runs = [replace(RUN, message=message)]

    assert history.insert_history("etl", runs).parameters["message_0"] == message


@pytest.mark.parametrize("message", ["x" * 4097, "é" * 2049, "x" + "é" * 3000])
def test_a_message_that_is_too_long_is_cut_and_marked(message):
    stored = history.insert_history("etl", [replace(RUN, message=message)]).parameters["message_0"]

    assert stored.endswith(" … (cut)")
    assert message.startswith(stored.removesuffix(" … (cut)"))
    assert 4090 < len(stored.encode()) <= 4096


def test_the_newest_runs_come_first():
    statement = history.select_history("etl", prefix="p", limit=5)

    assert statement.text == sql("""
        SELECT *
        FROM "etl"."task_history"
        WHERE prefix = %(prefix)s
            AND status <> %(not_run)s
        ORDER BY occurred_at DESC
        LIMIT %(limit)s
    """)
    assert statement.parameters == {"prefix": "p", "not_run": "not run", "limit": 5}


def test_the_latest_run_of_each_relation_task_and_status():
    statement = history.select_latest("etl", prefix="p")

    assert statement.text == sql("""
        SELECT *
        FROM (
            SELECT *,
                ROW_NUMBER() OVER (
                    PARTITION BY task, target_table, status
                    ORDER BY occurred_at DESC, run_id DESC
                ) AS place
            FROM "etl"."task_history"
            WHERE prefix = %(prefix)s
        ) AS ranked
        WHERE place = 1
        ORDER BY target_table, task, status
    """)
    assert statement.parameters == {"prefix": "p"}


def test_the_last_loads_and_failures_of_each_relation():
    statement = history.select_recent("etl", prefix="p", tasks=["CopyTable"])

    assert statement.text == sql("""
        SELECT *
        FROM (
            SELECT *,
                ROW_NUMBER() OVER (
                    PARTITION BY target_table, status
                    ORDER BY occurred_at DESC, run_id DESC
                ) AS place
            FROM "etl"."task_history"
            WHERE prefix = %(prefix)s
                AND target_table IS NOT NULL
                AND (status = 'failed' OR (status = 'done' AND task IN %(tasks)s))
        ) AS ranked
        WHERE place <= %(limit)s
        ORDER BY target_table, occurred_at, run_id
    """)
    assert statement.parameters == {"prefix": "p", "tasks": ("CopyTable",), "limit": 30}


def test_all_tasks_of_the_newest_runs():
    statement = history.select_runs("etl", prefix="p", runs=3, tasks=100)

    assert statement.text == sql("""
        SELECT history.*
        FROM "etl"."task_history" AS history
        JOIN (
            SELECT run_id,
                ROW_NUMBER() OVER (ORDER BY MAX(occurred_at) DESC, run_id DESC) AS place,
                SUM(COUNT(*)) OVER (
                    ORDER BY MAX(occurred_at) DESC, run_id DESC
                    ROWS UNBOUNDED PRECEDING
                ) AS tasks
            FROM "etl"."task_history"
            WHERE prefix = %(prefix)s
            GROUP BY run_id
        ) AS newest ON newest.run_id = history.run_id
        WHERE history.prefix = %(prefix)s
            AND newest.place <= %(runs)s
            AND (newest.tasks <= %(tasks)s OR newest.place = 1)
        ORDER BY history.occurred_at, history.task, history.target_table
    """)
    assert statement.parameters == {"prefix": "p", "runs": 3, "tasks": 100}

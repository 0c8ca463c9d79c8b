"""A marker table without all columns: of an earlier release, or spoilt by hand."""

import re

import pytest

from pipeline.sql.markers import marker
from tests.support.database import execute
from tests.support.projects.warehouse import DATE, Project

EARLIER = """
ALTER TABLE {etl}.task_history DROP COLUMN run_hour;
ALTER TABLE {etl}.task_history DROP COLUMN started_at;
ALTER TABLE {etl}.task_history DROP COLUMN lock_seconds;
ALTER TABLE {etl}.table_updates RENAME TO saved;
CREATE TABLE {etl}.table_updates (
    "update_id" varchar(1024) NOT NULL, "task" varchar(128) NOT NULL,
    "target_table" varchar(512), "run_date" date, "prefix" varchar(1024) NOT NULL,
    "fingerprint" varchar(64) NOT NULL, "row_count" bigint, "byte_count" bigint,
    "manifest" varchar(2048), "started_at" timestamp NOT NULL, "inserted_at" timestamp NOT NULL,
    PRIMARY KEY ("update_id")
) DISTSTYLE EVEN COMPOUND SORTKEY ("run_date");
INSERT INTO {etl}.table_updates SELECT update_id, task, target_table, run_date, prefix,
    fingerprint, row_count, byte_count, manifest, started_at, inserted_at FROM {etl}.saved;
DROP TABLE {etl}.saved
"""
"""Marker table and history as the first release created them, with the same rows."""

FILLED = (
    "SELECT update_id, inserted_at FROM {etl}.table_updates WHERE update_id LIKE '%/2026-11-21/%'"
)

HOURS = """
SELECT run_hour, COUNT(*) FROM {etl}.table_updates WHERE task = 'CopyTable'
GROUP BY run_hour ORDER BY run_hour NULLS FIRST
"""

RUNS = """
SELECT run_date::varchar, run_hour, COUNT(*) FROM {etl}.task_history WHERE task = 'DumpTable'
GROUP BY run_date, run_hour ORDER BY run_date, run_hour NULLS FIRST
"""

STARTS = """
SELECT run_date::varchar, MAX(started_at) < MAX(occurred_at) AND MAX(lock_seconds) = 0
FROM {etl}.task_history WHERE task = 'DumpTable' GROUP BY run_date ORDER BY run_date
"""

NIGHT = ("LoadAll", "--date", "2026-11-22")


def change(project: Project, script: str) -> None:
    """Execute statements in the warehouse as its owner, one after the other."""
    for statement in script.format(etl=project.marker_schema, src=project.src).split(";"):
        execute(project.environment["DATA_WAREHOUSE_ETL"], statement)


@pytest.fixture
def loaded(project: Project) -> Project:
    project.luigi("LoadAll")
    return project


def test_the_marker_table_of_an_earlier_release_is_extended_and_keeps_its_rows(
    loaded: Project,
) -> None:
    change(loaded, EARLIER)
    before = sorted(loaded.rows(FILLED))
    status = loaded.pipeline("status")
    history = loaded.pipeline("history")
    refused = loaded.pipeline("forget", "{src}.orders", "--date", DATE, "--dry-run", code=4)
    loaded.luigi("DumpAll", "--date", "2026-11-23")
    planned = loaded.pipeline("plan", "BootstrapWarehouse", "--sql")
    again = loaded.luigi("LoadAll", DATA_WAREHOUSE_ADMIN="")
    hour = loaded.luigi("LoadAll", "--date", f"{DATE}T05", DATA_WAREHOUSE_ADMIN="")
    loaded.luigi(*NIGHT, DATA_WAREHOUSE_ADMIN="")

    assert "5 relations: 5 ok." in status.out
    added = re.findall(r'ADD COLUMN "(\w+)"', planned.out)
    columns = [column.name for column in marker.own_table("etl").columns]
    later = ["run_hour", "started_at", "lock_seconds"]
    assert added == [*columns[columns.index("object_id") :], *later], planned.out
    assert history.out.count("DumpTable") == 2
    assert "To extend it, run 'luigi --module pipeline BootstrapWarehouse" in refused.err
    assert planned.out.count('ADD COLUMN "run_hour" smallint;') == 2
    assert "all 5 relations are complete" in again.out
    assert "BootstrapWarehouse is repeated: the warehouse lacks the column object_id" in hour.err
    assert "warehouse: ALTER TABLE" in hour.err
    assert sorted(loaded.rows(FILLED)) == before
    assert loaded.rows(HOURS) == [(None, 4), (5, 2)]
    assert loaded.rows(RUNS) == [
        ("2026-11-21", None, 2),
        ("2026-11-21", 5, 2),
        ("2026-11-22", None, 2),
        ("2026-11-23", None, 2),
    ]
    assert loaded.rows(STARTS) == [
        ("2026-11-21", True),
        ("2026-11-22", True),
        ("2026-11-23", None),
    ]


def test_a_required_column_that_somebody_dropped_is_named_and_restored(loaded: Project) -> None:
    change(loaded, "ALTER TABLE {etl}.table_updates DROP COLUMN prefix")
    status = loaded.pipeline("status", code=4)
    again = loaded.luigi("LoadAll", DATA_WAREHOUSE_ADMIN="")

    assert "To add it, run 'luigi --module pipeline BootstrapWarehouse'" in status.err
    assert "FAILED" not in again.out
    assert loaded.rows("SELECT COUNT(*) FROM {etl}.table_updates WHERE prefix = ''") == [(10,)]
    loaded.pipeline("status")

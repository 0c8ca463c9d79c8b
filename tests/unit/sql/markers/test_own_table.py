"""The pipeline's own tables get the columns that they lack, one in each statement."""

from pipeline.sql.markers import marker
from pipeline.sql.markers.own_table import add_missing_columns
from tests.support.values.statements import sql, texts

OLD = {
    *("update_id", "task", "target_table", "run_date", "prefix", "fingerprint"),
    *("row_count", "byte_count", "manifest", "started_at", "inserted_at"),
}
"""The columns of the marker table in the first release."""


def test_a_table_of_an_earlier_release_gets_the_columns_that_it_lacks():
    assert texts(add_missing_columns(marker.own_table("etl"), OLD)) == [
        f'ALTER TABLE "etl"."table_updates" ADD COLUMN "{name}" {sql_type}'
        for name, sql_type in {
            "object_id": "bigint",
            "load_kind": "varchar(16)",
            "reason": "varchar(4096)",
            "position": "varchar(256)",
            "source": "varchar(512)",
            "whole_at": "timestamp",
            "proved": "varchar(16)",
            "rows_added": "bigint",
            "rows_changed": "bigint",
            "rows_deleted": "bigint",
            "read_at": "timestamp",
            "run_hour": "smallint",
        }.items()
    ]


def test_columns_of_later_releases_are_left_alone():
    every = {column.name for column in marker.own_table("etl").columns}

    assert list(add_missing_columns(marker.own_table("etl"), every | {"later"})) == []


def test_a_required_column_gets_a_default_because_redshift_demands_one():
    (statement,) = add_missing_columns(
        marker.own_table("etl"),
        {column.name for column in marker.own_table("etl").columns} - {"prefix"},
    )

    assert statement.text == sql("""
        ALTER TABLE "etl"."table_updates"
        ADD COLUMN "prefix" varchar(1024) DEFAULT '' NOT NULL
    """)


def test_every_column_of_a_marker_is_in_the_table_and_later_ones_may_be_null():
    columns = marker.own_table("etl").columns

    assert tuple(column.name for column in columns) == marker.MARKER_COLUMNS
    assert not any(column.required for column in columns if column.name not in OLD)

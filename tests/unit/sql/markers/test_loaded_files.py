"""The record of loaded files."""

from dataclasses import replace

import pytest

from pipeline.names import TableName
from pipeline.sql.markers import loaded_files
from pipeline.sql.markers.loaded_files import LoadedFile
from pipeline.sql.markers.own_table import create_own_table
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import MOMENT

RATES = TableName("partner", "rates")
FILE = LoadedFile("partner.rates", "s3://b/1.csv", "0a1b", 17, "p/CopyTable/…", MOMENT)


def test_the_record_has_a_row_for_each_file() -> None:
    assert create_own_table(loaded_files.own_table("etl")).text == sql("""
        CREATE TABLE IF NOT EXISTS "etl"."loaded_files" (
            "target_table" varchar(512) NOT NULL,
            "url" varchar(2048) NOT NULL,
            "etag" varchar(256) NOT NULL,
            "byte_count" bigint NOT NULL,
            "update_id" varchar(1024) NOT NULL,
            "loaded_at" timestamp NOT NULL
        )
        DISTSTYLE EVEN
        COMPOUND SORTKEY ("target_table")
    """)


def test_the_files_of_a_table_are_read_and_counted() -> None:
    read = loaded_files.select_loaded_files("etl", RATES)
    assert read.text == sql("""
        SELECT "url", "etag", "byte_count", "loaded_at"
        FROM "etl"."loaded_files"
        WHERE "target_table" = %(target_table)s
        ORDER BY "url"
    """)
    counted = loaded_files.count_loaded_files("etl", RATES)
    assert counted.text == sql("""
        SELECT COUNT(*) AS row_count
        FROM "etl"."loaded_files"
        WHERE "target_table" = %(target_table)s
    """)
    assert read.parameters == counted.parameters == {"target_table": "partner.rates"}


def test_the_record_of_tables_is_deleted() -> None:
    statement = loaded_files.delete_loaded_files("etl", [RATES, TableName("a", "b"), RATES])
    assert statement.text == sql("""
        DELETE FROM "etl"."loaded_files"
        WHERE "target_table" IN %(tables)s
    """)
    assert statement.parameters == {"tables": ("a.b", "partner.rates")}


def test_many_files_are_recorded_by_one_statement() -> None:
    statement = loaded_files.insert_loaded_files("etl", [FILE, replace(FILE, url="s3://b/2%")])
    assert statement.text == sql("""
        INSERT INTO "etl"."loaded_files" \
("target_table", "url", "etag", "byte_count", "update_id", "loaded_at")
        VALUES
            (%(target_table_0)s, %(url_0)s, %(etag_0)s, %(byte_count_0)s, %(update_id_0)s, \
%(loaded_at_0)s),
            (%(target_table_1)s, %(url_1)s, %(etag_1)s, %(byte_count_1)s, %(update_id_1)s, \
%(loaded_at_1)s)
    """)
    assert statement.parameters["url_1"] == "s3://b/2%"
    assert len(statement.parameters) == 12
    with pytest.raises(ValueError, match="no file"):
        loaded_files.insert_loaded_files("etl", [])

import pytest

from pipeline.names import TableName
from pipeline.sql.tables import publish
from tests.support.statements import sql
from tests.support.warehouse_samples import DIM_USER, GROUPS, HOSTILE

ORDERS = TableName("www", "orders")
LONG = TableName("www", "ö" * 63 + "x")
"""127 bytes, the longest name that Redshift keeps."""


def test_a_staging_table_has_the_name_of_its_table_and_attempt():
    assert publish.staging_table(ORDERS, "0a1b") == TableName("www", "orders$next$0a1b")
    assert publish.retired(ORDERS) == TableName("www", "orders$old")


@pytest.mark.parametrize(
    "make", [publish.retired, lambda name: publish.staging_table(name, "x" * 24)]
)
def test_a_long_name_is_truncated_between_characters_and_gets_a_hash(make):
    first, second = make(LONG), make(TableName("www", "ö" * 63 + "y"))

    assert first != second
    assert first == make(LONG)
    for name in (first, second):
        assert name.table.startswith("ööö")
        assert len(name.table.encode()) <= 127


@pytest.mark.parametrize("attempt", ["", "x" * 25, "é" * 13])
def test_an_attempt_that_is_too_long_for_the_name_is_rejected(attempt):
    with pytest.raises(ValueError, match="24 bytes"):
        publish.staging_table(ORDERS, attempt)


def test_rows_are_copied_by_name_with_their_surrogate_keys():
    statement = publish.insert_from_staging_table(
        DIM_USER, TableName("analytics", "dim_user$next$1")
    )

    assert statement.text == sql("""
        INSERT INTO "analytics"."dim_user" ("user_key", "user_id", "email", "city")
        SELECT "user_key", "user_id", "email", "city"
        FROM "analytics"."dim_user$next$1"
    """)


def test_small_statements():
    assert publish.delete_all(ORDERS).text == 'DELETE FROM "www"."orders"'
    assert publish.analyze(ORDERS).text == 'ANALYZE "www"."orders"'
    assert publish.analyze(HOSTILE.name).text == 'ANALYZE "s""; DROP SCHEMA x; --"."t%s.é\'ü$"'


def test_the_etl_group_has_all_privileges_and_users_select():
    assert [grant.text for grant in publish.grants(ORDERS, GROUPS)] == [
        'GRANT ALL PRIVILEGES\nON TABLE "www"."orders"\nTO GROUP "etl_rw"',
        'GRANT SELECT\nON TABLE "www"."orders"\nTO GROUP "analyst_ro"',
    ]

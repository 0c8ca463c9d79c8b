from pipeline.names import TableName
from pipeline.sql.tables import publish
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import DIM_USER, GROUPS, HOSTILE

ORDERS = TableName("www", "orders")


def test_rows_are_copied_by_name_with_their_surrogate_keys():
    statement = publish.insert_from_staging_table(
        DIM_USER, TableName("analytics", "dim_user$next$1")
    )

    assert statement.text == sql("""
        INSERT INTO "analytics"."dim_user" ("user_key", "user_id", "email", "city")
        SELECT "user_key", "user_id", "email", "city"
        FROM "analytics"."dim_user$next$1"
    """)


def test_nulls_are_counted_in_each_column():
    assert publish.count_nulls(ORDERS, ("id", "a b")).text == sql("""
        SELECT
            COUNT(*) - COUNT("id") AS nulls_0,
            COUNT(*) - COUNT("a b") AS nulls_1
        FROM "www"."orders"
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

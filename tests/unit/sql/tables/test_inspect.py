from pipeline.sql.tables.inspect import create_empty, query_columns, select_rows
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import DIM_USER, HOSTILE


def test_some_rows_of_a_relation_are_selected():
    statement = select_rows(DIM_USER, 5)
    assert statement.text == sql("""
        SELECT "user_key", "user_id", "email", "city"
        FROM "analytics"."dim_user"
        LIMIT %(limit)s
    """)
    assert statement.parameters == {"limit": 5}
    assert select_rows(HOSTILE, 5).text == (
        'SELECT "a""b", "%(a)s"\nFROM "s""; DROP SCHEMA x; --"."t%s.é\'ü$"\nLIMIT %(limit)s'
    )


def test_a_query_is_planned_for_its_columns_and_not_run():
    statement = create_empty(DIM_USER, "draft_1")
    assert statement.text == sql("""
        CREATE TEMP TABLE "draft_1" AS
        SELECT *
        FROM (
        SELECT id, email, city
        FROM www.users -- all of them; really
        ) AS q
        WHERE FALSE
        LIMIT 0
    """)
    assert statement.origin is not None
    position = statement.text.index("email") + 1
    assert statement.origin.place(position) == (1, 12, "SELECT id, email, city")


def test_a_percent_sign_of_the_query_is_kept():
    assert "\nSELECT '%', 1\n)" in create_empty(HOSTILE, "draft_1").text


def test_the_columns_are_found_by_the_name_of_the_temporary_table():
    statement = query_columns("draft_1")
    assert statement.text.startswith("SELECT\n    a.attname AS column_name,\n    FORMAT_TYPE(")
    assert "WHERE c.relname = %(name)s\n" in statement.text
    assert statement.parameters == {"name": "draft_1"}

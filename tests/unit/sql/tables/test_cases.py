from dataclasses import replace

import pytest

from pipeline.designs.cases.model import Sql
from pipeline.designs.model.design import Column, Constraints
from pipeline.names import TableName
from pipeline.sql.tables import cases
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import DIM_USER, HOSTILE, RECENT

STAGING = TableName("analytics", "etl_stage_testcase_dim_user")


def test_given_rows_have_values_where_null_is_not_allowed_and_free_surrogate_keys():
    rows = (
        {"user_id": "7", "city": "O'Hara 100%"},
        {"email": "x", "user_key": "1"},
        {"user_id": Sql("1 % 2")},
    )
    statement = cases.insert_given(DIM_USER, rows)
    assert statement.text == sql("""
        INSERT INTO "analytics"."dim_user" ("user_key", "user_id", "email", "city")
        VALUES
            (2, CAST(7 AS integer), 'N/', %(value_0)s),
            (CAST(1 AS bigint), 0, %(value_1)s, NULL),
            (3, (1 % 2), 'N/', NULL)
    """)
    assert statement.parameters == {"value_0": "O'Hara 100%", "value_1": "x"}


def test_columns_that_no_row_names_and_that_may_be_null_are_not_inserted():
    statement = cases.insert_given(HOSTILE, ({"%(a)s": "1"}, {"%(a)s": None}))
    assert statement.text == (
        'INSERT INTO "s""; DROP SCHEMA x; --"."t%s.é\'ü$" ("a""b", "%(a)s")\nVALUES\n'
        "    ('N/A', CAST(1 AS integer)),\n    ('N/A', NULL)"
    )


@pytest.mark.parametrize(
    ("kind", "value", "rendered"),
    [
        ("super", "{}", "JSON_PARSE(%(value_0)s)"),
        ("varbyte(4)", "6162", "FROM_HEX(%(value_0)s)"),
        ("numeric(4,2)", "-1.50", "CAST(-1.50 AS numeric(4,2))"),
        ("boolean", "true", "TRUE"),
        ("timestamptz", "2026-11-28 03:00:00+00:00", "CAST(%(value_0)s AS timestamptz)"),
        ("date", "2026-11-28", "CAST(%(value_0)s AS date)"),
        ("varchar(4)", "true", "%(value_0)s"),
        ("", "1", "%(value_0)s"),
    ],
)
def test_a_value_is_a_literal_of_its_type(kind, value, rendered):
    design = replace(DIM_USER, columns=(Column("c", kind),), constraints=Constraints())
    statement = cases.insert_given(design, ({"c": value},))
    assert statement.text.endswith(f'("c")\nVALUES\n    ({rendered})')
    assert [*statement.parameters.values()] == ([value] if "%" in rendered else [])


def test_the_row_with_key_0_is_given_or_added():
    assert cases.has_row_zero(HOSTILE, ())
    assert cases.has_row_zero(DIM_USER, ({}, {"user_key": "0"}))
    assert not cases.has_row_zero(DIM_USER, ({"user_key": "1"}, {"user_id": "0"}))


def test_expected_rows_have_the_types_of_the_returned_and_their_order():
    rows = ({"city": "x"}, {"user_id": Sql("2 % 3"), "city": None})
    statement = cases.select_expected(DIM_USER, STAGING, ("user_id", "city"), rows)
    assert statement.text == sql("""
        SELECT 0 AS "position$", "user_id", "city"
        FROM "analytics"."etl_stage_testcase_dim_user"
        WHERE 1 = 0
        UNION ALL
        SELECT 0, NULL, %(value_0)s
        UNION ALL
        SELECT 1, (2 % 3), NULL
        ORDER BY 1
    """)
    assert statement.parameters == {"value_0": "x"}


def test_the_row_with_key_0_is_not_read_back():
    assert cases.select_returned(DIM_USER, STAGING, ("city",)).text == sql("""
        SELECT "city"
        FROM "analytics"."etl_stage_testcase_dim_user"
        WHERE "user_key" <> 0
    """)
    assert cases.select_returned(RECENT, RECENT.name, ("id",)).text == sql("""
        SELECT "id"
        FROM "analytics"."recent_orders"
    """)


def test_tables_are_emptied_and_schemas_made_and_renamed():
    assert cases.delete_all_of([DIM_USER.name, STAGING]).text == sql("""
        DELETE FROM "analytics"."dim_user";
        DELETE FROM "analytics"."etl_stage_testcase_dim_user"
    """)
    assert cases.create_own_schema('a"b').text == 'CREATE SCHEMA "a""b"'
    assert cases.rename_schema("a", "%b").text == 'ALTER SCHEMA "a"\nRENAME TO "%b"'
    assert cases.select_schemas().text == sql("""
        SELECT nspname AS schema_name
        FROM pg_catalog.pg_namespace
    """)

from dataclasses import replace

from pipeline.designs.model.design import Column, Constraints
from pipeline.names import TableName
from pipeline.sql.tables import surrogate_keys
from pipeline.staging_names import rows_table
from tests.support.values.statements import sql
from tests.support.values.warehouse_renderings import NULLABLE
from tests.support.values.warehouse_samples import DIM_USER

STAGING = TableName("analytics", "etl_stage_0a1b2c3d_u")
ROWS = rows_table(STAGING)


def test_a_known_row_keeps_its_key():
    assert surrogate_keys.insert_known_rows(DIM_USER, ROWS, STAGING).text == sql("""
        INSERT INTO "analytics"."etl_stage_0a1b2c3d_u" ("user_key", "user_id", "email", "city")
        SELECT kept."user_key", fresh."user_id", fresh."email", fresh."city"
        FROM "analytics"."etl_rows_0a1b2c3d_u" AS fresh
        JOIN (
            SELECT MIN("user_key") AS "user_key", "user_id"
            FROM "analytics"."dim_user"
            WHERE "user_key" <> 0
            GROUP BY "user_id"
            HAVING COUNT(*) = 1
        ) AS kept
            ON kept."user_id" = fresh."user_id"
        WHERE fresh."user_key" <> 0
    """)


def test_an_unknown_row_gets_a_generated_key():
    text = surrogate_keys.insert_unknown_rows(DIM_USER, ROWS, STAGING).text

    assert text.startswith(
        'INSERT INTO "analytics"."etl_stage_0a1b2c3d_u" ("user_id", "email", "city")\n'
        'SELECT fresh."user_id", fresh."email", fresh."city"\n'
    )
    assert text.endswith('\nWHERE kept."user_key" IS NULL\n    AND fresh."user_key" <> 0')


def test_null_equals_null_in_a_natural_key_and_every_condition_is_an_equality():
    text = surrogate_keys.insert_known_rows(NULLABLE, ROWS, STAGING).text

    assert sql("""
            ON kept."user_id" = fresh."user_id"
            AND NVL(kept."city", 'N/A') = NVL(fresh."city", 'N/A')
            AND NVL2(kept."city", 1, 0) = NVL2(fresh."city", 1, 0)
    """) in text.replace("\n    ", "\n")


def test_the_row_with_key_0_keeps_its_place():
    assert surrogate_keys.insert_row_zero(DIM_USER, ROWS, STAGING).text == sql("""
        INSERT INTO "analytics"."etl_stage_0a1b2c3d_u" ("user_key", "user_id", "email", "city")
        SELECT "user_key", "user_id", "email", "city"
        FROM "analytics"."etl_rows_0a1b2c3d_u"
        WHERE "user_key" = 0
    """)


def test_a_primary_key_without_the_identity_column_identifies_rows_too():
    by_id = replace(DIM_USER, constraints=Constraints(primary_key=("user_id",)))
    by_surrogate = replace(DIM_USER, constraints=Constraints(primary_key=("user_key",)))
    plain = replace(DIM_USER, columns=(Column("a", "int"),), constraints=Constraints())

    assert DIM_USER.identifying_key == ("user_id",)
    assert by_id.identifying_key == ("user_id",)
    assert by_surrogate.identifying_key == ()
    assert plain.identifying_key == ()

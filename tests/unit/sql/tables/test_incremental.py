"""Statements that apply a delta, and how keys are counted."""

from dataclasses import replace

from pipeline.designs.model import Attributes
from pipeline.names import TableName
from pipeline.sql.tables.incremental import (
    KeyCounts,
    compare_keys,
    delete_gone,
    delete_replaced,
    existing_keys,
    key_design,
    read_key_counts,
)
from tests.support.statements import sql
from tests.support.warehouse_samples import ORDERS

DELTA = TableName("www", "etl_stage_0a1b2c3d_orders")
KEYS = TableName("www", "etl_keys_0a1b2c3d_orders")


def test_keys_are_compared_by_plain_equality() -> None:
    assert delete_replaced(ORDERS, DELTA).text == sql("""
        DELETE FROM "www"."orders"
        USING "www"."etl_stage_0a1b2c3d_orders"
        WHERE "orders"."id" = "etl_stage_0a1b2c3d_orders"."id"
    """)
    assert delete_gone(ORDERS, KEYS).text == sql("""
        DELETE FROM "www"."orders"
        WHERE NOT EXISTS (
            SELECT 1
            FROM "www"."etl_keys_0a1b2c3d_orders"
            WHERE "etl_keys_0a1b2c3d_orders"."id" = "orders"."id"
        )
    """)


def test_keys_that_are_there_already_are_listed() -> None:
    assert existing_keys(ORDERS, DELTA, ("user_id", "sta%tus")).text == sql("""
        SELECT d."user_id", d."sta%tus"
        FROM "www"."etl_stage_0a1b2c3d_orders" AS d
        JOIN "www"."orders" AS t
            ON t."user_id" = d."user_id"
            AND t."sta%tus" = d."sta%tus"
        ORDER BY d."user_id", d."sta%tus"
        LIMIT 5
    """)


def test_keys_of_all_three_are_counted_in_one_statement() -> None:
    assert compare_keys(ORDERS, DELTA, KEYS).text == sql("""
        SELECT in_table, in_delta, in_keys, COUNT(*) AS occurrences
        FROM (
            SELECT
            SUM(in_table) AS in_table,
            SUM(in_delta) AS in_delta,
            SUM(in_keys) AS in_keys
            FROM (
            SELECT "id", 1 AS in_table, 0 AS in_delta, 0 AS in_keys
            FROM "www"."orders"
            UNION ALL
            SELECT "id", 0 AS in_table, 1 AS in_delta, 0 AS in_keys
            FROM "www"."etl_stage_0a1b2c3d_orders"
            UNION ALL
            SELECT "id", 0 AS in_table, 0 AS in_delta, 1 AS in_keys
            FROM "www"."etl_keys_0a1b2c3d_orders"
            ) AS every_key
            GROUP BY "id"
        ) AS distinct_keys
        GROUP BY in_table, in_delta, in_keys
    """)


def test_every_combination_of_places_is_counted() -> None:
    combinations = {
        (1, 0, 1): 90, (1, 1, 1): 5, (0, 1, 1): 4,
        (1, 0, 0): 3, (1, 1, 0): 2, (0, 1, 0): 6, (0, 0, 1): 1, (2, 0, 1): 7,
    }  # fmt: skip
    rows = [
        {"in_table": t, "in_delta": d, "in_keys": k, "occurrences": many}
        for (t, d, k), many in combinations.items()
    ]
    counts = read_key_counts(rows)
    assert counts == KeyCounts(
        current=90 + 5 + 3 + 2 + 2 * 7,
        changed=5 + 2,
        added=4 + 6,
        gone=3 + 2,
        lost=1,
        unknown=2 + 6,
        repeated=7,
    )
    assert counts.after == 114 + 10 - 5


def test_the_table_of_keys_is_distributed_and_sorted_as_its_table_if_it_can_be() -> None:
    keys = key_design(ORDERS)
    assert [column.name for column in keys.columns] == ["id"]
    assert keys.attributes == Attributes()
    by_key = replace(ORDERS, attributes=Attributes(("id",), compound_sort=("id", "total")))
    assert key_design(by_key).attributes == Attributes(("id",), compound_sort=("id",))
    everywhere = replace(ORDERS, attributes=Attributes("all"))
    assert key_design(everywhere).attributes == Attributes("all")

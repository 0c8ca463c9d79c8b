"""Statements that apply a delta, and how keys are counted."""

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.designs.model.design import Attributes, ExtractSettings
from pipeline.designs.model.incremental import Incremental
from pipeline.names import TableName
from pipeline.sql.tables.incremental import (
    KeyCounts,
    compare_keys,
    delete_gone,
    delete_replaced,
    existing_keys,
    key_design,
    read_key_counts,
    select_merged,
)
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import ORDERS

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


def test_keys_of_all_three_are_counted_in_one_pass() -> None:
    assert compare_keys(ORDERS, DELTA, KEYS).text == sql("""
        SELECT
            COUNT(t."id") AS in_table,
            COUNT(d."id") AS in_delta,
            SUM(CASE WHEN t."id" IS NOT NULL AND d."id" IS NOT NULL THEN 1 ELSE 0 END) AS in_both,
            SUM(CASE WHEN t."id" IS NULL AND d."id" IS NULL THEN 1 ELSE 0 END) AS in_neither
        FROM "www"."etl_keys_0a1b2c3d_orders" AS k
        LEFT JOIN "www"."orders" AS t
            ON k."id" = t."id"
        LEFT JOIN "www"."etl_stage_0a1b2c3d_orders" AS d
            ON k."id" = d."id"
    """)


def test_without_a_delta_keys_are_compared_with_those_of_the_table() -> None:
    assert compare_keys(ORDERS, None, KEYS).text == sql("""
        SELECT
            COUNT(t."id") AS in_table,
            0 AS in_delta,
            0 AS in_both,
            SUM(CASE WHEN t."id" IS NULL THEN 1 ELSE 0 END) AS in_neither
        FROM "www"."etl_keys_0a1b2c3d_orders" AS k
        LEFT JOIN "www"."orders" AS t
            ON k."id" = t."id"
    """)


def test_each_kind_of_key_is_counted() -> None:
    row = {"in_table": 95, "in_delta": 9, "in_both": 5, "in_neither": 1}
    counts = read_key_counts(row, current=100, new=11)
    assert counts == KeyCounts(current=100, changed=5, added=4, gone=5, lost=1, unknown=2)
    assert counts.after == 99


def test_an_empty_list_of_keys_has_nothing_of_the_table() -> None:
    row = {"in_table": 0, "in_delta": 0, "in_both": None, "in_neither": None}
    assert read_key_counts(row, current=7, new=0) == KeyCounts(7, 0, 0, gone=7)


def test_the_table_of_keys_is_distributed_and_sorted_as_its_table_if_it_can_be() -> None:
    keys = key_design(ORDERS)
    assert [column.name for column in keys.columns] == ["id"]
    assert keys.attributes == Attributes()
    by_key = replace(ORDERS, attributes=Attributes(("id",), compound_sort=("id", "total")))
    assert key_design(by_key).attributes == Attributes(("id",), compound_sort=("id",))
    everywhere = replace(ORDERS, attributes=Attributes("all"))
    assert key_design(everywhere).attributes == Attributes("all")


MERGED = {
    "keys": """
        JOIN "www"."etl_keys_0a1b2c3d_orders" AS k
            ON t."id" = k."id"
        LEFT JOIN "www"."etl_stage_0a1b2c3d_orders" AS d
            ON t."id" = d."id"
        WHERE d."id" IS NULL
    """,
    "window": """
        WHERE t."total" < %(since)s
            OR t."total" IS NULL
    """,
    "files": "",
}


@pytest.mark.parametrize("kind", MERGED)
def test_the_rows_that_a_table_will_have_are_those_that_stay_and_the_delta(kind: str) -> None:
    settings = {
        "keys": Incremental("total"),
        "window": Incremental("total", window=dt.timedelta(1)),
        "files": None,
    }
    design = replace(ORDERS, extract=ExtractSettings(incremental=settings[kind]))
    keys = KEYS if kind == "keys" else None
    found = select_merged(design, DELTA, keys, "7" if kind == "window" else None)
    stay = filter(None, ('FROM "www"."orders" AS t', sql(MERGED[kind])))
    assert found.template.split("\n") == [
        'SELECT t."id", t."user_id", t."status", t."total"',
        *"\n".join(stay).split("\n"),
        "UNION ALL",
        'SELECT "id", "user_id", "status", "total"',
        'FROM "www"."etl_stage_0a1b2c3d_orders"',
    ]
    assert found.parameters == ({"since": "7"} if kind == "window" else {})

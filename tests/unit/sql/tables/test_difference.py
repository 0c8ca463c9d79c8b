from dataclasses import replace

import pytest

from pipeline.designs.model.design import Column, Constraints
from pipeline.names import TableName
from pipeline.sql.tables import difference
from pipeline.sql.tables.difference import Difference
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import ORDERS

EXPECTED = TableName("www", "expected")
KEYED = replace(
    ORDERS,
    columns=(
        Column("id", "bigint"),
        Column("note", "varchar(9)"),
        Column("body", "super"),
        Column("gone", skipped=True),
    ),
    constraints=Constraints(primary_key=("id",)),
)


def test_a_row_for_each_key_that_differs_tells_which_columns_do():
    assert difference.difference(KEYED, EXPECTED).text == sql("""
        SELECT
            SUM(CASE WHEN found = 0 THEN expected ELSE 0 END) AS missing,
            SUM(CASE WHEN expected = 0 THEN found ELSE 0 END) AS surplus,
            SUM(CASE WHEN expected > 0 AND found > 0 THEN 1 ELSE 0 END) AS changed,
            SUM(CASE WHEN expected > 0 AND found > 0 THEN differs_1 ELSE 0 END) AS changed_1,
            SUM(CASE WHEN expected > 0 AND found > 0 THEN differs_2 ELSE 0 END) AS changed_2
        FROM (
            SELECT
            value_0,
            SUM(expected) AS expected,
            SUM(found) AS found,
            CASE WHEN COUNT(DISTINCT value_1) > 1
                OR COUNT(DISTINCT length_1) > 1
                OR COUNT(value_1) NOT IN (0, COUNT(*))
                THEN 1 ELSE 0 END AS differs_1,
            CASE WHEN COUNT(DISTINCT value_2) > 1
                OR COUNT(value_2) NOT IN (0, COUNT(*))
                THEN 1 ELSE 0 END AS differs_2
            FROM (
            SELECT
            value_0,
            value_1,
            length_1,
            value_2,
            SUM(expected) AS expected,
            SUM(found) AS found
            FROM (
            SELECT
            "id" AS value_0,
            "note" AS value_1,
            OCTET_LENGTH("note") AS length_1,
            JSON_SERIALIZE("body") AS value_2,
            1 AS expected, 0 AS found
            FROM "www"."expected"
            UNION ALL
            SELECT
            "id" AS value_0,
            "note" AS value_1,
            OCTET_LENGTH("note") AS length_1,
            JSON_SERIALIZE("body") AS value_2,
            0 AS expected, 1 AS found
            FROM "www"."orders"
            ) AS both_tables
            GROUP BY value_0, value_1, length_1, value_2
            HAVING SUM(expected) <> SUM(found)
            ) AS different
            GROUP BY value_0
        ) AS compared
    """)


def test_rows_without_a_key_are_counted_as_often_as_they_occur():
    text = difference.difference(replace(KEYED, constraints=Constraints()), EXPECTED).text
    assert "CASE WHEN expected > found THEN expected - found ELSE 0 END" in text
    assert "differs" not in text


@pytest.mark.parametrize(
    ("constraints", "key"),
    [
        (Constraints(), ()),
        (Constraints(primary_key=("id",), unique=(("note",),)), ("id",)),
        (Constraints(natural_key=("note",), surrogate_key=("gone",)), ("note",)),
        (Constraints(unique=(("gone",), ("id", "note"))), ("id", "note")),
    ],
)
def test_rows_are_compared_by_the_first_key_whose_columns_are_compared(constraints, key):
    assert difference.comparison_key(replace(KEYED, constraints=constraints)) == key


def test_the_columns_that_differ_are_read_with_their_numbers():
    row = {"missing": 1, "surplus": 0, "changed": 3, "changed_1": 3, "changed_2": None}
    assert difference.read_difference(KEYED, row) == Difference(3, 1, 0, (("note", 3),))


def test_only_a_difference_is_true():
    assert Difference(0, 0, 1)
    assert not Difference(0, 0, 0)

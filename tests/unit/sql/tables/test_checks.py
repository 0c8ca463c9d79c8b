from dataclasses import replace

import pytest

from pipeline.designs.model.design import Constraints
from pipeline.names import TableName
from pipeline.sql.tables import checks
from pipeline.sql.tables.checks import Counts, Key
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import DIM_USER, HOSTILE, ORDERS

TARGET = TableName("www", "orders$next$1")


def test_rows_and_forbidden_nulls_are_counted_in_one_scan():
    assert checks.counts(ORDERS, TARGET).text == sql("""
        SELECT
            COUNT(*) AS row_count,
            COUNT(*) - COUNT("id") AS nulls_0,
            COUNT(*) - COUNT("status") AS nulls_1
        FROM "www"."orders$next$1"
    """)


def test_rows_nulls_and_repeated_keys_are_counted_by_one_statement():
    unique = (Key(("id",), primary=True), Key(("user_id", "status"), primary=False))
    assert checks.counts(ORDERS, TARGET, unique).text == sql("""
        SELECT *
        FROM (
            SELECT
                COUNT(*) AS row_count,
                COUNT(*) - COUNT("id") AS nulls_0,
                COUNT(*) - COUNT("status") AS nulls_1
            FROM "www"."orders$next$1"
        ) AS r
        CROSS JOIN (
            SELECT COUNT(*) AS repeated_0
            FROM (
                SELECT COUNT(*) AS occurrences
                FROM "www"."orders$next$1"
                GROUP BY "id"
                HAVING COUNT(*) > 1
            ) AS k
        ) AS key_0
        CROSS JOIN (
            SELECT COUNT(*) AS repeated_1
            FROM (
                SELECT COUNT(*) AS occurrences
                FROM "www"."orders$next$1"
                WHERE "user_id" IS NOT NULL
                    AND "status" IS NOT NULL
                GROUP BY "user_id", "status"
                HAVING COUNT(*) > 1
            ) AS k
        ) AS key_1
    """)


def test_only_columns_with_nulls_and_repeated_keys_are_returned():
    row = {"row_count": 9, "nulls_0": 0, "nulls_1": 2, "repeated_0": 0, "repeated_1": 3}
    one, other = Key(("id",), primary=True), Key(("user_id", "status"), primary=False)

    assert checks.read_counts(ORDERS, row) == Counts(9, (("status", 2),))
    assert checks.read_counts(ORDERS, row, (one, other)).repeated == (other,)


def test_primary_key_columns_are_required_even_if_not_declared_not_null():
    design = replace(ORDERS, constraints=Constraints(primary_key=("user_id", "total")))

    assert checks.required_columns(design) == ("id", "user_id", "status", "total")
    assert checks.required_columns(DIM_USER) == ("user_key", "user_id", "email")


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        (Constraints(), ()),
        (
            Constraints(primary_key=("id",), unique=(("user_id", "status"),)),
            (Key(("id",), primary=True), Key(("user_id", "status"), primary=False)),
        ),
        pytest.param(
            Constraints(primary_key=("id",), unique=(("id", "status"),)),
            (Key(("id",), primary=True),),
            id="what contains a key needs no scan of its own",
        ),
        pytest.param(
            Constraints(primary_key=("id", "status"), unique=(("status",),)),
            (Key(("status",), primary=False),),
            id="even if it is the primary key",
        ),
    ],
)
def test_each_declared_key_is_verified_once(constraints, expected):
    assert checks.keys(replace(ORDERS, constraints=constraints)) == expected


def test_duplicates_of_a_primary_key_count_nulls_as_equal():
    assert checks.duplicates(TARGET, Key(("id", "user_id"), primary=True)).text == sql("""
        SELECT "id", "user_id", COUNT(*) AS "occurrences$"
        FROM "www"."orders$next$1"
        GROUP BY "id", "user_id"
        HAVING COUNT(*) > 1
        ORDER BY COUNT(*) DESC, "id", "user_id"
        LIMIT 5
    """)


def test_nulls_in_a_unique_key_are_not_duplicates():
    assert checks.duplicates(TARGET, Key(("a", "b"), primary=False)).text == sql("""
        SELECT "a", "b", COUNT(*) AS "occurrences$"
        FROM "www"."orders$next$1"
        WHERE "a" IS NOT NULL
            AND "b" IS NOT NULL
        GROUP BY "a", "b"
        HAVING COUNT(*) > 1
        ORDER BY COUNT(*) DESC, "a", "b"
        LIMIT 5
    """)


def test_hostile_names_are_quoted():
    (key,) = checks.keys(HOSTILE)

    assert checks.duplicates(HOSTILE.name, key).text.splitlines()[:2] == [
        'SELECT "a""b", "%(a)s", COUNT(*) AS "occurrences$"',
        'FROM "s""; DROP SCHEMA x; --"."t%s.é\'ü$"',
    ]

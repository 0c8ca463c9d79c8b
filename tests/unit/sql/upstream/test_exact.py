import pytest

from pipeline.designs.model.design import Column
from pipeline.names import TableName
from pipeline.sql.upstream.exact import NUMERIC, ResultType, is_inexact
from pipeline.sql.upstream.extract import Extract, select, select_types
from tests.support.values.statements import sql

AMOUNT = Column("amount", "decimal(12, 2)", source_name="Amount")
EXTRACT = Extract(TableName("s", "t"), (Column("id", "bigint"), AMOUNT), condition="id > 0")
BIGINT, TEXT, DATE = ResultType(20), ResultType(25), ResultType(1082)


def test_only_values_of_a_type_that_may_not_fit_are_checked():
    found = Extract(
        EXTRACT.table,
        EXTRACT.columns,
        condition="id > 0",
        types={"id": BIGINT, "amount": ResultType(NUMERIC, 14, 4)},
    )
    assert select(found).text == sql("""
        SELECT
          computed."id" AS "id",
          CASE
            WHEN computed."amount" <> pg_catalog.trunc(computed."amount", 2)
            THEN ('COPY would change a value: column amount: numeric(12,2) does not hold ' ||\
 pg_catalog.left((computed."amount")::text, 60) || ' exactly; choose another sql_type, or write\
 an expression, such as "Amount"::numeric(12,2)')::boolean::text
            ELSE (computed."amount")::text
          END AS "amount"
        FROM (
        SELECT
          "id" AS "id",
          "Amount" AS "amount"
        FROM "s"."t"
        WHERE (id > 0)
        ) AS computed
    """)


def test_no_row_is_read_for_the_types():
    assert select_types(EXTRACT).text.endswith("WHERE (id > 0)\nLIMIT 0")


@pytest.mark.parametrize(
    ("sql_type", "found", "expected"),
    [
        ("numeric(12,2)", ResultType(NUMERIC, 12, 2), False),
        ("numeric(12,2)", ResultType(NUMERIC, 40, 1), False),
        ("numeric(12,2)", ResultType(NUMERIC, 12, 3), True),
        ("numeric(12,2)", ResultType(NUMERIC, 6, 2045), True),
        ("numeric(12,2)", ResultType(NUMERIC), True),
        ("numeric(12,2)", BIGINT, False),
        ("numeric(12,2)", TEXT, True),
        ("real", ResultType(NUMERIC, 6, 2), False),
        ("real", ResultType(NUMERIC, 7, 2), True),
        ("real", BIGINT, True),
        ("double precision", ResultType(NUMERIC, 15, 2), False),
        ("double precision", ResultType(NUMERIC, 16, 2), True),
        ("double precision", ResultType(23), False),
        ("date", DATE, False),
        ("date", ResultType(1184), True),
        ("timestamp", ResultType(1184), False),
        ("timestamp", DATE, False),
        ("timestamp", TEXT, True),
        ("time", ResultType(1083), False),
        ("time", ResultType(1266), True),
        ("timestamptz", TEXT, True),
        ("timestamptz", DATE, False),
        ("super", TEXT, True),
        ("super", ResultType(3802), False),
        ("integer", ResultType(NUMERIC), False),
        ("varchar(4)", TEXT, False),
        ("", TEXT, False),
    ],
)
def test_types_that_always_fit_and_columns_that_refuse_are_not_checked(sql_type, found, expected):
    assert is_inexact(Column("a", sql_type), {"a": found}) is expected


def test_nothing_is_checked_while_types_are_unknown():
    assert not is_inexact(AMOUNT, {})
    assert "CASE" not in select(EXTRACT).text

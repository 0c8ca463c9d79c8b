from dataclasses import replace

import pytest

from pipeline.designs.model.design import Column, Constraints
from pipeline.errors import DesignError
from pipeline.names import TableName
from pipeline.sql.tables import refresh
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import DIM_USER, HOSTILE, RECENT

TARGET = TableName("analytics", "dim_user$next$1")


def test_a_dimension_gets_the_rows_of_its_query_and_the_row_with_key_0():
    rows, zero = refresh.fill(DIM_USER, TARGET)

    assert rows.text == sql("""
        INSERT INTO "analytics"."dim_user$next$1" ("user_id", "email", "city")
        SELECT id, email, city
        FROM www.users -- all of them; really
    """)
    assert zero.text == sql("""
        INSERT INTO "analytics"."dim_user$next$1" ("user_key", "user_id", "email", "city")
        VALUES (
            0,
            0,
            'N/',
            NULL
        )
    """)
    assert not rows.parameters
    assert not zero.parameters


def test_a_table_without_a_surrogate_key_gets_no_row_with_key_0():
    (rows,) = refresh.fill(HOSTILE, HOSTILE.name)

    assert rows.text == (
        'INSERT INTO "s""; DROP SCHEMA x; --"."t%s.é\'ü$" ("a""b", "%(a)s")\nSELECT \'%\', 1'
    )


def test_the_rows_of_a_query_are_selected_without_its_final_semicolon():
    assert refresh.select_query_rows(RECENT).text == (
        "SELECT *\nFROM (\nSELECT id, status\nFROM www.orders\nWHERE status LIKE '%new'\n) AS q"
    )


def test_explain_has_no_final_semicolon():
    design = replace(DIM_USER, query="SELECT 1 -- one\n;")

    assert refresh.explain(design).text == "EXPLAIN\nSELECT 1 -- one"


def value_of(sql_type, *, not_null=True):
    columns = (Column("k", "int", identity=True), Column("c", sql_type, not_null=not_null))
    design = replace(DIM_USER, columns=columns, constraints=Constraints(surrogate_key=("k",)))
    lines = refresh.insert_key_zero(design, TARGET).text.splitlines()
    return lines[-2].strip()


@pytest.mark.parametrize(
    ("sql_type", "expected"),
    [
        ("smallint", "0"),
        ("int4", "0"),
        ("bigint", "0"),
        ("decimal(2,2)", "0"),
        ("real", "0"),
        ("double precision", "0"),
        ("bool", "FALSE"),
        ("varchar(64)", "'N/A'"),
        ("varchar(max)", "'N/A'"),
        ("varchar", "'N/A'"),
        ("text", "'N/A'"),
        ("character varying(2)", "'N/'"),
        ("varchar(1)", "'N'"),
        ("char", "'N'"),
        ("char(3)", "'N/A'"),
        ("date", "CAST('1970-01-01' AS date)"),
        ("timestamp without time zone", "CAST('1970-01-01 00:00:00' AS timestamp)"),
        ("timestamptz", "CAST('1970-01-01 00:00:00+00' AS timestamptz)"),
        ("time", "CAST('00:00:00' AS time)"),
        ("timetz", "CAST('00:00:00+00' AS timetz)"),
        ("super", "CAST('N/A' AS super)"),
        ("varbyte(2)", "CAST('N/' AS varbyte(2))"),
    ],
)
def test_the_row_with_key_0_has_a_literal_for_each_type(sql_type, expected):
    assert value_of(sql_type) == expected
    assert value_of(sql_type, not_null=False) == "NULL"


@pytest.mark.parametrize("sql_type", ["geometry", "hllsketch", "interval day to second"])
def test_a_type_without_such_a_literal_must_be_nullable(sql_type):
    assert value_of(sql_type, not_null=False) == "NULL"
    with pytest.raises(DesignError, match=r"no value for 'c' .* remove not_null"):
        value_of(sql_type)

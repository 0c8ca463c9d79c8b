from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.designs.model.checks import (
    AcceptedValues,
    Check,
    NotNull,
    Pattern,
    Query,
    Range,
    RowCount,
    SumEquals,
    Unique,
)
from pipeline.designs.model.design import Column
from pipeline.names import TableName
from pipeline.sql.statement import Statement
from pipeline.sql.tables.data_checks import (
    AGGREGATED,
    Rows,
    aggregates,
    count_wrong,
    expected_sum,
    rows_of,
    wrong_rows,
)
from tests.support.values.statements import sql
from tests.support.values.warehouse_samples import CHECKED, DIM_USER, HOSTILE, RECENT

STAGING = rows_of(CHECKED, TableName("www", "stage"))
QUERY = Rows.of_query(Statement("SELECT 1 AS id WHERE 1 < %(since)s", {"since": 2}))


def named(name: str) -> Check:
    return next(check for check in CHECKED.checks if check.name == name)


def test_one_scan_answers_all_rules_about_single_rows_counts_and_sums():
    scanned = [check for check in CHECKED.checks if isinstance(check.rule, AGGREGATED)]
    found = aggregates(CHECKED, STAGING, scanned)
    known = "%(check_1_0)s, %(check_1_1)s"
    outside = '"total" < %(check_2_0)s OR "total" > %(check_2_1)s'
    assert found.template == sql(f"""
        SELECT
            COUNT(*) AS row_count,
            SUM(CASE WHEN "status" IS NULL THEN 1 ELSE 0 END) AS check_0,
            SUM(CASE WHEN (total > 0) AND "status" NOT IN ({known}) THEN 1 ELSE 0 END) AS check_1,
            SUM(CASE WHEN ({outside}) THEN 1 ELSE 0 END) AS check_2,
            SUM(CASE WHEN ("user_id" < %(check_3_0)s) THEN 1 ELSE 0 END) AS check_3,
            SUM(CASE WHEN "status" NOT LIKE %(check_4)s THEN 1 ELSE 0 END) AS check_4,
            COUNT(*) AS check_5,
            SUM(CASE WHEN (status LIKE '%%new') THEN 1 ELSE 0 END) AS check_6,
            SUM("total") AS check_7,
            SUM(CASE WHEN (id > 0) THEN "total" END) AS check_8
        FROM "www"."stage"
    """)
    assert found.parameters["check_1_1"] == "it's %(a)s"


def test_repeated_values_are_counted_by_their_rows():
    assert count_wrong(CHECKED, STAGING, named("once")).text == sql("""
        SELECT COALESCE(SUM(row_count), 0) AS row_count
        FROM (
            SELECT COUNT(*) AS row_count
            FROM "www"."stage"
            WHERE (id > 0)
            AND "user_id" IS NOT NULL
            AND "status" IS NOT NULL
            GROUP BY "user_id", "status"
            HAVING COUNT(*) > 1
        ) AS repeated
    """)


@pytest.mark.parametrize(
    ("name", "source", "other"),
    [
        ("user", '"www"."stage" AS t', '"www"."users"'),
        (
            "itself",
            '(\n    SELECT *\n    FROM "www"."stage"\n    WHERE (id > 0)\n) AS t',
            '"www"."stage"',
        ),
    ],
)
def test_a_value_is_looked_up_in_the_other_relation_or_among_the_same_rows(name, source, other):
    assert count_wrong(CHECKED, STAGING, named(name)).text == (
        f"SELECT COUNT(*) AS row_count\nFROM {source}\nLEFT JOIN (\n"
        f'    SELECT DISTINCT "id" AS "referenced$"\n    FROM {other}\n) AS r\n'
        '    ON r."referenced$" = t."user_id"\nWHERE t."user_id" IS NOT NULL\n'
        '    AND r."referenced$" IS NULL'
    )


def test_rows_without_a_table_have_a_name_in_every_statement():
    head = 'WITH "etl_checked_rows" AS (\nSELECT 1 AS id WHERE 1 < %(since)s\n)\n'
    found = count_wrong(CHECKED, QUERY, named("query"))
    assert found.template == (
        f"{head}SELECT COUNT(*) AS row_count\nFROM (\n"
        'WITH r AS (SELECT * FROM "etl_checked_rows") SELECT id FROM r\n) AS q'
    )
    assert found.parameters == {"since": 2}
    counted = aggregates(CHECKED, QUERY, [named("large")])
    assert counted.template.startswith(head)
    assert counted.parameters == {"since": 2, "check_0_0": 1}


def test_the_row_that_the_pipeline_adds_to_a_dimension_is_left_out():
    rows = rows_of(DIM_USER, DIM_USER.name)
    assert (
        rows.head
        == sql("""
        WITH "etl_checked_rows" AS (
        SELECT *
        FROM "analytics"."dim_user"
        WHERE "user_key" <> 0
        )
    """).rstrip()
        + "\n"
    )


def test_wrong_rows_have_the_columns_that_may_be_shown():
    shown = ("id", "total")
    assert wrong_rows(CHECKED, STAGING, named("known"), shown).text == sql("""
        SELECT "id", "total"
        FROM "www"."stage"
        WHERE (total > 0)
            AND "status" NOT IN (%(check_0_0)s, %(check_0_1)s)
        LIMIT 100
    """)
    assert wrong_rows(CHECKED, STAGING, named("user"), shown).text.startswith(
        'SELECT t."id", t."total"\nFROM "www"."stage" AS t\n'
    )
    assert wrong_rows(CHECKED, STAGING, named("once"), ("status",)).text == sql("""
        SELECT "status", COUNT(*) AS "occurrences"
        FROM "www"."stage"
        WHERE (id > 0)
            AND "user_id" IS NOT NULL
            AND "status" IS NOT NULL
        GROUP BY "user_id", "status"
        HAVING COUNT(*) > 1
        ORDER BY COUNT(*) DESC
        LIMIT 100
    """)
    counted = Check("once", Unique(("occurrences",)))
    assert wrong_rows(CHECKED, STAGING, counted, ("occurrences",)).text.startswith(
        'SELECT "occurrences", COUNT(*) AS "occurrences$"'
    )
    for name in ("rows", "sum"):
        assert wrong_rows(CHECKED, STAGING, named(name), shown) is None
    for name in ("known", "user", "once"):
        assert wrong_rows(CHECKED, STAGING, named(name), ()) is None


def test_a_text_is_cast_to_the_type_of_its_column_unless_that_is_a_text_or_unknown():
    typed = replace(CHECKED, columns=(Column("d", "date"), Column("t", "varchar(9)")))
    checks = [
        Check("d", Range("d", "2026-01-01", "2026-12-31")),
        Check("t", AcceptedValues("t", ("a",))),
    ]
    found = aggregates(typed, STAGING, checks).template
    assert '"d" < CAST(%(check_0_0)s AS date) OR "d" > CAST(%(check_0_1)s AS date)' in found
    assert '"t" NOT IN (%(check_1_0)s)' in found
    view = aggregates(RECENT, STAGING, [Check("v", Range("status", minimum="2026-01-01"))])
    assert '"status" < %(check_0_0)s' in view.template


def test_a_number_is_cast_to_real_if_its_column_is_one():
    """0.1 as a real is more than 0.1 as a number; a double precision is not compared as real."""
    typed = replace(CHECKED, columns=(Column("r", "float4"), Column("d", "float")))
    bounds = (Decimal("0.1"), 2)
    checks = [Check(name, Range(name, *bounds)) for name in ("r", "d")]
    found = aggregates(typed, STAGING, checks)
    assert '"r" < CAST(%(check_0_0)s AS real) OR "r" > CAST(%(check_0_1)s AS real)' in (
        found.template
    )
    assert '("d" < %(check_1_0)s OR "d" > %(check_1_1)s)' in found.template
    assert found.parameters["check_0_0"] == Decimal("0.1")


def test_hostile_names_and_sql_stay_what_they_are():
    rows = rows_of(HOSTILE, HOSTILE.name)
    name = '"s""; DROP SCHEMA x; --"."t%s.é\'ü$"'
    checks = [
        Check("null", NotNull('a"b')),
        Check("like", Pattern("%(a)s", "%(a)s'")),
        Check("count", RowCount(1), where="a % 2 = 0"),
    ]
    found = aggregates(HOSTILE, rows, checks)
    assert '"a""b" IS NULL' in found.text
    assert '"%(a)s" NOT LIKE %(check_1)s' in found.text
    assert "(a % 2 = 0)" in found.text
    assert found.text.endswith(f"FROM {name}")
    query = Check("q", Query("SELECT '%s' FROM {relation} -- {relation}\nWHERE x = '{a}'"))
    assert count_wrong(HOSTILE, rows, query).text == (
        f"SELECT COUNT(*) AS row_count\nFROM (\nSELECT '%s' FROM {name} -- {name}\n"
        "WHERE x = '{a}'\n) AS q"
    )
    assert expected_sum(rows, Check("s", SumEquals("x", "SELECT '%'"))).text == (
        "SELECT *\nFROM (\nSELECT '%'\n) AS q\nLIMIT 2"
    )
    assert '"%(a)s" IS NOT NULL' in count_wrong(HOSTILE, rows, Check("u", Unique(("%(a)s",)))).text


def test_rules_are_asked_by_the_statement_that_can_answer_them():
    with pytest.raises(ValueError, match="is answered by 'aggregates'"):
        count_wrong(CHECKED, STAGING, named("rows"))
    with pytest.raises(ValueError, match="is not about single rows"):
        aggregates(CHECKED, STAGING, [named("query")])

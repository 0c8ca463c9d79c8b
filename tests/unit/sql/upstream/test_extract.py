from functools import partial

import pytest

from pipeline.designs.model.design import Column
from pipeline.errors import DesignError
from pipeline.names import TableName
from pipeline.sql.statement import Statement
from pipeline.sql.upstream import catalog
from pipeline.sql.upstream import extract as dump
from pipeline.sql.upstream.extract import Extract, PageRange

ORDERS = Extract(
    TableName("public", "orders"),
    (
        Column("id"),
        Column("createdat", source_name="CreatedAt"),
        Column("cents", expression="total * 100"),
    ),
)

SELECTED = """\
SELECT
  "id" AS "id",
  "CreatedAt" AS "createdat",
  (total * 100) AS "cents"
"""


def test_a_table_is_selected_under_its_own_name():
    assert dump.select(ORDERS).text == SELECTED + 'FROM "public"."orders"'


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        (PageRange(TableName("parts", "o1")), ""),
        (PageRange(TableName("parts", "o1"), None, 7), "\nWHERE ctid < '(7,0)'::tid"),
        (PageRange(TableName("parts", "o1"), 7, None), "\nWHERE ctid >= '(7,0)'::tid"),
        (
            PageRange(TableName("parts", "o1"), 7, 9),
            "\nWHERE ctid >= '(7,0)'::tid\n  AND ctid < '(9,0)'::tid",
        ),
    ],
)
def test_a_page_range_of_a_partition_is_selected_under_the_tables_name(pages, expected):
    assert (
        dump.select(ORDERS, pages).text
        == f'{SELECTED}FROM ONLY "parts"."o1" AS "orders"{expected}'
    )


def test_a_page_range_of_the_table_keeps_the_name_with_its_schema():
    own = dump.select(ORDERS, PageRange(ORDERS.table, None, 7)).text
    assert own == f'{SELECTED}FROM ONLY "public"."orders"\nWHERE ctid < \'(7,0)\'::tid'


def test_condition_range_and_limit_hold_together():
    extract = Extract(TableName("s", "t"), (Column("a"),), condition="a OR b -- really", limit=5)
    assert dump.select(extract, PageRange(TableName("s", "t"), 1, 2)).text == (
        'SELECT\n  "a" AS "a"\nFROM ONLY "s"."t"\n'
        "WHERE (a OR b -- really\n  )\n  AND ctid >= '(1,0)'::tid\n  AND ctid < '(2,0)'::tid\n"
        "LIMIT 5"
    )


def test_names_are_quoted():
    extract = Extract(TableName('s"', "t.t"), (Column('a"; DROP', source_name="%s"),))
    assert dump.select(extract).text == 'SELECT\n  "%s" AS "a""; DROP"\nFROM "s"""."t.t"'


def test_an_invalid_name_is_refused():
    with pytest.raises(DesignError, match="cannot be a name"):
        dump.select(Extract(TableName("s", "t"), (Column("a\nb"),)))


def test_copy_writes_csv():
    assert dump.copy_out(Statement("SELECT 1")).text == (
        "COPY (\nSELECT 1\n) TO STDOUT (FORMAT csv, NULL '~NULL~', ENCODING 'UTF8')"
    )
    assert dump.copy_out(Statement("SELECT 1"), "~x-1~", quote_all=True).text == (
        "COPY (\nSELECT 1\n) TO STDOUT (FORMAT csv, NULL '~x-1~', ENCODING 'UTF8', FORCE_QUOTE *)"
    )


@pytest.mark.parametrize("null_as", ["", "\\N", "a'b", 'a"b', "a,b", "a b", "a\n"])
def test_a_text_that_csv_would_quote_cannot_represent_null(null_as):
    with pytest.raises(ValueError, match="cannot represent NULL"):
        dump.copy_out(Statement("SELECT 1"), null_as)


BEGUN = """\
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL search_path TO pg_catalog;
SET LOCAL TimeZone TO 'UTC';
SET LOCAL DateStyle TO 'ISO, MDY';
SET LOCAL IntervalStyle TO 'iso_8601';
SET LOCAL extra_float_digits TO 3;
SET LOCAL bytea_output TO 'hex';
SET LOCAL quote_all_identifiers TO off;
SET LOCAL standard_conforming_strings TO on;
SET LOCAL synchronize_seqscans TO off;
SET LOCAL idle_in_transaction_session_timeout TO 0;
SET LOCAL lock_timeout TO '900s'"""


def test_a_transaction_reads_one_state_and_sets_how_values_are_written():
    assert dump.begin(lock_timeout=900) == Statement(BEGUN)


def test_options_of_the_connection_string_take_precedence_over_timeouts():
    assert dump.adapt_session() == Statement(ADAPTED)
    assert not dump.adapt_session().parameters


ADAPTED = """\
SELECT pg_catalog.set_config(s.name, v.value, TRUE)
FROM pg_catalog.pg_settings AS s
JOIN (VALUES
  ('statement_timeout', '0'),
  ('transaction_timeout', '0'),
  ('row_security', 'off'),
  ('client_connection_check_interval', '5s')
) AS v (name, value) ON v.name = s.name
WHERE s.source <> 'client'
  AND (v.name <> 'client_connection_check_interval' OR pg_catalog.version() LIKE '%%linux%%')
UNION ALL
SELECT pg_catalog.set_config(
  'search_path', pg_catalog.concat_ws(', ', 'pg_catalog', NULLIF(s.reset_val, '')), TRUE
)
FROM pg_catalog.pg_settings AS s
WHERE s.name = 'search_path'"""


def test_a_snapshot_is_imported_by_its_name_as_a_value():
    begun = dump.begin("00000003-0000001B-1", lock_timeout=900)
    assert begun.text == f"{BEGUN};\nSET TRANSACTION SNAPSHOT %(snapshot)s"
    assert begun.parameters == {"snapshot": "00000003-0000001B-1"}


def test_explain_does_not_run_the_query():
    assert dump.explain(Statement("SELECT 1")).text == "EXPLAIN (FORMAT JSON, VERBOSE)\nSELECT 1"


@pytest.mark.parametrize(
    ("render", "is_asked"),
    [
        (partial(dump.relation_facts, version=180000), True),
        (partial(dump.relation_facts, version=170000), False),
        (catalog.table_columns, False),
    ],
)
def test_the_catalog_is_queried_with_bound_names(render, is_asked):
    rendered = render(TableName("s'", "t"))
    assert ("attgenerated" in rendered.text) is is_asked
    assert rendered.parameters == {"schema": "s'", "table": "t"}
    assert "%(schema)s" in rendered.text
    assert rendered.text.replace("%(schema)s", "").replace("%(table)s", "").count("%") == 0

"""A test of dbt becomes the check that means the same, or nothing, with the reason."""

from decimal import Decimal

import pytest

from pipeline.designs.dbt.schema import Ref, read_tests
from pipeline.designs.dbt.translate import UntranslatableError, translate
from pipeline.designs.model.checks import (
    AcceptedValues,
    Check,
    NotNull,
    Pattern,
    Query,
    Range,
    Relationship,
    RowCount,
    Unique,
)
from pipeline.documents import read
from pipeline.names import TableName
from tests.support.values.designs import parse_design

DESIGN = parse_design(
    "www/public-orders.yaml",
    """\
name: www.orders
source_name: www.public.orders
columns:
  - {name: id, sql_type: bigint, not_null: true}
  - {name: day, sql_type: date, not_null: true}
  - {name: status, sql_type: varchar(20)}
  - {name: total, sql_type: 'numeric(12,2)'}
""",
)
MODEL = "models:\n  - name: Orders\n"


def find(ref):
    return TableName(ref.schema or "found", ref.table)


def translated(text):
    """Return the only check of a file that begins with the model."""
    (test,) = read_tests(read("schema.yml", text))
    assert test.ref == Ref("orders")
    return translate(test, DESIGN, find)


def of_column(column, test):
    return translated(f"{MODEL}    columns: [{{name: {column}, data_tests: [{test}]}}]\n")


def of_model(test):
    return translated(f"{MODEL}    tests: [{test}]\n")


OF_COLUMN = {
    ("Status", "not_null"): NotNull("status"),
    ("id", "unique: {}"): Unique(("id",)),
    ("id", "{test_name: unique}"): Unique(("id",)),
    ("status", "accepted_values: {values: [a, 1]}"): AcceptedValues("status", ("a", "1")),
    ("id", "accepted_values: {values: ['1', '2'], quote: true}"): AcceptedValues("id", (1, 2)),
    ("total", "accepted_values: {arguments: {values: ['0.5']}}"): AcceptedValues(
        "total", (Decimal("0.5"),)
    ),
    ("id", "relationships: {to: ref('Customers'), field: ID}"): Relationship(
        "id", TableName("found", "customers"), "id"
    ),
    ("id", "relationships: {to: \"{{ source('Raw', 'c') }}\", field: id}"): Relationship(
        "id", TableName("raw", "c"), "id"
    ),
    ("total", "dbt_utils.accepted_range: {min_value: 0, max_value: 0.5}"): Range(
        "total", 0, Decimal("0.5")
    ),
    ("day", "dbt_utils.accepted_range: {min_value: \"'2020-01-01'\"}"): Range("day", "2020-01-01"),
    ("day", "dbt_utils.accepted_range: {max_value: current_date}"): Query(
        "SELECT * FROM {relation} WHERE NOT (day <= current_date)"
    ),
    ("total", "dbt_utils.accepted_range: {min_value: 0, inclusive: false}"): Query(
        "SELECT * FROM {relation} WHERE NOT (total > 0)"
    ),
    ("total", "dbt_utils.expression_is_true: {expression: '>= 0', where: id > 1}"): Query(
        "SELECT * FROM {relation} WHERE NOT (total >= 0) AND (id > 1)"
    ),
    ("id", "dbt_expectations.expect_column_values_to_not_be_null"): NotNull("id"),
    ("id", "dbt_expectations.expect_column_values_to_be_unique"): Unique(("id",)),
    ("id", "dbt_expectations.expect_column_values_to_be_in_set: {value_set: [1]}"): (
        AcceptedValues("id", (1,))
    ),
    ("id", "dbt_expectations.expect_column_values_to_be_between: {min_value: 1}"): Range("id", 1),
    (
        "status",
        "dbt_expectations.expect_column_values_to_match_like_pattern: {like_pattern: a%}",
    ): (Pattern("status", "a%")),
}


@pytest.mark.parametrize(("given", "rule"), OF_COLUMN.items())
def test_a_test_of_a_column_becomes_a_check(given, rule):
    assert of_column(*given).rule == rule


OF_MODEL = {
    "dbt_utils.unique_combination_of_columns: {combination_of_columns: [id, day]}": Unique(
        ("id", "day")
    ),
    "dbt_utils.unique_combination_of_columns: {combination_of_columns: [id, status]}": Query(
        "SELECT id, status FROM {relation} GROUP BY id, status HAVING COUNT(*) > 1"
    ),
    "dbt_utils.expression_is_true: {expression: id > 0}": Query(
        "SELECT * FROM {relation} WHERE NOT (id > 0)"
    ),
    "dbt_expectations.expect_table_row_count_to_be_between: {max_value: 9}": RowCount(None, 9),
    "dbt_expectations.expect_table_row_count_to_be_between: {min_value: 9, max_value: 9}": (
        RowCount(9, 9)
    ),
    "unique: {column_name: ID}": Unique(("id",)),
}


@pytest.mark.parametrize(("given", "rule"), OF_MODEL.items())
def test_a_test_of_a_model_becomes_a_check(given, rule):
    assert of_model(given).rule == rule


def test_name_severity_and_condition_are_kept():
    config = "config: {severity: WARN, where: id > 1, tags: [a]}, name: known"
    assert of_column("status", f"not_null: {{{config}}}") == Check(
        "known", NotNull("status"), "warn", "id > 1"
    )
    old = "not_null: {severity: warn, where: id > 1}"
    assert of_column("status", old) == Check(
        "status not_null", NotNull("status"), "warn", "id > 1"
    )
    row = "dbt_expectations.expect_column_values_to_be_unique: {row_condition: id > 1}"
    assert of_column("id", row).where == "id > 1"
    both = row.replace("}", ", where: id < 9 OR day IS NULL}")
    assert of_column("id", both).where == "(id < 9 OR day IS NULL) AND (id > 1)"


NOT_TRANSLATED = {
    "own_test": "'own_test' has no counterpart; write it as a query",
    "elementary.volume_anomalies: {}": (
        "'elementary.volume_anomalies' has no counterpart; write it as a query"
    ),
    "not_null: {config: {error_if: '>10'}}": "its 'error_if' has no counterpart",
    "not_null: {config: {enabled: false}}": "is not enabled",
    "not_null: {where: \"day > '{{ var('x') }}'\"}": (
        "has a template of dbt, which only dbt can render"
    ),
    "accepted_values: {values: ['{{ x }}']}": "has a template of dbt, which only dbt can render",
    "accepted_values: {value: [a]}": "has no list of values",
    "relationships: {to: customers, field: id}": (
        "expected to: ref('…') or source('…', '…'), and a field"
    ),
    "dbt_utils.accepted_range: {min_value: 0, group_by_columns: [id]}": (
        "its argument 'group_by_columns' has no counterpart"
    ),
    "dbt_utils.accepted_range: {}": "has neither min_value nor max_value",
    "{not_null: {}, unique: {}}": (
        "is not a test: expected its name, or a mapping of its name to its arguments"
    ),
    "5": "is not a test: expected its name, or a mapping of its name to its arguments",
}


@pytest.mark.parametrize(("given", "reason"), NOT_TRANSLATED.items())
def test_a_test_without_a_counterpart_has_a_reason(given, reason):
    with pytest.raises(UntranslatableError) as caught:
        of_column("status", given)
    assert str(caught.value) == reason


SOURCES = """\
sources:
  - name: Www
    freshness: {warn_after: {count: 1, period: day}}
    tables:
      - name: a
        identifier: Orders
        columns: [{name: id, tests: [unique]}]
seeds:
  - name: countries
    columns: [{name: code, tests: [unique]}, text, {name: x}]
models:
  - {name: m, alias: n, tests: [a.b]}
  - {name: nothing}
exposures: [{name: e}]
"""


def test_seeds_and_tables_of_sources_have_tests_too():
    tests = list(read_tests(read("schema.yml", SOURCES)))
    assert [(str(test.ref), test.column, test.name) for test in tests] == [
        ("n", None, "a.b"),
        ("countries", "code", "unique"),
        ("www.*", None, "freshness"),
        ("www.orders", "id", "unique"),
    ]


PROBLEMS = {
    "models: [{name: m, versions: [{v: 1, columns: [{name: a, tests: [unique]}]}]}]": (
        "is a test of one version of its model"
    ),
    "models: [{name: m, tests: unique}]": "is not a list of tests",
    "unit_tests: [{name: u, model: m}]": "is a test of a query, not of rows",
}


@pytest.mark.parametrize(("text", "problem"), PROBLEMS.items())
def test_nothing_that_is_a_test_is_ignored(text, problem):
    (test,) = read_tests(read("schema.yml", text))
    assert (str(test.ref), test.problem) == ("m", problem)


@pytest.mark.parametrize("text", ["", "version: 2", "models:", "models: [{columns: {}}]"])
def test_a_file_without_tests_has_none(text):
    assert list(read_tests(read("schema.yml", text))) == []

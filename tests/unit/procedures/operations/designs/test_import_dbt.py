"""Tests of dbt become checks of the designs that they are about; nothing is lost unsaid."""

import pytest

from pipeline.designs.model.checks import Unique
from pipeline.procedures.operations.designs.import_dbt import import_dbt
from tests.support.values.designs import parse_design

ORDERS = """\
# Owned by sales.
name: www.orders
source_name: www.public.orders
columns:
- name: id   # the key
  sql_type: bigint
  not_null: true
- {name: status, sql_type: varchar(20)}
- {name: customer_id, sql_type: bigint}
constraints: {primary_key: [id]}
checks:
- accepted_values: {column: status, values: [new, paid]}   # all of them
# the end
"""
CUSTOMERS = """\
{"name": "www.customers", "source_name": "www.public.customers",
 "columns": [{"name": "id", "sql_type": "bigint"}, {"name": "email", "sql_type": "varchar(9)"}]}
"""
FACT = "name: dw.{0}\nsource_name: CTAS\ncolumns: [{{name: id, sql_type: bigint}}]\n"
FILES = {
    "www/public-orders.yaml": ORDERS,
    "www/public-customers.json": CUSTOMERS,
    "dw/orders.yaml": FACT.format("orders"),
    "dw/orders.sql": "SELECT id FROM www.orders",
}
SOURCE = "sources: [{name: www, tables: [{name: orders, columns: "


def imported(columns, files=FILES, models=""):
    return import_dbt({"schema.yml": f"{SOURCE}{columns}}}]}}]\n{models}"}, files)


def test_checks_are_appended_and_the_rest_of_the_file_stays():
    columns = (
        "[{name: id, tests: [not_null, unique]}, {name: status, tests: [not_null,"
        " {accepted_values: {values: [new, paid]}}, {not_null: {name: status not_null}}]},"
        " {name: customer_id, tests: [relationships: {to: ref('customers'), field: id}]}]"
    )
    found = imported(columns)
    (outcome,) = found.decision.outcomes
    assert (outcome.file, outcome.action) == ("www/public-orders.yaml", "changed")
    assert outcome.text == ORDERS.replace(
        "# the end\n",
        "- not_null: status\n"
        "- relationship: {column: customer_id, to: www.customers.id}\n# the end\n",
    )
    assert (found.added, found.kept, found.rest) == (2, 4, [])
    again = imported(columns, {**FILES, outcome.file: outcome.text})
    assert (again.decision.outcomes, again.added, again.kept) == ((), 0, 6)


def test_a_json_design_stays_json():
    models = "models: [{name: customers, tests: [unique: {column_name: id}]}]\n"
    (outcome,) = imported("[]", models=models).decision.outcomes
    assert parse_design(outcome.file, outcome.text).checks[0].rule == Unique(("id",))


def test_a_model_is_a_derived_relation_rather_than_a_table():
    models = "models: [{name: orders, columns: [{name: id, tests: [unique]}]}]\n"
    (outcome,) = imported("[]", models=models).decision.outcomes
    assert outcome.file == "dw/orders.yaml"


def test_checks_of_a_model_without_a_design_are_returned():
    models = "models: [{name: nowhere, columns: [{name: id, tests: [unique, own]}]}]\n"
    found = imported("[]", models=models)
    assert [each.name for each in found.without_design["nowhere"]] == ["id unique"]
    assert [str(each) for each in found.rest] == [
        (
            "schema.yml:2: models[nowhere].columns[id].tests[1]: 'own' has no counterpart; write"
            " it as a query"
        )
    ]


NOT_IMPORTED = {
    "{name: gone, tests: [unique]}": "there is no column 'gone'",
    "{name: status, tests: [accepted_range: {min_value: 1}]}": (
        "found 1, expected a text for varchar(20): put it in quotes"
    ),
    "{name: id, tests: [accepted_values: {values: [a]}]}": (
        "found 'a', expected a number for bigint"
    ),
    "{name: id, tests: [accepted_range: {min_value: 1, where: no_such > 1}]}": (
        "column 1: 'no_such' is not a column of 'www.orders'"
    ),
    "{name: id, tests: [expression_is_true: {expression: '> no_such'}]}": (
        "column 42: 'no_such' is not a column of 'www.orders'"
    ),
    "{name: id, tests: [relationships: {to: ref('nowhere'), field: id}]}": (
        "there is no design for 'nowhere'"
    ),
    "{name: id, tests: [relationships: {to: ref('customers'), field: email}]}": (
        "'id' is bigint, 'email' of 'www.customers' is varchar(9)"
    ),
}


@pytest.mark.parametrize(("column", "reason"), NOT_IMPORTED.items())
def test_a_check_that_would_be_a_fault_is_not_imported(column, reason):
    found = imported(f"[{column}]")
    assert [each.message for each in found.rest] == [reason]
    assert (found.added, found.decision.outcomes) == (0, ())


def test_a_name_that_two_designs_have_is_not_certain():
    files = {**FILES, "mart/orders.yaml": FACT.format("orders").replace("dw.", "mart.")}
    files["mart/orders.sql"] = "SELECT id FROM www.orders"
    models = "models: [{name: orders, columns: [{name: id, tests: [unique]}]}]\n"
    found = imported("[]", files, models)
    assert [each.message for each in found.rest] == ["'orders' can be dw.orders and mart.orders"]


def test_a_file_that_would_have_a_fault_is_refused():
    models = (
        "models: [{name: customers, columns: [{name: id, tests:"
        " [relationships: {to: \"source('www', 'orders')\", field: id}]}]}]\n"
    )
    columns = "[{name: customer_id, tests: [relationships: {to: ref('customers'), field: id}]}]"
    outcomes = imported(columns, models=models).decision.outcomes
    assert [each.action for each in outcomes] == ["refused", "changed"]
    assert "depend on each other" in outcomes[0].faults[0].message


def test_a_file_that_is_not_yaml_is_reported():
    found = import_dbt({"a.yml": "models: [", "b.yml": "models: []"}, FILES)
    assert [(fault.file, fault.line) for fault in found.rest] == [("a.yml", 2)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("models: 3", "schema.yml:1: models: is not a list"),
        ("version: 2\nsources: {name: www}", "schema.yml:2: sources: is not a list"),
        ("- name: orders", "schema.yml:1: is not a mapping with models or sources"),
    ],
)
def test_a_file_that_is_no_schema_is_a_fault(text, fault):
    assert list(map(str, import_dbt({"schema.yml": text}, FILES).rest)) == [fault]
    assert import_dbt({"schema.yml": ""}, FILES).rest == []

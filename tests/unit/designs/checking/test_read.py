"""Checks are read in every spelling, and named after their columns and their rule."""

from decimal import Decimal

import pytest

from pipeline.designs.model.checks import (
    AcceptedValues,
    Check,
    NotNull,
    Pattern,
    Query,
    Range,
    Relationship,
    RowCount,
    SumEquals,
    Unique,
)
from pipeline.designs.parse import examine
from pipeline.names import TableName

FILE = "www/public-orders.yaml"
DESIGN = """\
name: www.orders
source_name: www.public.orders
columns:
  - {name: id, sql_type: bigint}
  - {name: customer_id, sql_type: bigint}
  - {name: status, sql_type: varchar(20)}
  - {name: email, sql_type: varchar(200), sensitive: true}
  - {name: total, sql_type: 'numeric(12,2)'}
  - {name: placed_at, sql_type: timestamp}
  - {name: paid_at, sql_type: timestamp}
"""
CUSTOMERS = TableName("www", "customers")


def checks(text, columns=""):
    design, faults = examine(FILE, f"{DESIGN}{columns}checks:\n{text}", None)
    assert faults == []
    return design.checks


RULES = {
    "not_null: Status": ("status not_null", NotNull("status")),
    "not_null: {column: status}": ("status not_null", NotNull("status")),
    "unique: id": ("id unique", Unique(("id",))),
    "unique: {column: id}": ("id unique", Unique(("id",))),
    "unique: [ID, status]": ("id, status unique", Unique(("id", "status"))),
    "accepted_values: {column: status, values: [new, paid, 'no']}": (
        "status accepted_values",
        AcceptedValues("status", ("new", "paid", "no")),
    ),
    "accepted_values: {column: total, values: [1, 0.1]}": (
        "total accepted_values",
        AcceptedValues("total", (1, Decimal("0.1"))),
    ),
    "relationship: {column: customer_id, to: WWW.Customers.ID}": (
        "customer_id relationship",
        Relationship("customer_id", CUSTOMERS, "id"),
    ),
    "relationships: {column: customer_id, to: www.customers, field: ID}": (
        "customer_id relationship",
        Relationship("customer_id", CUSTOMERS, "id"),
    ),
    "relationship: {column: customer_id, to: www.billing.tax rates.id}": (
        "customer_id relationship",
        Relationship("customer_id", TableName("www", "billing.tax rates"), "id"),
    ),
    "range: {column: total, min: 0}": ("total range", Range("total", 0, None)),
    "range: {column: placed_at, min: 2020-01-01, max: 2030-12-31}": (
        "placed_at range",
        Range("placed_at", "2020-01-01", "2030-12-31"),
    ),
    "pattern: {column: email, like: '%@%'}": ("email pattern", Pattern("email", "%@%")),
    "row_count: {min: 1, max_change: 30%}": ("row_count", RowCount(1, None, 0.3)),
    "sum_equals: {column: total, to: SELECT SUM(amount) FROM www.payments; -- all}": (
        "total sum_equals",
        SumEquals("total", "SELECT SUM(amount) FROM www.payments"),
    ),
    "query: 'SELECT * FROM {relation} WHERE paid_at < placed_at'": (
        "query",
        Query("SELECT * FROM {relation} WHERE paid_at < placed_at"),
    ),
}


@pytest.mark.parametrize(("text", "expected"), RULES.items())
def test_a_rule_is_read_in_each_spelling(text, expected):
    name, rule = expected
    assert checks(f"  - {text}\n") == (Check(name, rule),)


def test_a_check_has_a_name_a_severity_and_a_condition():
    text = (
        "  - {range: {column: total, max: 9}, name: small, severity: warn, where: id > 5 -- x}\n"
    )
    assert checks(text) == (Check("small", Range("total", None, 9), "warn", "id > 5"),)


OF_COLUMN = {
    "not_null": NotNull("code"),
    "unique": Unique(("code",)),
    "{unique: {}}": Unique(("code",)),
    "{accepted_values: {values: [a]}}": AcceptedValues("code", ("a",)),
    "{relationships: {to: www.customers, field: id}}": Relationship("code", CUSTOMERS, "id"),
    "{range: {min: a}}": Range("code", "a"),
    "{pattern: {like: 'a%'}}": Pattern("code", "a%"),
}


@pytest.mark.parametrize(("text", "rule"), OF_COLUMN.items())
def test_a_check_of_a_column_omits_the_column(text, rule):
    column = f"  - {{name: Code, sql_type: varchar(9), checks: [{text}]}}\n"
    assert checks("  []\n", column) == (Check(f"code {rule.kind}", rule),)


def test_names_are_unique():
    text = """\
  - range: {column: total, min: 0}
  - range: {column: total, max: 9}
  - {name: total range 2, not_null: id}
"""
    assert [check.name for check in checks(text)] == [
        *("total range", "total range 3", "total range 2")
    ]


def test_a_column_is_sensitive():
    design, _ = examine(FILE, DESIGN, None)
    assert [column.name for column in design.columns if column.sensitive] == ["email"]

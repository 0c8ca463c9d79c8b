"""Checks read relations and columns that exist, and are loaded before."""

import pytest

from pipeline.designs.catalog import Catalog
from pipeline.errors import DesignError
from pipeline.names import TableName

ORDERS = """\
name: www.orders
source_name: www.public.orders
columns:
  - {name: id, sql_type: bigint}
  - {name: customer_id, sql_type: bigint}
  - {name: parent_id, sql_type: bigint}
  - {name: total, sql_type: 'numeric(12,2)'}
"""
CUSTOMERS = """\
name: www.customers
source_name: www.public.customers
columns:
  - {name: id, sql_type: integer}
  - {name: email, sql_type: varchar(80)}
  - {name: secret, skipped: true}
"""
PAYMENTS = """\
name: www.payments
source_name: www.public.payments
columns:
  - {name: order_id, sql_type: bigint}
  - {name: amount, sql_type: 'numeric(12,2)'}
"""
VIEW = "name: dw.v\nsource_name: VIEW\ncolumns: [{name: id}]\n"


def parse(orders="", customers="", external=(), **more):
    files = {
        "www/public-orders.yaml": ORDERS + (orders and f"checks:\n{orders}"),
        "www/public-customers.yaml": CUSTOMERS + (customers and f"checks:\n{customers}"),
        "www/public-payments.yaml": PAYMENTS,
        "dw/v.yaml": VIEW,
        "dw/v.sql": "SELECT * FROM (SELECT order_id AS id FROM www.payments) AS p",
        **more,
    }
    return Catalog.parse(files, external=external)


def faults(*words, **more):
    with pytest.raises(DesignError) as caught:
        parse(*words, **more)
    return [str(fault) for fault in caught.value.faults]


READS = {
    "relationship: {column: customer_id, to: www.customers.id}": ["customers"],
    "relationship: {column: parent_id, to: www.orders.id}": [],
    "sum_equals: {column: total, to: SELECT SUM(amount) FROM www.payments}": ["payments"],
    "sum_equals: {column: total, to: 'SELECT SUM(id) FROM {relation}'}": [],
    "query: SELECT r.id FROM {relation} r LEFT JOIN www.payments ON order_id = r.id": ["payments"],
    "query: SELECT * FROM {relation} WHERE id NOT IN (SELECT id FROM www.orders)": [],
    "query: SELECT * FROM {relation} JOIN lake.orders USING (id)": [],
}


@pytest.mark.parametrize(("check", "expected"), READS.items())
def test_relations_that_checks_read_are_loaded_before(check, expected):
    catalog = parse(f"  - {check}\n", external=["lake.*"])
    design = catalog[TableName("www", "orders")]
    names = [TableName("www", name) for name in expected]
    assert list(design.checks_read) == names
    assert design.needs == ()
    assert catalog.graph.needs[design.name] == ()
    assert {design.name, *names} <= {*catalog.with_dependencies([design.name])}


def test_the_columns_of_a_view_with_a_star_are_not_known():
    design = parse("  - relationship: {column: id, to: dw.v.any}\n")[TableName("www", "orders")]
    assert design.checks_read == (TableName("dw", "v"),)


FAULTS = {
    "relationship: {column: customer_id, to: www.custmer.id}": (
        "relationship.to: there is no design for 'www.custmer'; did you mean 'www.customers'?"
    ),
    "relationship: {column: customer_id, to: www.customers.idd}": (
        "relationship.to: 'www.customers' has no column 'idd'; did you mean 'id'?"
    ),
    "relationship: {column: customer_id, to: www.customers.secret}": (
        "relationship.to: 'www.customers' has no column 'secret'"
    ),
    "relationship: {column: customer_id, to: www.customers.email}": (
        "relationship.to: 'customer_id' is bigint, 'email' of 'www.customers' is varchar(80)"
    ),
    "sum_equals: {column: total, to: SELECT SUM(amont) FROM www.payments}": (
        "sum_equals.to: column 12: 'amont' is not a column of 'www.payments'; did you mean"
        " 'amount'?"
    ),
    "sum_equals: {column: total, to: SELECT SUM(amount) FROM www.paymets}": (
        "sum_equals.to: there is no design for 'www.paymets'; did you mean 'www.payments'?"
    ),
    "query: SELECT * FROM {relation} WHERE totl < 0": (
        "query: column 32: 'totl' is not a column of 'www.orders'; did you mean 'total'?"
    ),
    "query: SELECT * FROM {relation} JOIN lake.orders USING (id)": (
        "query: there is no design for 'lake.orders'; did you mean 'www.orders'?"
    ),
    "query: SELECT * FROM {relation} r JOIN www.customers c ON c.id = r.customer": (
        "query: column 59: 'www.orders' has no column 'customer'; did you mean 'customer_id'?"
    ),
}


@pytest.mark.parametrize(("check", "expected"), FAULTS.items())
def test_what_a_check_reads_exists(check, expected):
    assert faults(f"  - not_null: id\n  - {check}\n") == [
        f"www/public-orders.yaml:10: checks[1].{expected}"
    ]


ADVICE = (
    "what a check reads is loaded before the relation is checked; write this check as a query of a"
    " relation that is loaded after both, such as a view that reads both"
)


def test_two_tables_cannot_check_each_other():
    found = faults(
        "  - relationship: {column: customer_id, to: www.customers.id}\n",
        "  - query: SELECT r.id FROM {relation} r JOIN www.orders o ON r.id = o.id\n",
    )
    assert found == [
        (
            "www/public-customers.yaml:8: checks[0].query: relations depend on each other:"
            f" www.customers → www.orders → www.customers; {ADVICE}"
        )
    ]


def test_a_check_cannot_read_what_reads_its_relation():
    reader = {"dw/v.sql": "SELECT id FROM www.orders"}
    found = faults("  - query: SELECT * FROM {relation} r JOIN dw.v USING (id)\n", **reader)
    assert found == [
        (
            "www/public-orders.yaml:9: checks[0].query: relations depend on each other:"
            f" dw.v → www.orders → dw.v; {ADVICE}"
        )
    ]


DIMENSION = """\
name: dw.d
source_name: CTAS
columns:
  - {name: d_key, sql_type: bigint, identity: true, not_null: true}
  - {name: id, sql_type: bigint}
"""
READER = """\
name: dw.{0}
source_name: CTAS
columns: [{{name: d_key, sql_type: bigint}}]
"""
TOGETHER = {
    "dw/d.yaml": DIMENSION,
    "dw/d.sql": "SELECT id FROM www.customers",
    "dw/f.yaml": READER.format("f"),
    "dw/f.sql": "SELECT d_key FROM dw.d",
    "dw/g.yaml": READER.format("g"),
    "dw/g.sql": "SELECT d_key FROM dw.d",
}
"""A dimension without a natural key: it and its readers are refreshed in one transaction."""


def test_what_is_refreshed_in_one_transaction_is_loaded_at_once():
    relationship = "checks: [{{relationship: {{column: d_key, to: {}}}}}]\n".format
    parse(**TOGETHER | {"dw/f.yaml": TOGETHER["dw/f.yaml"] + relationship("dw.d.d_key")})
    assert faults(**TOGETHER | {"dw/f.yaml": TOGETHER["dw/f.yaml"] + relationship("dw.g.d_key")})
    changed = {"dw/f.yaml": TOGETHER["dw/f.yaml"] + relationship("www.orders.id")}
    parse(**TOGETHER | changed)
    orders = "  - relationship: {column: id, to: dw.d.id}\n"
    (fault,) = faults(orders, **TOGETHER | changed)
    assert "dw.d → www.orders → dw.d" in fault

"""Files of tests are parsed, with a fault for everything that is wrong."""

import datetime as dt

import pytest

from pipeline.designs.cases.model import Sql
from pipeline.designs.cases.parse import parse_cases
from pipeline.designs.catalog import Catalog
from pipeline.errors import DesignError
from pipeline.names import TableName

DESIGNS = {
    "www/public-orders.yaml": """
name: www.orders
columns:
  - {name: id, sql_type: bigint, not_null: true}
  - {name: status, sql_type: varchar(4)}
  - {name: total, sql_type: "numeric(6,2)"}
  - {name: secret, sql_type: varchar(4), skipped: true}
""",
    "dw/dim.yaml": """
name: dw.dim
source_name: CTAS
columns:
  - {name: order_key, sql_type: bigint, identity: true, not_null: true}
  - {name: id, sql_type: bigint, not_null: true}
  - {name: status, sql_type: varchar(4)}
constraints: {natural_key: [id]}
""",
    "dw/dim.sql": "SELECT id, status FROM www.orders",
    "dw/v.yaml": "{name: dw.v, source_name: VIEW, columns: [{name: id}, {name: state}]}",
    "dw/v.sql": "SELECT o.id, c.state FROM crm.contacts c JOIN www.orders o ON o.id = c.id",
    "dw/w.yaml": "{name: dw.w, source_name: VIEW, columns: [{name: id}]}",
    "dw/w.sql": "SELECT id FROM dw.v ORDER BY id",
}


def parse(tests, path="dw/dim.tests.yaml"):
    catalog = Catalog.parse(DESIGNS, external=["crm.*"])
    return parse_cases({**DESIGNS, path: tests}, catalog.designs)


def faults(tests, path="dw/dim.tests.yaml"):
    with pytest.raises(DesignError) as error:
        parse(tests, path)
    return [str(fault).removeprefix(f"{path}:") for fault in error.value.faults]


def test_a_case_holds_the_rows_of_all_relations_that_the_query_reads():
    [case] = parse(
        """
tests:
  - name: one
    now: 2026-11-28
    given:
      WWW.Orders:
        - {ID: 1, status: null}
        - {id: {sql: 1 + 1}, total: 1.5}
    expect: "id,status\\n1,\\n"
"""
    )
    assert str(case) == "dw.dim::one"
    assert (case.file, case.line) == ("dw/dim.tests.yaml", 3)
    assert case.now == dt.datetime.fromisoformat("2026-11-28")
    [(orders, rows)] = case.inputs
    assert orders.name == TableName("www", "orders")
    assert rows == ({"id": "1", "status": None}, {"id": Sql("1 + 1"), "total": "1.5"})
    assert case.expected == ({"id": "1", "status": None},)
    assert case.compared == ("id", "status")


def test_columns_are_compared_that_any_row_names_or_all():
    cases = parse(
        """
tests:
  - {name: some, expect: [{status: a}, {}.]}
  - {name: exact, exact: true, expect: [{status: a}]}
  - {name: none, expect: []}
""".replace("{}.", "{status: b}")
    )
    assert [case.compared for case in cases] == [("status",), ("id", "status"), ("id", "status")]
    assert all(case.inputs[0][1] == () for case in cases)


def test_types_of_views_and_external_relations_are_stated():
    [case] = parse(
        """
columns:
  crm.contacts: {id: bigint, State: varchar(2)}
tests:
  - {name: a, given: {crm.contacts: [{state: x}]}, expect: [{state: x}]}
""",
        "dw/v.tests.yml",
    )
    contacts, _ = case.inputs[0]
    assert [(each.name, each.sql_type) for each in contacts.columns] == [
        ("id", "bigint"),
        ("state", "varchar(2)"),
    ]


NO_SCHEMA = "'orders' is not the name of a table; write schema.table, as in www.orders"
ONE = "tests: [{name: a, expect: []}]"


@pytest.mark.parametrize(
    ("path", "tests", "expected"),
    [
        ("dw/nix.tests.yaml", ONE, "is beside no design: there is no dw/nix.yaml"),
        ("www/public-orders.tests.yaml", ONE, "only derived tables and views can be tested"),
        ("dw/v.tests.yaml", ONE, "reads 'crm.contacts', which has no design; add its columns"),
        ("dw/w.tests.yaml", ONE, "reads 'dw.v', which is a view without types; add its columns"),
        (
            "dw/w.tests.yaml",
            "tests: [{name: a, given: {dw.v: ''}, expect: []}]",
            "1: tests[a].given.dw.v: found '', expected CSV with a line of column names",
        ),
        (
            "dw/w.tests.yaml",
            f"columns: {{dw.v: {{ids: bigint}}}}\n{ONE}",
            "1: columns.dw.v: 'dw.v' has no column 'ids'; did you mean 'id'?",
        ),
        (
            "dw/w.tests.yaml",
            f"columns: {{dw.v: {{id: int64}}}}\n{ONE}",
            "1: columns.dw.v.id: 'int64' is not a Redshift type",
        ),
        (
            "dw/v.tests.yaml",
            "columns: {crm.contacts: {id: int}}\ntests: [{name: a, ordered: true, expect: []}]",
            "2: tests[a].ordered: the query has no ORDER BY",
        ),
        ("dw/dim.tests.yaml", "tests: x", "1: tests: found 'x', expected a list"),
        ("dw/dim.tests.yaml", "tests: [{name: a}]", "1: tests[a]: the key 'expect' is missing"),
        ("dw/dim.tests.yaml", "tests: [{name: a, expect: [1]}]", "found 1, expected a mapping"),
    ],
)
def test_a_file_that_does_not_fit_its_design_or_the_form_has_a_fault(path, tests, expected):
    [found] = faults(tests, path)
    assert expected in found


def test_every_rule_of_a_case_is_reported_in_one_go():
    found = faults(
        """\
columns:
  www.orders: {id: bigint}
tests:
  - name: a
    now: 2026-13-28
    given:
      www.order: [{id: 1}]
      www.orders:
        - {id: x, statu: 1}
        - {id: null, status: 007, secret: a, ID: 1}
    expect: [{order_key: 1, id: 1}]
  - name: a
    ordered: true
    given:
      www.orders: |
        id,status
        ,toolong
      orders: []
    expect: "id\\n1,2"
"""
    )
    given = "tests[a].given"
    assert found == [
        "2: columns.www.orders: 'www.orders' has a design, which states its types",
        "5: tests[a].now: '2026-13-28': month must be in 1..12",
        f"7: {given}.www.order: the query does not read 'www.order'; did you mean 'www.orders'?",
        f"8: {given}.www.orders: 'www.orders' has no column 'secret'; it has id, status, total",
        f"8: {given}.www.orders: 'www.orders' has no column 'statu'; did you mean 'status'?",
        f"9: {given}.www.orders[0].id: 'x' is not a number",
        f"10: {given}.www.orders[1].ID: 'id' is named twice",
        f"10: {given}.www.orders[1].id: 'id' is NOT NULL in www.orders",
        f"10: {given}.www.orders[1].status: 7 is a number, the column a text; put it in quotes",
        "11: tests[a].expect: 'order_key' is generated by the warehouse, and cannot be expected",
        "12: tests[a].name: duplicate name 'a'",
        "13: tests[a].ordered: the rows of a table have no order, whatever the query",
        f"15: {given}.www.orders: CSV row 1: id: 'id' is NOT NULL in www.orders",
        f"15: {given}.www.orders: CSV row 1: status: 'toolong' has 7 bytes, varchar(4) holds 4",
        f"18: {given}.orders: {NO_SCHEMA}",
        "19: tests[a].expect: CSV row 1: found 2 values, expected 1",
    ]

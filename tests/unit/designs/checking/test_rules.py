"""Every fault of a check is found without a connection, with the line and the key."""

import pytest

from pipeline.designs.model.checks import Range
from pipeline.designs.parse import examine
from tests.support.values.designs import parse_design

FILE = "www/public-orders.yaml"
DESIGN = """\
name: www.orders
source_name: www.public.orders
columns:
  - {name: id, sql_type: bigint}
  - {name: status, sql_type: varchar(20)}
  - {name: total, sql_type: 'numeric(12,2)'}
  - {name: ratio, sql_type: real}
  - {name: placed_at, sql_type: timestamp}
  - {name: seen, sql_type: timestamptz}
  - {name: day, sql_type: date}
  - {name: hour, sql_type: time}
  - {name: done, sql_type: boolean}
  - {name: payload, sql_type: super}
  - {name: old, skipped: true}
checks:
  - not_null: id
"""
LINE = DESIGN.count("\n") + 1


def faults(check):
    """Return the faults of a check, without the line, which is the check's own."""
    _, found = examine(FILE, f"{DESIGN}  - {check}\n", None)
    assert all(fault.line == LINE for fault in found), found
    return [f"{fault.key.removeprefix('checks[1]')}: {fault.message}" for fault in found]


FAULTS = {
    "not_null: stauts": ".not_null: there is no column 'stauts'; did you mean 'status'?",
    "not_null: old": ".not_null: the column 'old' is skipped",
    "not_null": ".not_null: the key 'column' is missing",
    "{unique: {}, where: id > 1}": ".unique: the key 'column' is missing",
    "unique: [id, statsu]": ".unique: there is no column 'statsu'; did you mean 'status'?",
    "unique: payload": ".unique: 'payload' is super, of which two values cannot be compared",
    "rang: {column: total}": ".rang: this key is unknown; did you mean 'range'?",
    "range: {column: totl, min: 0}": (
        ".range.column: there is no column 'totl'; did you mean 'total'?"
    ),
    "range: {column: total}": ".range: expected min, max or both",
    "range: {column: total, min: 5, max: 4.5}": (
        ".range.max: is less than min, 5: no value is within this range"
    ),
    "range: {column: status, min: 0}": (
        ".range.min: found 0, expected a text for varchar(20): put it in quotes"
    ),
    "range: {column: total, min: '0'}": (
        ".range.min: found '0', expected a number for numeric(12,2)"
    ),
    "range: {column: total, max: true}": (
        ".range.max: found true, expected a number for numeric(12,2)"
    ),
    "range: {column: total, min: 12345678901234567.25}": (
        ".range.min: found 12345678901234568, expected at most 15 digits; use a query"
    ),
    "range: {column: total, min: 1e999}": (
        ".range.min: found Infinity, expected at most 15 digits; use a query"
    ),
    "range: {column: ratio, max: 3.5e+38}": ".range.max: found 3.5E+38, which real cannot hold",
    "range: {column: ratio, min: 1.0e-38}": ".range.min: found 1E-38, which real cannot hold",
    "range: {column: ratio, min: -3.3e+38, max: 0.0}": "",
    f"range: {{column: total, min: 1{38 * '0'}}}": ".range.min: expected at most 38 digits",
    "range: {column: day, min: 2026-02-30}": (
        ".range.min: found '2026-02-30', expected a date such as '2026-11-28'"
    ),
    "range: {column: day, min: 2026-02-01, max: 2026-01-31}": (
        ".range.max: is less than min, 2026-02-01: no value is within this range"
    ),
    "range: {column: placed_at, min: 2026-02-01 25:00}": (
        ".range.min: found '2026-02-01 25:00', expected a time such as '2026-11-28 14:00:00'"
    ),
    "range: {column: seen, min: 2026-02-01 10:00}": (
        ".range.min: found '2026-02-01 10:00', expected a time with its zone such as"
        " '2026-11-28 14:00:00+00'"
    ),
    "range: {column: seen, min: 2026-02-01 10:00+02, max: 2026-02-01 08:30Z, }": (
        ""  # 08:00 to 08:30 UTC
    ),
    "range: {column: hour, min: 9}": ".range.min: found 9, expected a time of day such as '14:00'",
    "range: {column: done, min: false}": (
        ".range.column: 'done' is boolean, which has no range; use a query"
    ),
    "range: {column: payload, min: 1}": (
        ".range.column: 'payload' is super, which has no range; use a query"
    ),
    "accepted_values: {column: status, values: [new, 1]}": (
        ".accepted_values.values[1]: found 1, expected a text for varchar(20): put it in quotes"
    ),
    "accepted_values: {column: done, values: [true, no]}": (
        ".accepted_values.values[1]: found 'no', expected true or false"
    ),
    "accepted_values: {column: ratio, values: [1]}": (
        ".accepted_values.column: 'ratio' is real, whose values are not exact; expected a range or"
        " a query"
    ),
    "accepted_values: {column: status, values: [null]}": (
        ".accepted_values.values[0]: found nothing, expected a text, a number, true or false"
    ),
    "pattern: {column: total, like: '1%'}": (
        ".pattern.column: 'total' is numeric(12,2), and LIKE is for texts; expected char or"
        " varchar"
    ),
    r"pattern: {column: status, like: 'a\\\'}": (
        ".pattern.like: ends with a backslash, which escapes the next character"
    ),
    "row_count: {max_change: 30}": (
        ".row_count.max_change: found 30, expected a percentage with its sign, such as 30%"
    ),
    "row_count: {max_change: -3%}": (
        ".row_count.max_change: found '-3%', expected a percentage with its sign, such as 30%"
    ),
    "row_count: {}": (
        ".row_count: found an empty mapping, expected at least 1 key of max, max_change, min"
    ),
    "row_count: {min: 5, max: 3}": ".row_count.max: found 3, expected 5 or more, as min is",
    "{row_count: {max_change: 1%}, where: id > 1}": (
        ".where: excludes max_change: the number of rows of the last load is that of all rows"
    ),
    "sum_equals: {column: status, to: SELECT 1}": (
        ".sum_equals.column: 'status' is varchar(20), which has no sum; expected a number"
    ),
    "sum_equals: {column: ratio, to: SELECT 1}": (
        ".sum_equals.column: 'ratio' is real, whose sum depends on the order of the rows; round it"
        " in a query"
    ),
    "sum_equals: {column: total, to: 'SELECT SUM(a), 1 FROM www.b'}": (
        ".sum_equals.to: returns 2 columns, expected one, with one row"
    ),
    "sum_equals: {column: total, to: SELECT * FROM www.b}": (
        ".sum_equals.to: returns several columns, expected one, with one row"
    ),
    "sum_equals: {column: total, to: SELECT SUM(total) FROM www.orders}": (
        ".sum_equals.to: reads 'www.orders' as it was before the load; write {relation}"
    ),
    "query: SELECT * FROM www.orders": (
        ".query: does not read {relation}, which stands for the rows that are checked"
    ),
    "query: DELETE FROM {relation}": ".query: found DELETE, expected exactly one SELECT",
    "query: UPDATE {relation} SET id = 1": ".query: found UPDATE, expected exactly one SELECT",
    "query: SELECT * INTO www.wrong FROM {relation}": (
        ".query: column 15: SELECT INTO would create a table; remove INTO"
    ),
    "query: SELECT * FROM {relation}; SELECT 2": (
        ".query: found 2 statements, expected exactly one SELECT"
    ),
    "query: SELECT * FROM {relation} WHERE (": (
        ".query: column 32: syntax error: an operand is missing near '('"
    ),
    "query: SELECT * FROM {relation} JOIN payments USING (id)": (
        ".query: column 31: 'payments' has no schema; write schema.table, as in www.payments"
    ),
    "{query: 'SELECT 1 FROM {relation}', where: id > 1}": (
        ".where: is part of the query; write it there"
    ),
    "{not_null: id, where: statsu = 'x'}": (
        ".where: column 1: 'statsu' is not a column of 'www.orders'; did you mean 'status'?"
    ),
    "{not_null: id, where: old > 1}": (
        ".where: column 1: 'old' is not a column of 'www.orders' in the warehouse: the design of"
        " 'www.orders' skips it"
    ),
    "{not_null: id, where: id > (SELECT 1)}": (
        ".where: has a subquery; use a query, which can read other relations"
    ),
    "{not_null: id, where: SUM(id) > 1}": ".where: is about several rows; use a query",
    "{not_null: id, where: id = 1) OR (id = 2}": (
        ".where: is not one condition: id = 1) OR (id = 2"
    ),
    "{not_null: id, where: id = 1; DROP TABLE a}": (
        ".where: is not one condition: id = 1; DROP TABLE a"
    ),
    "{not_null: id, unique: id}": ": found not_null and unique, expected one rule in each item",
    "{severity: warn}": (
        ": expected one of not_null, unique, accepted_values, relationship, relationships, range,"
        " pattern, row_count, sum_equals, query, as in range: {column: total, min: 0}"
    ),
    "{not_null: id, severity: warning}": (
        ".severity: found 'warning', expected one of error, warn; did you mean 'warn'?"
    ),
    "relationship: {column: id, to: www.customers}": (
        ".relationship: found 'www.customers', expected schema.table.column, as in"
        " www.customers.id, or a 'field' beside it"
    ),
    "relationships: {column: id, to: customers, field: id}": (
        ".relationships.to: found 'customers', expected schema.table.column, as in"
        " www.customers.id"
    ),
}


@pytest.mark.parametrize(("check", "expected"), FAULTS.items())
def test_a_fault_of_a_check_has_its_line_and_key(check, expected):
    assert faults(check) == [expected or None] * bool(expected)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("id not_null 2", "duplicate name 'id not_null 2'"),
        (" ", "has no visible character, or a line break or another invisible one"),
        ("a\tb", "has no visible character, or a line break or another invisible one"),
        ("ä" * 64, "found 128 bytes, expected at most 127; set a shorter name"),
    ],
)
def test_a_name_is_unique_and_can_be_shown(name, problem):
    text = f'{DESIGN}  - {{not_null: day, name: "{name}"}}\n  - {{unique: id, name: "{name}"}}\n'
    _, found = examine(FILE, text, None)
    assert problem in [fault.message for fault in found]


def test_a_query_of_several_lines_has_a_fault_with_its_line():
    query = "query: |\n      SELECT *\n      FROM {relation} WHERE (id\n"
    assert faults(query) == [".query: line 2: column 25: Expecting ) near 'id'"]


OF_COLUMN = {
    "{range: {min: 0}}": ".range.min: found 0, expected a text for varchar(9): put it in quotes",
    "{pattern: {column: id, like: x}}": ".pattern: is a check of 'code' here; omit its column",
    "{unique: [id, status]}": ".unique: is a check of 'code' here; omit its column",
    "{row_count: {min: 1}}": (
        ".row_count: is a check of the relation; write it in the list 'checks' of the design"
    ),
    "uniqe": (
        ": found 'uniqe', expected not_null, unique or a mapping with a rule, as in range:"
        " {column: total, min: 0}; did you mean 'unique'?"
    ),
}


@pytest.mark.parametrize(("check", "expected"), OF_COLUMN.items())
def test_a_fault_of_a_check_of_a_column_has_its_place(check, expected):
    column = f"columns:\n  - name: code\n    sql_type: varchar(9)\n    checks:\n      - {check}\n"
    _, found = examine(FILE, DESIGN.replace("columns:\n", column), None)
    assert [f"{fault.key}: {fault.message}" for fault in found] == [
        f"columns[code].checks[0]{expected}"
    ]
    assert found[0].line == 7


VIEW = """\
name: dw.v
source_name: VIEW
columns: [{name: id, checks: [not_null]}, {name: day, sensitive: true}]
checks:
  - range: {column: id, min: 1, max: x}
"""


def test_a_column_of_a_view_may_have_no_type():
    design = parse_design("dw/v.yaml", VIEW, "SELECT id, day FROM www.orders")
    assert [check.name for check in design.checks] == ["id not_null", "id range"]
    assert design.checks[1].rule == Range("id", 1, "x")


def test_a_view_has_no_last_load():
    text = f"{VIEW}  - row_count: {{max_change: 30%}}\n"
    _, (fault,) = examine("dw/v.yaml", text, "SELECT id, day FROM www.orders")
    assert str(fault) == (
        "dw/v.yaml:6: checks[1].row_count.max_change: requires a table: a view is not loaded, so"
        " there is no last load"
    )

"""A design is checked against its upstream table."""

from dataclasses import replace

import pytest

from pipeline.designs.drift.check import INCREMENTAL, Finding, check_upstream, no_table
from pipeline.designs.model.upstream import UpstreamColumn, UpstreamTable, UpstreamType
from pipeline.designs.rules.incremental import incremental_warnings
from pipeline.names import TableName
from tests.support.values.designs import parse_design, upstream_columns

DESIGN = """\
name: www.t
source_name: www.public.T
columns:
  - {name: id, sql_type: integer, source_sql_type: integer, not_null: true}
  - {name: Code, sql_type: varchar(80), source_sql_type: text, expression: 'upper("Code")'}
  - {name: computed, sql_type: integer, expression: id + 1}
constraints: {primary_key: [id], natural_key: [id, code]}
"""
TABLE = UpstreamTable(
    TableName("public", "T"),
    upstream_columns("id integer!; Code text"),
    primary_key=("id",),
)
NEW = upstream_columns("fresh date")


def design(old="", new=""):
    assert old in DESIGN
    return parse_design("www/public-T.yaml", DESIGN.replace(old, new) if old else DESIGN)


def table(**changes):
    facts = {name: getattr(TABLE, name) for name in ("name", "columns", "kind", "primary_key")}
    return UpstreamTable(**{**facts, **changes})


def test_a_matching_design_has_no_findings():
    assert list(check_upstream(design(), TABLE)) == []


@pytest.mark.parametrize(
    ("policy", "expected"), [("fail", [False]), ("warn", [True]), ("ignore", [])]
)
def test_new_columns_follow_the_policy(policy, expected):
    found = list(check_upstream(design(), table(columns=TABLE.columns + NEW), (), policy))
    assert [(finding.path, finding.warning) for finding in found] == [
        (("columns",), warning) for warning in expected
    ]


@pytest.mark.parametrize("policy", ["fail", "warn", "ignore"])
def test_the_policy_applies_to_new_columns_only(policy):
    found = list(check_upstream(design(), table(columns=TABLE.columns[:1]), (), policy))
    assert found == [Finding(("columns", 1), "Code: is missing upstream")]


@pytest.mark.parametrize(("kind", "faults"), [("r", 1), ("p", 1), ("f", 0), ("v", 0), ("m", 0)])
def test_not_null_is_compared_if_upstream_can_declare_it(kind, faults):
    columns = upstream_columns("id integer; Code text")
    assert len(list(check_upstream(design(), table(columns=columns, kind=kind)))) == faults


@pytest.mark.parametrize(("kind", "faults"), [("r", 2), ("p", 2), ("f", 0), ("v", 0), ("m", 0)])
def test_keys_are_compared_if_upstream_can_enforce_them(kind, faults):
    found = list(check_upstream(design(), table(primary_key=(), kind=kind)))
    assert [finding.path for finding in found] == [("constraints",)] * faults


@pytest.mark.parametrize(
    ("declared", "upstream", "faults"),
    [
        ("{primary_key: [id]}", [("id",)], 0),
        ("{primary_key: [id]}", [("Code",)], 1),
        ("{primary_key: [id]}", [("id", "Code")], 1),
        ("{unique: [code, id]}", [("Code",)], 0),
        ("{unique: [[code], [id]]}", [("Code",)], 1),
        ("{natural_key: [computed]}", [], 0),
        ("{natural_key: [computed, id]}", [], 0),
    ],
)
def test_a_key_is_enforced_if_it_contains_an_upstream_key(declared, upstream, faults):
    changed = design("{primary_key: [id], natural_key: [id, code]}", declared)
    found = list(check_upstream(changed, table(primary_key=(), unique=tuple(upstream))))
    assert len(found) == faults


@pytest.mark.parametrize(
    ("unreadable", "expected"),
    [
        (set(), []),
        ({"id"}, [(("columns",), "no permission to read id")]),
        ({"Code"}, [(("columns",), "no permission to read Code")]),
        ({"id", "Code"}, [(("source_name",), "no permission to read public.T")]),
        ({"elsewhere"}, []),
    ],
)
def test_only_columns_that_a_dump_selects_must_be_readable(unreadable, expected):
    found = list(check_upstream(design(), TABLE, unreadable))
    assert [(each.path, each.message.partition("; ")[0]) for each in found] == expected


def test_a_key_that_does_not_hold_for_tables_that_inherit_is_a_fault_with_what_to_do():
    found = list(check_upstream(design(), table(primary_key=(), unproven_keys=(("id",),))))
    assert [finding.path for finding in found] == [("constraints",)] * 2
    assert found[0].message == (
        "primary_key (id) is not enforced upstream: the key of public.T does not hold for the rows"
        " of tables that inherit from it, which are dumped with it; remove it from the design;"
        " a duplicate would stop the load"
    )


def test_a_not_null_that_upstream_does_not_guarantee_is_a_fault_with_the_reason():
    unproven = replace(TABLE.columns[0], not_null=False, unproven="NOT NULL was never validated")
    found = list(check_upstream(design(), table(columns=(unproven, TABLE.columns[1]))))
    message = "NOT NULL was never validated, but not_null in the design"
    assert found == [Finding(("columns", 0), message)]


def test_hidden_rows_are_a_fault():
    (found,) = check_upstream(design(), table(hidden_rows=True))
    assert found.path == ("source_name",)
    assert "row-level security hides rows of public.T" in found.message
    assert "BYPASSRLS" in found.message


@pytest.mark.parametrize("policy", ["fail", "warn", "ignore"])
def test_a_missing_column_that_is_back_is_told_whatever_the_policy_is(policy):
    again = design("id + 1}", "id + 1}\n  - {name: m, sql_type: integer, skipped: missing}")
    assert list(check_upstream(again, TABLE, (), policy)) == []
    columns = TABLE.columns + upstream_columns("m integer")
    found = list(check_upstream(again, table(columns=columns), (), policy))
    assert [each.warning for each in found] == [policy != "fail"]
    assert all("is upstream again (integer), but skipped" in each.message for each in found)


def test_a_missing_table_is_reported_with_the_nearest_name():
    found = no_table(design(), [TableName("public", "T2"), TableName("audit", "log")])
    assert found.path == ("source_name",)
    assert "there is no public.T upstream; did you mean 'public.T2'?" in found.message


SEEN = UpstreamColumn("seen", UpstreamType.parse("timestamp with time zone"), not_null=True)


def incremental(text="{cursor: seen}", old="", new=""):
    changed = DESIGN.replace(old, new) if old else DESIGN
    return parse_design(
        "www/public-T.yaml", f"{changed}extract_settings:\n  incremental: {text}\n"
    )


def with_seen(**changes):
    return table(columns=(*TABLE.columns, replace(SEEN, **changes)))


@pytest.mark.parametrize("policy", ["fail", "warn", "ignore"])
def test_a_cursor_that_is_not_loaded_is_known(policy):
    assert list(check_upstream(incremental(), with_seen(), (), policy)) == []


def test_a_cursor_that_is_missing_upstream_is_a_fault():
    needs = "extract_settings.incremental names it"
    assert list(check_upstream(incremental(), TABLE)) == [
        Finding(INCREMENTAL, f"seen: is missing upstream; {needs}")
    ]
    skipped = incremental(old="constraints", new="  - {name: seen, skipped: true}\nconstraints")
    assert list(check_upstream(skipped, TABLE)) == [
        Finding(("columns", 3), f"is missing upstream; {needs}")
    ]


def test_a_cursor_must_be_readable():
    (found,) = check_upstream(incremental(), with_seen(), {"seen"})
    assert found.message.startswith("no permission to read seen; ")


@pytest.mark.parametrize(
    ("kind", "name"), [("v", "a view"), ("m", "a materialized view"), ("f", "a foreign table")]
)
def test_the_changes_of_a_view_cannot_be_detected(kind, name):
    found = list(check_upstream(incremental(), replace(with_seen(), kind=kind)))
    message = f"public.T is {name}, whose changes cannot be detected; remove incremental"
    assert found == [Finding(INCREMENTAL, message)]


def test_the_type_of_a_cursor_is_that_of_its_domain_upstream():
    domain = UpstreamType("shop.version", "int8")
    (found,) = check_upstream(incremental(), with_seen(type=domain))
    assert found.path == (*INCREMENTAL, "set_by")
    assert found.message.startswith("'seen' is shop.version upstream, which is not a time")


def test_a_cursor_that_can_be_null_is_a_warning_once():
    (found,) = check_upstream(incremental(), with_seen(not_null=False))
    assert found.warning
    assert found.message == "'seen' can be NULL: rows with NULL are read by every run"
    listed = incremental(
        old="constraints", new="  - {name: seen, sql_type: timestamptz}\nconstraints"
    )
    assert list(incremental_warnings(listed))
    assert list(check_upstream(listed, with_seen(not_null=False))) == []

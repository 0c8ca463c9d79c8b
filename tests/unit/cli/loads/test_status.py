"""The lines of ``pipeline status --check``."""

import datetime as dt

import pytest

from pipeline.cli.loads.status import failed, freshness_cell, too_old, violated
from pipeline.freshness import Freshness
from pipeline.names import RunDate, TableName
from pipeline.procedures.checks.last import CheckState
from pipeline.procedures.operations.freshness import Verdict
from pipeline.procedures.operations.load_history import Failure
from pipeline.procedures.operations.status import State
from tests.support.values.designs import parse_design

ORDERS = TableName("www", "orders")
DESIGN = parse_design(
    "www/public-orders.yaml", "name: www.orders\ncolumns: [{name: id, sql_type: int}]"
)
DAY = Freshness(error_after=dt.timedelta(days=1))
AT = dt.datetime(2026, 11, 22, 3, 4, 5)  # noqa: DTZ001  (as the warehouse returns it, in UTC)


@pytest.mark.parametrize(("optional", "severity"), [((), "ERROR"), ({ORDERS}, "WARNING")])
def test_a_failure_is_one_line_and_that_of_an_optional_relation_a_warning(optional, severity):
    failure = Failure("CopyTable", RunDate(AT.date()), AT, "it broke\nline: 2")
    line = "www.orders: FAILED in CopyTable (2026-11-22 03:04:05 UTC, run of 2026-11-22): it broke"
    assert list(failed([State(DESIGN, failure=failure)], optional)) == [(severity, line)]
    assert list(failed([State(DESIGN)])) == []


@pytest.mark.parametrize(
    ("checks", "severity"),
    [
        (CheckState(AT, failed=1), "ERROR"),
        (CheckState(AT, warnings=1), "WARNING"),
        (CheckState(AT, published=False, failed=1), None),
        (CheckState(AT, passed=1), None),
        (None, None),
    ],
)
def test_checks_that_failed_are_one_line_unless_a_failure_tells(checks, severity):
    line = f"www.orders: checks of 2026-11-22 03:04:05 UTC: {checks}"
    assert list(violated([State(DESIGN, checks=checks)])) == [(severity, line)] * bool(severity)
    failure = Failure("CopyTable", RunDate(AT.date()), AT, "x")
    assert list(violated([State(DESIGN, failure=failure, checks=checks)])) == []


@pytest.mark.parametrize(
    ("severity", "lines", "cell"),
    [
        ("error", [("ERROR", "www.orders: empty")], "error"),
        ("warning", [("WARNING", "www.orders: empty")], "warning"),
        ("ok", [], "ok"),
        (None, [], "not read"),
    ],
)
def test_what_is_too_old_is_one_line(severity, lines, cell):
    found = Verdict(DAY, severity, words="empty")
    assert list(too_old({ORDERS: found})) == lines
    assert freshness_cell(found) == cell


def test_a_relation_of_any_age_has_an_empty_cell():
    assert freshness_cell(None) == ""

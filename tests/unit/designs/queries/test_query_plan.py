"""Remarks on the lines of a plan. The plans are those of Redshift's documentation."""

import pytest

from pipeline.designs.queries.query_plan import is_redshift_plan, remarks

BROADCAST = """\
XN Merge  (cost=1002815366604.92..1002815366606.36 rows=576 width=27)
  Merge Key: sum(sales.pricepaid)
  ->  XN HashAggregate  (cost=2815366577.07..2815366578.51 rows=576 width=27)
        ->  XN Hash Join DS_BCAST_INNER  (cost=109.98..2815365714.80 rows=172456 width=27)
              Hash Cond: ("outer".eventid = "inner".eventid)
              ->  XN Seq Scan on sales  (cost=0.00..1724.56 rows=172456 width=14)
              ->  XN Hash  (cost=87.98..87.98 rows=8798 width=21)
                    ->  XN Seq Scan on event  (cost=0.00..87.98 rows=8798 width=21)
""".splitlines()


def test_a_broadcast_is_reported_with_its_line():
    (found,) = remarks(BROADCAST)
    assert (found.line, found.step) == (4, "DS_BCAST_INNER")
    assert "broadcast to all nodes" in found.advice


@pytest.mark.parametrize("step", ["DS_DIST_NONE", "DS_DIST_ALL_NONE"])
def test_joins_without_redistribution_are_not_reported(step):
    assert remarks([f"->  XN Hash Join {step}  (cost=1..2 rows=3 width=4)"]) == ()


@pytest.mark.parametrize(
    "step",
    ["DS_DIST_BOTH", "DS_DIST_ALL_BOTH", "DS_DIST_ALL_INNER", "DS_DIST_INNER", "DS_DIST_OUTER"],
)
def test_every_redistribution_is_reported(step):
    assert [each.step for each in remarks([f"XN Hash Join {step}  (cost=1..2)"])] == [step]


def test_nested_loops_and_missing_statistics_are_reported():
    lines = [
        "XN Nested Loop DS_BCAST_INNER  (cost=0.00..1.00 rows=1 width=4)",
        "----- Tables missing statistics: sales -----",
    ]
    assert [each.step for each in remarks(lines)] == [
        "Nested Loop",
        "DS_BCAST_INNER",
        "missing statistics",
    ]


def test_plans_of_postgresql_and_redshift_are_distinguished():
    assert is_redshift_plan(BROADCAST)
    assert is_redshift_plan(["LD Result  (cost=0.00..0.01 rows=1 width=0)"])
    assert not is_redshift_plan(
        ["Aggregate  (cost=79.05..79.06 rows=1 width=8)", "  ->  Seq Scan"]
    )

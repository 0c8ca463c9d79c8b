"""Remarks on expensive steps in the output of Redshift's EXPLAIN.

https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html
https://docs.aws.amazon.com/redshift/latest/dg/c-analyzing-the-query-plan.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

WARNINGS = {
    "DS_BCAST_INNER": "the whole inner table is broadcast to all nodes; if it is large,"
    " distribute both tables on the join column, or set distribution: all for the smaller one",
    "DS_DIST_BOTH": "both tables are redistributed; distribute them on the join column",
    "DS_DIST_ALL_BOTH": "both tables are redistributed; distribute them on the join column",
    "DS_DIST_ALL_INNER": "the inner table is sent to a single slice, because the outer one has"
    " distribution: all; distribute the outer one on a key",
    "DS_DIST_INNER": "the inner table is redistributed; distribute it on the join column",
    "DS_DIST_OUTER": "the outer table is redistributed; distribute it on the join column",
    "Nested Loop": "all pairs of rows are compared; join on an equality",
    "missing statistics": "the planner guesses; run ANALYZE on the named tables",
}
"""Advice by the words in a line; DS_DIST_NONE and DS_DIST_ALL_NONE need none."""

_STEP = re.compile(r"\b(DS_\w+|Nested Loop|missing statistics)\b", re.IGNORECASE)
_REDSHIFT = re.compile(r"^\s*(->\s*)?(XN|LD) ")


@dataclass(frozen=True, slots=True)
class Remark:
    """Advice on a line of the plan, counted from 1."""

    line: int
    step: str
    advice: str


def remarks(lines: Sequence[str]) -> tuple[Remark, ...]:
    """Return the steps that make the query slow, in the order of the plan."""
    known = {step.lower(): step for step in WARNINGS}
    found = []
    for number, line in enumerate(lines, start=1):
        for match in _STEP.finditer(line):
            step = known.get(match[0].lower())
            if step is not None:
                found.append(Remark(number, step, WARNINGS[step]))
    return tuple(found)


def is_redshift_plan(lines: Sequence[str]) -> bool:
    """Return whether Redshift made the plan: its steps begin with XN (nodes) or LD (leader)."""
    return any(_REDSHIFT.match(line) for line in lines)

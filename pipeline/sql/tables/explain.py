"""What the lines of Redshift's EXPLAIN say about the cost of a query's joins.

https://docs.aws.amazon.com/redshift/latest/dg/c_data_redistribution.html
https://docs.aws.amazon.com/redshift/latest/dg/c-analyzing-the-query-plan.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

WARNINGS = {
    "DS_BCAST_INNER": "the inner table is sent whole to every node; fine if it is small, else"
    " distribute both tables by the join's column, or give the smaller one distribution: all",
    "DS_DIST_BOTH": "both tables are sent around; distribute them by the join's column",
    "DS_DIST_ALL_BOTH": "both tables are sent around; distribute them by the join's column",
    "DS_DIST_ALL_INNER": "the inner table is sent to a single slice, since the outer one has"
    " distribution: all; distribute the outer one by a key",
    "DS_DIST_INNER": "the inner table is sent around; distribute it by the join's column",
    "DS_DIST_OUTER": "the outer table is sent around; distribute it by the join's column",
    "Nested Loop": "every row meets every row: a join condition is missing, or is no equality",
    "missing statistics": "the planner guesses; run ANALYZE on the tables that are named",
}
"""What to know of a step, by the words in its line; DS_DIST_[ALL_]NONE is as wanted."""

_STEP = re.compile(r"\b(DS_\w+|Nested Loop|missing statistics)\b", re.IGNORECASE)
_REDSHIFT = re.compile(r"^\s*(->\s*)?(XN|LD) ")


@dataclass(frozen=True, slots=True)
class Remark:
    """What to know of a line, counted from 1, of the plan."""

    line: int
    step: str
    advice: str


def remarks(lines: Sequence[str]) -> tuple[Remark, ...]:
    """Return what makes the query slow, in the order of the plan."""
    known = {step.lower(): step for step in WARNINGS}
    found = []
    for number, line in enumerate(lines, start=1):
        for match in _STEP.finditer(line):
            step = known.get(match[0].lower())
            if step is not None:
                found.append(Remark(number, step, WARNINGS[step]))
    return tuple(found)


def is_redshifts(lines: Sequence[str]) -> bool:
    """Tell whether Redshift made the plan: XN (nodes) or LD (leader) stands before each step."""
    return any(_REDSHIFT.match(line) for line in lines)

"""The rows of SYS_QUERY_DETAIL: the steps in which statements wrote into tables.

https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_DETAIL.html
"""

import re
from collections.abc import Callable

from redshift_emulator.language.moments import microseconds, now
from redshift_emulator.session.history import Value
from redshift_emulator.session.relations import Relation
from redshift_emulator.session.session import Session

INSERT, DELETE = "insert", "delete"
_COUNT = re.compile(r" (\d+)$")


def note_steps(session: Session, table: Relation, *steps: str) -> None:
    """Note the steps of the running statement, which are recorded if it succeeds."""
    name = f"{session.database}.{table.name.schema}.{table.name.name}"
    session.meter.steps += [
        {"step_name": s, "table_id": table.oid, "table_name": name} for s in steps
    ]


def record_steps(session: Session, run: Callable[[], str]) -> str:
    """Run a statement; record the steps that its handler noted."""
    started, steps = now(), session.meter.steps
    steps.clear()
    try:
        tag = run()
        ended = now()
        values: dict[str, Value] = {
            "user_id": session.user,
            "query_id": session.query_id,
            "child_query_sequence": 1,
            "start_time": str(started),
            "end_time": str(ended),
            "duration": microseconds(started, ended),
            "output_rows": _rows(tag, session),
            "is_active": "f",
            "metrics_level": "step",
        }
        for step in steps:
            session.meter.cluster.history.add("sys_query_detail", **values, **step)
    finally:
        steps.clear()
    return tag


def _rows(tag: str, session: Session) -> int | None:
    """Return the number of rows by a command tag; MERGE has none."""
    if tag == "COPY":
        return session.last_copy.count
    found = _COUNT.search(tag)
    return int(found[1]) if found else None

"""The rows of SVL_STORED_PROC_CALL.

https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_STORED_PROC_CALL.html
"""

from collections.abc import Iterator
from contextlib import contextmanager

from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.history import now
from redshift_emulator.session.session import Session, query_ids

LONGEST_TEXT = 4000


@contextmanager
def recorded(
    session: Session, call: Statement, user: str, outer: int | None = None
) -> Iterator[int]:
    """Record a call with a user's privileges; yield its query ID. ``outer`` is that around it."""
    query = session.query_id if outer is None else next(query_ids)
    started, aborted = now(), 1
    try:
        yield query
        aborted = 0
    finally:
        session.meter.cluster.history.add(
            "svl_stored_proc_call",
            userid=user,
            session_userid=session.user,
            query=query,
            label=session.variables.get("query_group", "default"),
            pid=session.backend.process_id,
            database=session.database,
            querytxt=call.source[:LONGEST_TEXT],
            starttime=str(started),
            endtime=str(now()),
            aborted=aborted,
            from_sp_call=outer,
        )

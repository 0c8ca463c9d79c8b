"""The rows of SVL_STORED_PROC_CALL and SVL_STORED_PROC_MESSAGES.

https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_STORED_PROC_CALL.html
https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_STORED_PROC_MESSAGES.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.moments import now
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.history import Value
from redshift_emulator.session.known_parameters import LOG_LEVEL
from redshift_emulator.session.session import Session, query_ids

LONGEST_TEXT = 4000
_LONGEST_QUERY, _LONGEST_MESSAGE = 500, 1024
_LEVELS = {"log": 20, "info": 30, "notice": 40, "warning": 50, "exception": 60}


@dataclass(slots=True)
class Call:
    """A running call: its query ID, the least level of messages that are logged, and these."""

    query: int
    level: str
    messages: list[dict[str, Value]] = field(default_factory=list)

    def log(self, level: str, message: str) -> None:
        """Log a message of RAISE."""
        if _LEVELS[level] >= _LEVELS[self.level]:
            self.messages.append(
                {
                    "recordtime": str(now()),
                    "loglevel": _LEVELS[level],
                    "loglevel_text": level.upper(),
                    "message": message[:_LONGEST_MESSAGE],
                }
            )


@contextmanager
def recorded(
    session: Session, call: Statement, user: str, outer: Call | None = None
) -> Iterator[Call]:
    """Record a call with a user's privileges, and its messages. ``outer`` is that around it."""
    if outer is None:
        running = Call(session.query_id, session.variables.get(LOG_LEVEL, "log"))
    else:
        running = Call(next(query_ids), outer.level)
    started, aborted = now(), 1
    try:
        yield running
        aborted = 0
    finally:
        common: dict[str, Value] = {
            "userid": user,
            "session_userid": session.user,
            "query": running.query,
            "label": session.variables.get("query_group", "default"),
            "pid": session.backend.process_id,
            "aborted": aborted,
        }
        history = session.meter.cluster.history
        history.add(
            "svl_stored_proc_call",
            **common,
            database=session.database,
            querytxt=NAMES.restored(call.source)[:LONGEST_TEXT],
            starttime=str(started),
            endtime=str(now()),
            from_sp_call=outer.query if outer else None,
        )
        text = NAMES.restored(call.source)[:_LONGEST_QUERY]
        for message in running.messages:
            history.add("svl_stored_proc_messages", **common, querytext=text, **message)

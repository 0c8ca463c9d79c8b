"""CANCEL: cancels the running query of a process.

https://docs.aws.amazon.com/redshift/latest/dg/r_CANCEL.html
"""

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.session import Session

_IS_SESSION = "SELECT FROM pg_catalog.pg_stat_activity WHERE pid = {pid}"
_CANCEL = "SELECT pg_internal.pg_cancel_backend({pid})"


def cancel(statement: Statement, session: Session) -> str:
    """CANCEL process ['message']; the message is the sender's."""
    parser = Parser(statement)
    parser.expect("cancel")
    pid = parser.take_integer()
    message = parser.take_string() if parser.peek is not None else ""
    parser.expect_end()
    if not session.query(fill(_IS_SESSION, pid=pid)):
        raise RedshiftError(
            f"Session {pid} does not exist. The session PID might have changed. Check the"
            " stl_restarted_sessions system table for details."
        )
    session.query(fill(_CANCEL, pid=pid))
    session.notice(message or f"the query of process {pid} was canceled")
    return "CANCEL"

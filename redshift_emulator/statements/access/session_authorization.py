"""SET SESSION AUTHORIZATION: a superuser works as another user.

https://docs.aws.amazon.com/redshift/latest/dg/r_SET_SESSION_AUTHORIZATION.html
"""

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import require_user, take_user


def set_session_authorization(statement: Statement, session: Session) -> str:
    """SET [LOCAL] SESSION AUTHORIZATION { user | 'user' | DEFAULT }.

    PostgreSQL refuses it unless the user who has logged in, now another one or not, is a
    superuser.
    """
    parser = Parser(statement)
    parser.expect("set")
    local = "LOCAL " if parser.accept("local") else ""
    parser.expect("session", "authorization")
    if parser.accept("default"):
        name = None
    else:
        name = parser.take_string() if parser.at_string() else take_user(parser)
    parser.expect_end()
    _refuse_in_definers(session, "SET")
    if name is not None:
        require_user(session, name)
    user = "DEFAULT" if name is None else quoted(name)
    session.relay(f"SET {local}SESSION AUTHORIZATION {user}")
    return "SET"


def reset_session_authorization(statement: Statement, session: Session) -> str:
    """RESET SESSION AUTHORIZATION: what SET SESSION AUTHORIZATION DEFAULT does.

    Amazon's examples use it: https://docs.aws.amazon.com/redshift/latest/dg/t_ddm.html
    """
    parser = Parser(statement)
    parser.expect("reset", "session", "authorization")
    parser.expect_end()
    _refuse_in_definers(session, "RESET")
    session.relay("SET SESSION AUTHORIZATION DEFAULT")
    return "RESET"


def _refuse_in_definers(session: Session, command: str) -> None:
    if session.acting_as:
        message = f"{command} SESSION AUTHORIZATION in a procedure with SECURITY DEFINER"
        raise NotSupportedError(f"{message}: not supported by the emulator")

"""Users and groups as PostgreSQL's roles.

A user ``ann`` is the role ``ann``, a group ``etl`` the role ``group:etl``: a user and a group may
have the same name.
"""

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, quoted
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.session import Session


def group_role(name: str) -> str:
    """Return the quoted role of a group: ``"group:etl"`` for ``etl``."""
    return quoted(f"group:{name}")


def take_user(parser: Parser) -> str:
    """Take a user's name; a quoted one keeps its case, in any session."""
    token = parser.peek
    if token is not None and token.kind is Kind.QUOTED:
        parser.position += 1
        return parser.statement.text[token.start + 1 : token.end - 1].replace('""', '"')
    return parser.take_name()


def take_users(parser: Parser) -> list[str]:
    """Take ``user, ...``."""
    return parser.take_list(lambda: take_user(parser))


def require_superuser(session: Session, action: str) -> None:
    """Refuse an action, such as ``create users``, unless the session's user is a superuser."""
    if session.query("SELECT current_setting('is_superuser')")[0][0] != "on":
        raise RedshiftError(f"must be superuser to {action}", sqlstate="42501")


def is_user(session: Session, name: str) -> bool:
    """Return whether a user of this name exists."""
    query = "SELECT FROM pg_internal.pg_user WHERE usename = {name}"
    return bool(session.query(fill(query, name=name)))


def require_user(session: Session, name: str) -> None:
    """Refuse the name of a user who does not exist."""
    if not is_user(session, name):
        raise RedshiftError(f'user "{name}" does not exist', sqlstate="42704")


def drop_role(session: Session, role: str, kind: str, name: str) -> None:
    """Drop the role of a ``kind``, user or group, in Redshift's words if something depends on it.

    Something depends on a role that owns an object or has a privilege on one.
    """
    try:
        session.run_as_engine(f"DROP ROLE {role}")
    except BackendError as error:
        if error.sqlstate != "2BP01":
            raise
        owns = "owner of" in error.detail
        why = "owns some object" if owns else "has a privilege on some object"
        message = f'{kind} "{name}" can\'t be dropped because the {kind} {why}'
        raise RedshiftError(message, sqlstate="55006", detail=error.detail) from error

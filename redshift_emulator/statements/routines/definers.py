"""SECURITY DEFINER: a procedure that runs with the privileges of its owner.

PostgreSQL lets a session act as a role of which its user is a member. The user is made one of the
role ``definer:OWNER``, which is a member of the owner and inherits nothing from it. So only the
emulator can act as the owner: it refuses SET ROLE, also by SET_CONFIG, and other users as owners.
https://docs.aws.amazon.com/redshift/latest/dg/stored-procedure-security-and-privileges.html
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.tokens import quoted
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.session import Session

_USERS = """
SELECT current_user, session_user, pg_has_role(session_user, {owner}, 'MEMBER')"""
_LINK = """
DO $$
BEGIN
    CREATE ROLE {link:sql} NOLOGIN NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
GRANT {owner:sql} TO {link:sql};
GRANT {link:sql} TO {user:sql}"""
# A session learns of other sessions' grants when it acquires a lock on a table.
_LEARN = """
SAVEPOINT grants; LOCK TABLE pg_internal.installation IN ACCESS SHARE MODE;
ROLLBACK TO SAVEPOINT grants; RELEASE SAVEPOINT grants"""
_CIRCULAR = "0LP01"


@contextmanager
def acting_as(session: Session, owner: str) -> Iterator[None]:
    """Act as the owner of a procedure; an empty one is that of SECURITY INVOKER."""
    ((current, user, may),) = (
        session.query(fill(_USERS, owner=owner)) if owner else [("", "", "t")]
    )
    if owner == current:
        yield
        return
    if may != "t":
        _link(session, user or "", owner)
    before = session.acting_as
    session.acting_as = f"SET LOCAL ROLE {quoted(owner)}"
    try:
        session.run(session.acting_as)
        yield
        session.run(before or "RESET ROLE")
    finally:
        session.acting_as = before


def _link(session: Session, user: str, owner: str) -> None:
    """Let the sessions of a user act as an owner, whatever becomes of this transaction."""
    names = {"link": quoted(f"definer:{owner}"), "owner": quoted(owner), "user": quoted(user)}
    with closing(session.superuser_backend()) as backend:
        try:
            backend.execute(fill(_LINK, **names))
        except BackendError as error:
            if error.sqlstate != _CIRCULAR:
                raise
            message = f"SECURITY DEFINER procedures of {owner} and of {user}, each called by the"
            raise NotSupportedError(f"{message} other: not supported by the emulator") from error
    session.run_as_engine(_LEARN)

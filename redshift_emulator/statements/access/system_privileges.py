"""Statements on objects of others, by the system privileges of roles.

https://docs.aws.amazon.com/redshift/latest/dg/r_roles-system-privileges.html
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from redshift_emulator.language.tokens import quoted
from redshift_emulator.session.install import ENGINE
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.roles import has_privilege

# The privilege by which a user may run a statement on any object.
ON_ANY_OBJECT = {
    ("alter", "table"): "ALTER TABLE",
    ("analyse",): "ANALYZE",
    ("analyze",): "ANALYZE",
    ("drop", "function"): "DROP FUNCTION",
    ("drop", "materialized"): "DROP VIEW",
    ("drop", "procedure"): "DROP PROCEDURE",
    ("drop", "schema"): "DROP SCHEMA",
    ("drop", "table"): "DROP TABLE",
    ("drop", "view"): "DROP VIEW",
    ("truncate",): "TRUNCATE TABLE",
    ("vacuum",): "VACUUM",
}


def privileged(words: tuple[str, ...], session: Session) -> AbstractContextManager[None]:
    """Return the context of a statement: as the emulator's role if the user has its privilege."""
    privilege = ON_ANY_OBJECT.get(words[:2]) or ON_ANY_OBJECT.get(words[:1])
    if privilege is None or not has_privilege(session, privilege):
        return nullcontext()
    return _as_engine(session)


@contextmanager
def _as_engine(session: Session) -> Iterator[None]:
    """Act as the emulator's role, with the user's search path."""
    before = session.acting_as
    path = session.query("SHOW search_path")[0][0] or '""'
    own = path.replace('"$user"', quoted(session.user))
    session.acting_as = f"SET LOCAL ROLE {ENGINE}; SET LOCAL search_path = {own}"
    try:
        session.run(session.acting_as)
        yield
        session.run(f"{before or 'RESET ROLE'}; SET LOCAL search_path = {path}")
    finally:
        session.acting_as = before

"""Statements on objects of others, by the system privileges of roles.

https://docs.aws.amazon.com/redshift/latest/dg/r_roles-system-privileges.html
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name
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

_LACKING = """
SELECT p FROM unnest(ARRAY['CREATE', 'USAGE']) AS p
JOIN pg_catalog.pg_namespace AS n ON n.nspname = {schema}
WHERE NOT has_schema_privilege(n.oid, p)"""


def privileged(words: tuple[str, ...], session: Session) -> AbstractContextManager[None]:
    """Return the context of a statement: as the emulator's role if the user has its privilege."""
    privilege = ON_ANY_OBJECT.get(words[:2]) or ON_ANY_OBJECT.get(words[:1])
    if privilege is None or not has_privilege(session, privilege):
        return nullcontext()
    return _as_engine(session)


@contextmanager
def creating_table(session: Session, name: Name, *, temporary: bool) -> Iterator[None]:
    """Create a table in any schema, by the privilege CREATE TABLE; it belongs to the user."""
    lacking: list[str] = []
    if not temporary and has_privilege(session, "CREATE TABLE"):
        schema = name.schema or session.current_schema()
        rows = session.query(fill(_LACKING, schema=schema))
        lacking = [privilege or "" for (privilege,) in rows]
    if lacking:
        what = f"{', '.join(lacking)} ON SCHEMA {quoted(schema)}"
        session.run_as_engine(f"GRANT {what} TO {quoted(session.user)}")
    yield
    if lacking:
        session.run_as_engine(f"REVOKE {what} FROM {quoted(session.user)}")


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

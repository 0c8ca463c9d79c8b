"""GRANT and REVOKE of USAGE ON DATABASE, which matters for databases of data shares only.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
"""

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Parser
from redshift_emulator.session.session import Session

_OPTION = " WITH GRANT OPTION"
_MAY = """
SELECT pg_has_role(datdba, 'USAGE') FROM pg_catalog.pg_database
WHERE datname = current_database()"""
_SAVE = """
INSERT INTO pg_internal.database_usage AS u (grantee, grantable)
VALUES ({grantee:sql}, {grantable})
ON CONFLICT (grantee) DO UPDATE SET grantable = u.grantable OR excluded.grantable"""
_DELETE = "DELETE FROM pg_internal.database_usage WHERE grantee = {grantee:sql}"


def take_databases(parser: Parser) -> None:
    """Take ``USAGE ON DATABASE name, ...``, which must be the current database."""
    parser.expect("usage", "on", "database")
    parser.take_list(parser.take_database)


def change_usage(session: Session, grantees: str, *, grants: bool) -> None:
    """Save or delete the privileges of ``"bob", "role:etl" [WITH GRANT OPTION]``."""
    if session.query(_MAY) != [("t",)]:
        raise RedshiftError(f"must be owner of database {session.database}", sqlstate="42501")
    grantable = grantees.endswith(_OPTION)
    for grantee in grantees.removesuffix(_OPTION).split(", "):
        number = "0" if grantee == "PUBLIC" else fill("{role}::regrole", role=grantee)
        template = _SAVE if grants else _DELETE
        session.run_as_engine(fill(template, grantee=number, grantable=grantable))

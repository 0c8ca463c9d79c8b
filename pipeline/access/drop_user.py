"""What must be said before a user can be dropped.

Redshift has neither DROP OWNED nor REASSIGN OWNED. Only the current database is looked at: what a
user owns in others stays there without an owner.
https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_USER.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.access.current import CurrentState, Row
from pipeline.errors import UsageError
from pipeline.names import TableName
from pipeline.sql.access import acl, privileges, users
from pipeline.sql.access.privileges import Grantee
from pipeline.sql.statement import Statement
from pipeline.sql.tables import ddl


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a user has beyond what ``CurrentState`` tells, in a fixed order."""

    relations: tuple[TableName, ...] = ()
    routines: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    granted: tuple[TableName, ...] = ()
    """Tables and views on which the user holds a privilege."""


def questions(user: str) -> dict[str, Statement]:
    """Return the questions by name; ``read_holdings`` takes all answers under the same names."""
    return {name: Statement(text, {"user": user}) for name, text in _QUESTIONS.items()}


_QUESTIONS = {
    "relations": """\
SELECT
    n.nspname AS schema_name,
    c.relname AS relation_name
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
JOIN pg_catalog.pg_user AS u
    ON u.usesysid = c.relowner
WHERE u.usename = %(user)s
    AND c.relkind IN ('r', 'v', 'm')
    AND SUBSTRING(n.nspname, 1, 3) <> 'pg_'
ORDER BY 1, 2""",
    "routines": """\
SELECT
    n.nspname AS schema_name,
    p.proname AS routine_name
FROM pg_catalog.pg_proc AS p
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = p.pronamespace
JOIN pg_catalog.pg_user AS u
    ON u.usesysid = p.proowner
WHERE u.usename = %(user)s
ORDER BY 1, 2""",
    "databases": """\
SELECT d.datname AS database_name
FROM pg_catalog.pg_database AS d
JOIN pg_catalog.pg_user AS u
    ON u.usesysid = d.datdba
WHERE u.usename = %(user)s
ORDER BY 1""",
    "granted": """\
SELECT
    n.nspname AS schema_name,
    c.relname AS relation_name,
    ARRAY_TO_STRING(c.relacl, CHR(10)) AS acl
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
WHERE STRPOS(ARRAY_TO_STRING(c.relacl, CHR(10)), %(user)s) > 0
ORDER BY 1, 2""",
}


def read_holdings(user: str, answers: Mapping[str, Sequence[Row]]) -> Holdings:
    """Read the answers to all ``questions``, which find the name within longer ones too."""
    named = (
        row for row in answers["granted"] if Grantee("user", user) in dict(acl.read(row["acl"]))
    )
    return Holdings(
        relations=tuple(map(_relation, answers["relations"])),
        routines=tuple(
            f"{row['schema_name']}.{row['routine_name']}" for row in answers["routines"]
        ),
        databases=tuple(row["database_name"] for row in answers["databases"]),
        granted=tuple(map(_relation, named)),
    )


def _relation(row: Row) -> TableName:
    return TableName(row["schema_name"], row["relation_name"])


def plan_drop_user(
    current: CurrentState, holdings: Holdings, user: str, *, new_owner: str
) -> tuple[Statement, ...]:
    """Return what gives a user's schemas and relations to ``new_owner`` and drops the user.

    UsageError where there is no such user, the user is the heir, or owns what cannot be given away
    here.
    """
    if user not in current.search_paths:
        raise UsageError(f"there is no user '{user}'")
    if user == new_owner:
        raise UsageError(f"'{user}' owns the warehouse and cannot be dropped")
    kept = [f"the routine {name}" for name in holdings.routines]
    kept += [f"the database {name}" for name in holdings.databases]
    if kept:
        raise UsageError(f"'{user}' owns {', '.join(kept)}; drop it or give it to somebody first")
    return (
        *_inherited(current, holdings, user, new_owner),
        *_revoked(current, holdings, Grantee("user", user)),
        *_unpromised(current, user),
        *(users.remove_from_group(group, user) for group in _groups(current, user)),
        users.drop_user(user),
    )


def _inherited(
    current: CurrentState, holdings: Holdings, user: str, new_owner: str
) -> Iterator[Statement]:
    for schema in sorted(current.schema_owners):
        if current.schema_owners[schema] == user:
            yield privileges.alter_schema_owner(schema, new_owner)
    for name in holdings.relations:
        yield ddl.alter_owner(name, new_owner)


def _revoked(current: CurrentState, holdings: Holdings, user: Grantee) -> Iterator[Statement]:
    for name in holdings.granted:
        yield privileges.revoke_table(name, user)
    for schema in sorted({grant.on for grant in current.schema_grants if grant.grantee == user}):
        yield privileges.revoke_schema(schema, user)
    if any(grant.grantee == user for grant in current.database_grants):
        yield privileges.revoke_database(current.database, user)


def _unpromised(current: CurrentState, user: str) -> Iterator[Statement]:
    """Take back the user's default privileges, those given and those received."""
    found = {
        (grant.owner, grant.schema or "", grant.grantee)
        for grant in current.default_grants
        if grant.owner == user or grant.grantee == Grantee("user", user)
    }
    for owner, schema, grantee in sorted(found):
        yield privileges.default_revoke(owner, schema or None, grantee)


def _groups(current: CurrentState, user: str) -> list[str]:
    return sorted(group for group, member in current.members if member == user)

"""What there is in a warehouse beside tables: groups, users, schemas, owners, privileges.

All of it stands in the catalog, which every user may read, but for other users' default
privileges.
https://docs.aws.amazon.com/redshift/latest/dg/c_intro_catalog_views.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.names import TableName, fold
from pipeline.sql.access import acl
from pipeline.sql.access.acl import Grant
from pipeline.sql.access.privileges import Grantee
from pipeline.sql.statement import Statement

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DefaultGrant:
    """A privilege that tables get which ``owner`` creates; ``schema`` is None for all schemas."""

    owner: str
    schema: str | None
    privilege: str
    grantee: Grantee


@dataclass(frozen=True, slots=True)
class CurrentState:
    """The state of a warehouse as far as the pipeline has a say in it."""

    database: str
    database_owner: str
    open_by_default: bool = False
    """The database's privileges were never changed: PUBLIC may create temporary tables."""
    groups: frozenset[str] = frozenset()
    members: frozenset[tuple[str, str]] = frozenset()
    """Pairs of group and user."""
    search_paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By user, of whom there is an entry each."""
    superusers: frozenset[str] = frozenset()
    schema_owners: Mapping[str, str] = field(default_factory=dict)
    database_grants: frozenset[Grant] = frozenset()
    schema_grants: frozenset[Grant] = frozenset()
    default_grants: frozenset[DefaultGrant] = frozenset()
    tables: frozenset[TableName] = frozenset()
    """Those of the marker schema."""


def questions(marker_schema: str) -> dict[str, Statement]:
    """Return the questions by name; ``read_current_state`` takes the answers under them."""
    return {name: Statement(text) for name, text in _QUESTIONS.items()} | {
        "tables": Statement(_TABLES, {"schema": marker_schema})
    }


_QUESTIONS = {
    "database": """\
SELECT
    datname AS database_name,
    PG_GET_USERBYID(datdba) AS owner_name,
    ARRAY_TO_STRING(datacl, CHR(10)) AS acl
FROM pg_catalog.pg_database
WHERE datname = CURRENT_DATABASE()""",
    "groups": """\
SELECT groname AS group_name
FROM pg_catalog.pg_group
ORDER BY 1""",
    "members": """\
SELECT
    g.groname AS group_name,
    u.usename AS user_name
FROM pg_catalog.pg_group AS g
JOIN pg_catalog.pg_user AS u
    ON u.usesysid = ANY(g.grolist)
ORDER BY 1, 2""",
    "users": """\
SELECT
    usename AS user_name,
    usesuper AS is_superuser,
    ARRAY_TO_STRING(useconfig, CHR(10)) AS settings
FROM pg_catalog.pg_user
ORDER BY 1""",
    "schemas": """\
SELECT
    nspname AS schema_name,
    PG_GET_USERBYID(nspowner) AS owner_name,
    ARRAY_TO_STRING(nspacl, CHR(10)) AS acl
FROM pg_catalog.pg_namespace
WHERE SUBSTRING(nspname, 1, 3) <> 'pg_'
    AND nspname <> 'information_schema'
ORDER BY 1""",
    "defaults": """\
SELECT
    PG_GET_USERBYID(d.defacluser) AS owner_name,
    n.nspname AS schema_name,
    ARRAY_TO_STRING(d.defaclacl, CHR(10)) AS acl
FROM pg_catalog.pg_default_acl AS d
LEFT JOIN pg_catalog.pg_namespace AS n
    ON n.oid = d.defaclnamespace
WHERE d.defaclobjtype = 'r'
ORDER BY 1, 2""",
}
_TABLES = """\
SELECT
    n.nspname AS schema_name,
    c.relname AS table_name
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n
    ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s
    AND c.relkind = 'r'
ORDER BY 1, 2"""


def read_current_state(answers: Mapping[str, Sequence[Row]]) -> CurrentState:
    """Read the answers to all ``questions``."""
    database = answers["database"][0]
    return CurrentState(
        database=database["database_name"],
        database_owner=database["owner_name"],
        open_by_default=database["acl"] is None,
        groups=frozenset(row["group_name"] for row in answers["groups"]),
        members=frozenset((row["group_name"], row["user_name"]) for row in answers["members"]),
        search_paths={
            row["user_name"]: search_path(row["settings"] or "") for row in answers["users"]
        },
        superusers=frozenset(row["user_name"] for row in answers["users"] if row["is_superuser"]),
        schema_owners={row["schema_name"]: row["owner_name"] for row in answers["schemas"]},
        database_grants=frozenset(acl.grants(database["database_name"], database["acl"])),
        schema_grants=frozenset(
            grant
            for row in answers["schemas"]
            for grant in acl.grants(row["schema_name"], row["acl"])
        ),
        default_grants=frozenset(
            DefaultGrant(row["owner_name"], row["schema_name"], privilege, grantee)
            for row in answers["defaults"]
            for grantee, privilege in acl.read(row["acl"])
        ),
        tables=frozenset(
            TableName(row["schema_name"], row["table_name"]) for row in answers["tables"]
        ),
    )


_SCHEMA = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^",]+))\s*(?:,|$)')


def search_path(settings: str) -> tuple[str, ...]:
    """Read the schemas of ``search_path`` from a user's settings, one a line."""
    for line in settings.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "search_path":
            return tuple(
                fold((quoted or plain).strip().replace('""', '"').strip("'"))
                for quoted, plain in _SCHEMA.findall(value)
            )
    return ()

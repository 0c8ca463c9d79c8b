"""What there is in a warehouse beside tables: groups, users, schemas, owners, privileges.

The questions are asked one by one and none joins a SVV view with a catalog table, since the former
are answered by the compute nodes and the latter by the leader. Only a superuser sees all
privileges.
https://docs.aws.amazon.com/redshift/latest/dg/c_sql-functions-leader-node.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.names import TableName, fold
from pipeline.sql.privileges import Grantee
from pipeline.sql.statement import Statement

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Grant:
    """A privilege on a database or schema as the SVV views write it, such as USAGE or TEMP."""

    on: str
    privilege: str
    grantee: Grantee


@dataclass(frozen=True, slots=True)
class DefaultGrant:
    """A privilege that tables get which ``owner`` creates; ``schema`` is None for all schemas."""

    owner: str
    schema: str | None
    privilege: str
    grantee: Grantee


@dataclass(frozen=True, slots=True)
class Present:
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
    schema_owners: Mapping[str, str] = field(default_factory=dict)
    database_grants: frozenset[Grant] = frozenset()
    schema_grants: frozenset[Grant] = frozenset()
    default_grants: frozenset[DefaultGrant] = frozenset()
    tables: frozenset[TableName] = frozenset()
    """Those of the marker schema."""


def questions(marker_schema: str) -> dict[str, Statement]:
    """Return the questions by name; ``read_present`` takes all answers under the same names."""
    return {name: Statement(text) for name, text in _QUESTIONS.items()} | {
        "tables": Statement(_TABLES, {"schema": marker_schema})
    }


_QUESTIONS = {
    "database": """\
SELECT
    datname AS database_name,
    PG_GET_USERBYID(datdba) AS owner_name,
    CASE WHEN datacl IS NULL THEN 1 ELSE 0 END AS open_by_default
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
    ARRAY_TO_STRING(useconfig, CHR(10)) AS settings
FROM pg_catalog.pg_user
ORDER BY 1""",
    "schemas": """\
SELECT
    nspname AS schema_name,
    PG_GET_USERBYID(nspowner) AS owner_name
FROM pg_catalog.pg_namespace
WHERE SUBSTRING(nspname, 1, 3) <> 'pg_'
    AND nspname <> 'information_schema'
ORDER BY 1""",
    "database_grants": """\
SELECT
    database_name,
    privilege_type,
    identity_type,
    identity_name
FROM svv_database_privileges""",
    "schema_grants": """\
SELECT
    namespace_name AS schema_name,
    privilege_type,
    identity_type,
    identity_name
FROM svv_schema_privileges""",
    "default_grants": """\
SELECT
    schema_name,
    owner_name,
    privilege_type,
    grantee_type,
    grantee_name
FROM svv_default_privileges
WHERE object_type = 'RELATION'""",
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


def read_present(answers: Mapping[str, Sequence[Row]]) -> Present:
    """Read the answers to all ``questions``."""
    database = answers["database"][0]
    return Present(
        database=database["database_name"],
        database_owner=database["owner_name"],
        open_by_default=bool(database["open_by_default"]),
        groups=frozenset(row["group_name"] for row in answers["groups"]),
        members=frozenset((row["group_name"], row["user_name"]) for row in answers["members"]),
        search_paths={
            row["user_name"]: search_path(row["settings"] or "") for row in answers["users"]
        },
        schema_owners={row["schema_name"]: row["owner_name"] for row in answers["schemas"]},
        database_grants=_grants(
            (
                row
                for row in answers["database_grants"]
                if row["database_name"] == database["database_name"]
            ),
            "database_name",
        ),
        schema_grants=_grants(answers["schema_grants"], "schema_name"),
        default_grants=frozenset(map(_default_grant, answers["default_grants"])),
        tables=frozenset(
            TableName(row["schema_name"], row["table_name"]) for row in answers["tables"]
        ),
    )


def _grants(rows: Iterable[Row], on: str) -> frozenset[Grant]:
    return frozenset(
        Grant(
            row[on],
            row["privilege_type"].upper(),
            _grantee(row["identity_type"], row["identity_name"]),
        )
        for row in rows
    )


def _default_grant(row: Row) -> DefaultGrant:
    return DefaultGrant(
        row["owner_name"],
        row["schema_name"] or None,
        row["privilege_type"].upper(),
        _grantee(row["grantee_type"], row["grantee_name"]),
    )


def _grantee(kind: str, name: str | None) -> Grantee:
    lowered: Any = kind.strip().lower()
    return Grantee("public") if lowered == "public" else Grantee(lowered, name or "")


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

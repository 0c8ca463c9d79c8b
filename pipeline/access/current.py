"""Current state of a warehouse: groups, users, schemas, owners, privileges, and a user's holdings.

Read from the rows of the queries in ``pipeline.sql.access.catalog``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from pipeline.access import acl
from pipeline.access.acl import Grant
from pipeline.names import TableName, fold
from pipeline.sql.access.privileges import Grantee, Objects, Routine

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DefaultGrant:
    """A privilege on every object that ``owner`` will create in ``schema`` (None: in any)."""

    owner: str
    schema: str | None
    privilege: str
    grantee: Grantee
    objects: Objects = "TABLES"


_OBJECTS: Mapping[str, Objects] = {"r": "TABLES", "f": "FUNCTIONS", "p": "PROCEDURES"}


@dataclass(frozen=True, slots=True)
class CurrentState:
    """The part of a warehouse that the bootstrap and the users' commands compare and change."""

    database: str
    database_owner: str
    open_by_default: bool = False
    """The database still has its default privileges: PUBLIC may create temporary tables."""
    groups: frozenset[str] = frozenset()
    members: frozenset[tuple[str, str]] = frozenset()
    """(group, user) pairs."""
    search_paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Schemas by user. Each user has an entry."""
    superusers: frozenset[str] = frozenset()
    schema_owners: Mapping[str, str] = field(default_factory=dict)
    database_grants: frozenset[Grant] = frozenset()
    schema_grants: frozenset[Grant] = frozenset()
    default_grants: frozenset[DefaultGrant] = frozenset()
    tables: Mapping[TableName, frozenset[str]] = field(default_factory=dict)
    """Columns by table of the marker schema."""
    table_grants: frozenset[Grant] = frozenset()
    """Those on tables of the marker schema."""
    others: Mapping[TableName, str] = field(default_factory=dict)
    """Owners of the relations in the warehouse's schemas that its owner does not own."""


def read_current_state(rows: Mapping[str, Sequence[Row]]) -> CurrentState:
    """Read the rows of ``select_current_state``, by the names of its queries."""
    database = rows["database"][0]
    return CurrentState(
        database=database["database_name"],
        database_owner=database["owner_name"],
        open_by_default=database["acl"] is None,
        groups=frozenset(row["group_name"] for row in rows["groups"]),
        members=frozenset((row["group_name"], row["user_name"]) for row in rows["members"]),
        search_paths={
            row["user_name"]: search_path(row["settings"] or "") for row in rows["users"]
        },
        superusers=frozenset(row["user_name"] for row in rows["users"] if row["is_superuser"]),
        schema_owners={row["schema_name"]: row["owner_name"] for row in rows["schemas"]},
        database_grants=frozenset(acl.grants(database["database_name"], database["acl"])),
        schema_grants=frozenset(
            grant
            for row in rows["schemas"]
            for grant in acl.grants(row["schema_name"], row["acl"])
        ),
        default_grants=frozenset(
            DefaultGrant(row["owner_name"], row["schema_name"], privilege, grantee, objects)
            for row in rows["defaults"]
            for objects in (_OBJECTS[row["object_type"]],)
            for grantee, privilege in acl.read(row["acl"])
        ),
        tables=_tables(rows["columns"]),
        table_grants=frozenset(
            grant
            for name, found in groupby(rows["columns"], _table)
            for grant in acl.grants(str(name), next(found)["acl"])
        ),
        others={_relation(row): row["owner_name"] for row in rows["others"]},
    )


def _tables(rows: Sequence[Row]) -> dict[TableName, frozenset[str]]:
    found: dict[TableName, set[str]] = {}
    for row in rows:
        found.setdefault(_table(row), set()).add(row["column_name"])
    return {name: frozenset(names) for name, names in found.items()}


def _table(row: Row) -> TableName:
    return TableName(row["schema_name"], row["table_name"])


_SCHEMA = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^",]+))\s*(?:,|$)')


def search_path(settings: str) -> tuple[str, ...]:
    """Return the schemas of ``search_path`` in a user's settings, which are ``name=value`` lines.

    ``search_path="$user", dw`` is read as ``("$user", "dw")``.
    """
    for line in settings.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "search_path":
            return tuple(
                fold((quoted or plain).strip().replace('""', '"').strip("'"))
                for quoted, plain in _SCHEMA.findall(value)
            )
    return ()


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a user owns or holds privileges on, beyond ``CurrentState``; in a fixed order."""

    relations: tuple[TableName, ...] = ()
    routines: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    granted: tuple[TableName, ...] = ()
    """Tables and views on which the user holds a privilege."""
    columns: Mapping[TableName, tuple[str, ...]] = field(default_factory=dict)
    """Columns on which the user holds a privilege."""
    callable: tuple[Routine, ...] = ()
    """Functions and procedures on which the user holds a privilege."""


def read_holdings(user: str, rows: Mapping[str, Sequence[Row]]) -> Holdings:
    """Read the rows of ``select_holdings``, by the names of its queries."""
    grantee = Grantee("user", user)
    return Holdings(
        relations=tuple(map(_relation, rows["relations"])),
        routines=tuple(f"{row['schema_name']}.{row['routine_name']}" for row in rows["routines"]),
        databases=tuple(row["database_name"] for row in rows["databases"]),
        granted=tuple(
            _relation(row) for row in rows["granted"] if grantee in dict(acl.read(row["acl"]))
        ),
        columns={
            name: tuple(row["column_name"] for row in found)
            for name, found in groupby(rows["granted_columns"], _relation)
        },
        callable=tuple(
            _routine(row)
            for row in rows["granted_routines"]
            if grantee in dict(acl.read(row["acl"]))
        ),
    )


def _routine(row: Row) -> Routine:
    kind: Literal["FUNCTION", "PROCEDURE"] = (
        "PROCEDURE" if row["routine_kind"] == "p" else "FUNCTION"
    )
    return Routine(kind, row["schema_name"], row["routine_name"], row["argument_types"])


def _relation(row: Row) -> TableName:
    return TableName(row["schema_name"], row["relation_name"])

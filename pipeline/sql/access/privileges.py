"""Statements about owners and privileges.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_DEFAULT_PRIVILEGES.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.names import TableName
from pipeline.sql.statement import Statement, identifier, table


@dataclass(frozen=True, slots=True, order=True)
class Grantee:
    """Whom a privilege is given to, as Redshift's SVV views tell it; PUBLIC has no name."""

    kind: Literal["user", "group", "role", "public"]
    name: str = ""

    def __str__(self) -> str:
        prefix = {"user": "", "group": "GROUP ", "role": "ROLE "}
        return "PUBLIC" if self.kind == "public" else prefix[self.kind] + identifier(self.name)


PUBLIC = Grantee("public")


def alter_database_owner(database: str, owner: str) -> Statement:
    """Give the database to a user."""
    return Statement(f"ALTER DATABASE {identifier(database)}\nOWNER TO {identifier(owner)}")


def alter_schema_owner(schema: str, owner: str) -> Statement:
    """Give a schema to a user."""
    return Statement(f"ALTER SCHEMA {identifier(schema)}\nOWNER TO {identifier(owner)}")


def grant_temp(database: str, grantee: Grantee) -> Statement:
    """Allow temporary tables."""
    return Statement(f"GRANT TEMP\nON DATABASE {identifier(database)}\nTO {grantee}")


def revoke_temp(database: str, grantee: Grantee) -> Statement:
    """Forbid temporary tables."""
    return Statement(f"REVOKE TEMP\nON DATABASE {identifier(database)}\nFROM {grantee}")


def revoke_database(database: str, grantee: Grantee) -> Statement:
    """Take all privileges on the database away."""
    return Statement(f"REVOKE ALL PRIVILEGES\nON DATABASE {identifier(database)}\nFROM {grantee}")


def grant_schema(schema: str, grantee: Grantee) -> Statement:
    """Allow everything with a schema: to use it and to create in it."""
    return Statement(f"GRANT ALL PRIVILEGES\nON SCHEMA {identifier(schema)}\nTO {grantee}")


def grant_usage(schema: str, grantee: Grantee) -> Statement:
    """Allow to see what is in a schema."""
    return Statement(f"GRANT USAGE\nON SCHEMA {identifier(schema)}\nTO {grantee}")


def revoke_schema(schema: str, grantee: Grantee) -> Statement:
    """Take all privileges on a schema away."""
    return Statement(f"REVOKE ALL PRIVILEGES\nON SCHEMA {identifier(schema)}\nFROM {grantee}")


def grant_table(name: TableName, grantee: Grantee) -> Statement:
    """Allow everything with a table or view."""
    return Statement(f"GRANT ALL PRIVILEGES\nON TABLE {table(name)}\nTO {grantee}")


def grant_select(name: TableName, grantee: Grantee) -> Statement:
    """Allow to read a table or view."""
    return Statement(f"GRANT SELECT\nON TABLE {table(name)}\nTO {grantee}")


def revoke_table(name: TableName, grantee: Grantee) -> Statement:
    """Take all privileges on a table or view away."""
    return Statement(f"REVOKE ALL PRIVILEGES\nON TABLE {table(name)}\nFROM {grantee}")


def default_grant_all(owner: str, schema: str, grantee: Grantee) -> Statement:
    """Allow everything with the tables and views that ``owner`` will create in a schema."""
    return _default(owner, schema, f"GRANT ALL PRIVILEGES ON TABLES TO {grantee}")


def default_grant_select(owner: str, schema: str, grantee: Grantee) -> Statement:
    """Allow to read the tables and views that ``owner`` will create in a schema."""
    return _default(owner, schema, f"GRANT SELECT ON TABLES TO {grantee}")


def default_revoke(owner: str, schema: str | None, grantee: Grantee) -> Statement:
    """Take back what ``default_grant_all`` or ``default_grant_select`` promised."""
    return _default(owner, schema, f"REVOKE ALL PRIVILEGES ON TABLES FROM {grantee}")


def _default(owner: str, schema: str | None, clause: str) -> Statement:
    lines = [f"ALTER DEFAULT PRIVILEGES FOR USER {identifier(owner)}"]
    if schema is not None:
        lines.append(f"IN SCHEMA {identifier(schema)}")
    return Statement("\n".join([*lines, clause]))

"""Statements about owners and privileges.

https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_DEFAULT_PRIVILEGES.html
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pipeline.names import TableName
from pipeline.sql.statement import Statement, identifier, table


@dataclass(frozen=True, slots=True, order=True)
class Grantee:
    """The grantee of a privilege, with ``kind`` as in Redshift's SVV views; PUBLIC has no name.

    As text: ``"tom"``, ``GROUP "etl_rw"``, ``ROLE "r"``, ``PUBLIC``.
    """

    kind: Literal["user", "group", "role", "public"]
    name: str = ""

    def __str__(self) -> str:
        prefix = {"user": "", "group": "GROUP ", "role": "ROLE "}
        return "PUBLIC" if self.kind == "public" else prefix[self.kind] + identifier(self.name)


PUBLIC = Grantee("public")

Objects = Literal["TABLES", "FUNCTIONS", "PROCEDURES"]
"""What a default privilege is on."""


def alter_database_owner(database: str, owner: str) -> Statement:
    """Change the owner of the database."""
    return Statement(f"ALTER DATABASE {identifier(database)}\nOWNER TO {identifier(owner)}")


def alter_schema_owner(schema: str, owner: str) -> Statement:
    """Change the owner of a schema."""
    return Statement(f"ALTER SCHEMA {identifier(schema)}\nOWNER TO {identifier(owner)}")


def grant_temp(database: str, grantee: Grantee) -> Statement:
    """Grant the creation of temporary tables."""
    return Statement(f"GRANT TEMP\nON DATABASE {identifier(database)}\nTO {grantee}")


def revoke_temp(database: str, grantee: Grantee) -> Statement:
    """Revoke the creation of temporary tables."""
    return Statement(f"REVOKE TEMP\nON DATABASE {identifier(database)}\nFROM {grantee}")


def revoke_database(database: str, grantee: Grantee) -> Statement:
    """Revoke all privileges on the database."""
    return Statement(f"REVOKE ALL PRIVILEGES\nON DATABASE {identifier(database)}\nFROM {grantee}")


def grant_schema(schema: str, grantee: Grantee) -> Statement:
    """Grant USAGE and CREATE on a schema."""
    return Statement(f"GRANT ALL PRIVILEGES\nON SCHEMA {identifier(schema)}\nTO {grantee}")


def grant_usage(schema: str, grantee: Grantee) -> Statement:
    """Grant USAGE on a schema."""
    return Statement(f"GRANT USAGE\nON SCHEMA {identifier(schema)}\nTO {grantee}")


def revoke_schema(schema: str, grantee: Grantee) -> Statement:
    """Revoke all privileges on a schema."""
    return Statement(f"REVOKE ALL PRIVILEGES\nON SCHEMA {identifier(schema)}\nFROM {grantee}")


def grant_table(name: TableName, grantee: Grantee) -> Statement:
    """Grant all privileges on a table or view."""
    return Statement(f"GRANT ALL PRIVILEGES\nON TABLE {table(name)}\nTO {grantee}")


def grant_select(name: TableName, grantee: Grantee) -> Statement:
    """Grant SELECT on a table or view."""
    return Statement(f"GRANT SELECT\nON TABLE {table(name)}\nTO {grantee}")


def grant_some(
    name: TableName, privileges: Iterable[str], grantee: Grantee, *, grant_option: bool = False
) -> Statement:
    """Grant these privileges on a table or view; only users can have the grant option."""
    option = "\nWITH GRANT OPTION" if grant_option else ""
    return Statement(
        f"GRANT {', '.join(privileges)}\nON TABLE {table(name)}\nTO {grantee}{option}"
    )


def revoke_table(name: TableName, grantee: Grantee) -> Statement:
    """Revoke all privileges on a table or view."""
    return Statement(f"REVOKE ALL PRIVILEGES\nON TABLE {table(name)}\nFROM {grantee}")


def revoke_columns(name: TableName, names: Iterable[str], grantee: Grantee) -> Statement:
    """Revoke all privileges on columns of a table or view."""
    listed = ", ".join(map(identifier, names))
    return Statement(f"REVOKE ALL PRIVILEGES ({listed})\nON TABLE {table(name)}\nFROM {grantee}")


@dataclass(frozen=True, slots=True)
class Routine:
    """A function or procedure; ``arguments`` are its types as OIDVECTORTYPES lists them."""

    kind: Literal["FUNCTION", "PROCEDURE"]
    schema: str
    name: str
    arguments: str

    def __str__(self) -> str:
        name = f"{identifier(self.schema)}.{identifier(self.name)}"
        return f"{self.kind} {name}({self.arguments})"


def revoke_routine(routine: Routine, grantee: Grantee) -> Statement:
    """Revoke all privileges on a function or procedure."""
    return Statement(f"REVOKE ALL PRIVILEGES\nON {routine}\nFROM {grantee}")


def default_grant_all(owner: str, schema: str, grantee: Grantee) -> Statement:
    """Grant all privileges on the tables and views that ``owner`` will create in a schema."""
    return _default(owner, schema, f"GRANT ALL PRIVILEGES ON TABLES TO {grantee}")


def default_grant_select(owner: str, schema: str, grantee: Grantee) -> Statement:
    """Grant SELECT on the tables and views that ``owner`` will create in a schema."""
    return _default(owner, schema, f"GRANT SELECT ON TABLES TO {grantee}")


def default_revoke(
    owner: str, schema: str | None, grantee: Grantee, objects: Objects = "TABLES"
) -> Statement:
    """Revoke default privileges; ``schema`` None for those without a schema."""
    return _default(owner, schema, f"REVOKE ALL PRIVILEGES ON {objects} FROM {grantee}")


def _default(owner: str, schema: str | None, clause: str) -> Statement:
    lines = [f"ALTER DEFAULT PRIVILEGES FOR USER {identifier(owner)}"]
    if schema is not None:
        lines.append(f"IN SCHEMA {identifier(schema)}")
    return Statement("\n".join([*lines, clause]))

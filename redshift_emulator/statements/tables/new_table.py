"""What all forms of CREATE TABLE share: the head, and the books about the new table."""

from __future__ import annotations

from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.table_attributes import Attributes
from redshift_emulator.language.table_definition import Column
from redshift_emulator.language.tokens import quoted
from redshift_emulator.session.relations import Relation, find, find_one
from redshift_emulator.session.session import Session
from redshift_emulator.statements.tables.column_sql import remember_columns, remember_table


@dataclass(frozen=True, slots=True)
class Target:
    """The head of a CREATE TABLE."""

    name: Name
    temporary: bool
    if_not_exists: bool

    @property
    def head(self) -> str:
        """How the backend's statement begins."""
        return f"CREATE {'TEMP ' if self.temporary else ''}TABLE {self.name.sql}"


def parse_target(parser: Parser) -> Target:
    """Read ``CREATE [[LOCAL] {TEMP | TEMPORARY}] TABLE [IF NOT EXISTS] name``."""
    parser.expect("create")
    parser.accept("local")
    temporary = parser.accept_any("temp", "temporary") is not None
    parser.expect("table")
    if_not_exists = parser.accept("if", "not", "exists")
    name = parser.take_qualified()
    temporary = temporary or name.name.startswith("#")
    if temporary and name.schema is not None:
        message = "temporary tables may not specify a schema name"
        raise RedshiftError(message, sqlstate="42P16")
    return Target(name, temporary, if_not_exists)


def exists(session: Session, target: Target) -> bool:
    """Tell whether the name is taken in the very schema in which it would be created."""
    if target.name.schema is not None:
        return bool(find(session, [target.name]))
    schema = "'pg_temp'" if target.temporary else "quote_ident(current_schema())"
    query = "SELECT to_regclass({schema:sql} || '.' || {name}) IS NOT NULL"
    found = session.rows(fill(query, schema=schema, name=quoted(target.name.name)))
    return found[0][0] == "t"


def created(session: Session, target: Target) -> Relation:
    """Return the table that has just been created."""
    name = Name("pg_temp", target.name.name) if target.temporary else target.name
    if name.schema is None:
        name = Name(session.rows("SELECT current_schema()")[0][0], name.name)
    return find_one(session, name)


def remember(
    session: Session, table: Relation, columns: tuple[Column, ...], given: Attributes
) -> None:
    """Keep the attributes of a table and its columns."""
    temp = (table.name.schema or "").startswith("pg_temp")
    session.engine(
        f"{remember_table(table.oid, given)};"
        f"{remember_columns(table.oid, columns, given, temp=temp)}"
    )

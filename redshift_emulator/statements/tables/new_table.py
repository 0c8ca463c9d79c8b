"""The head of CREATE TABLE, which all its forms share, and the table that it creates."""

from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.tokens import quoted
from redshift_emulator.session.relations import Relation, find, find_one
from redshift_emulator.session.session import Session


@dataclass(frozen=True, slots=True)
class NewTable:
    """The head of a CREATE TABLE."""

    name: Name
    temporary: bool
    if_not_exists: bool

    @property
    def head(self) -> str:
        """The head of PostgreSQL's statement, such as ``CREATE TEMP TABLE "t"``."""
        return f"CREATE {'TEMP ' if self.temporary else ''}TABLE {self.name.sql}"


def parse_new_table(parser: Parser) -> NewTable:
    """Parse ``CREATE [[LOCAL] {TEMP | TEMPORARY}] TABLE [IF NOT EXISTS] name``.

    A name that begins with ``#``, as in ``CREATE TABLE #t``, makes the table temporary.
    """
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
    return NewTable(name, temporary, if_not_exists)


def exists(session: Session, new: NewTable) -> bool:
    """Return whether the schema that the table would be created in has a relation of its name."""
    if new.name.schema is not None:
        return bool(find(session, [new.name]))
    schema = "'pg_temp'" if new.temporary else "quote_ident(current_schema())"
    query = "SELECT to_regclass({schema:sql} || '.' || {name}) IS NOT NULL"
    found = session.query(fill(query, schema=schema, name=quoted(new.name.name)))
    return found[0][0] == "t"


def find_created(session: Session, new: NewTable) -> Relation:
    """Find the table that has just been created."""
    name = Name("pg_temp", new.name.name) if new.temporary else new.name
    if name.schema is None:
        name = Name(session.current_schema(), name.name)
    return find_one(session, name)

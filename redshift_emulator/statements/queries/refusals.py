"""What no query may contain: other databases, system tables, and values that a session keeps."""

from collections.abc import Iterable, Mapping

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Name, Parser, other_database
from redshift_emulator.language.queries.names.catalog_names import (
    is_catalog,
    is_provisioned_only,
    is_system_name,
)
from redshift_emulator.language.queries.refused.refusals import unknown_catalog_table
from redshift_emulator.language.queries.text.rewriting import Given
from redshift_emulator.language.queries.text.scan import TableReference
from redshift_emulator.language.tokens import Kind, Statement
from redshift_emulator.session.relations import Relation
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.constants import constants


def check_start(statement: Statement, session: Session, first: int) -> None:
    """Require a query at token ``first``, one without values of the session if it is stored."""
    if first >= len(statement.tokens):
        raise Parser(statement, first).fail()
    if first and statement.tokens[0].is_word("create"):
        refuse_constants(statement, session)


def check_databases(tables: Iterable[TableReference], session: Session) -> None:
    """Refuse tables of other databases."""
    for table in tables:
        if table.database not in {None, session.database}:
            raise other_database(table.database or "", session.database)


def refuse_constants(statement: Statement, session: Session) -> None:
    """Refuse values of the session in a query that is stored, as that of a view: they change."""
    given = Given(constants(session))
    for token, opening, argument in zip(
        statement.tokens, statement.tokens[1:], statement.tokens[2:], strict=False
    ):
        arguments = [argument] if argument.kind is Kind.STRING else []
        if opening.is_operator("(") and given.constant(token.value, arguments) is not None:
            raise NotSupportedError(
                f"{token.value} in a view or function: not supported by the emulator"
            )


def refuse_provisioned_only(session: Session, names: list[Name]) -> None:
    """Refuse system tables that a serverless workgroup lacks: to it, nobody may read them."""
    is_serverless = session.meter.cluster.conditions.serverless
    for name in names:
        if is_serverless and is_provisioned_only(name):
            raise RedshiftError(f"permission denied for relation {name.name}", sqlstate="42501")


def refuse_catalog(names: list[Name], relations: Mapping[Name, Relation]) -> None:
    """Refuse system tables: PostgreSQL's newer ones, like pg_roles, and Redshift's."""
    for name in names:
        found = relations.get(name)
        if is_catalog(found.name) if found else is_system_name(name):
            raise unknown_catalog_table(found.name if found else name)

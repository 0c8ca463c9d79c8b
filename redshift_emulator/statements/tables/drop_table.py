"""DROP TABLE.

https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_TABLE.html
"""

from collections.abc import Iterable

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.relations import Relation, find, missing
from redshift_emulator.session.session import Session
from redshift_emulator.statements.tables.keys import find_referencing


def drop_table(statement: Statement, session: Session) -> str:
    """DROP TABLE [IF EXISTS] name, ... [CASCADE | RESTRICT]."""
    parser = Parser(statement, database=session.database)
    parser.expect("drop", "table")
    if_exists = parser.accept("if", "exists")
    names = parser.take_list(parser.take_qualified)
    cascade = parser.take_cascade()
    parser.expect_end()
    found = find(session, names)
    for name in names:
        if name in found:
            continue
        if not if_exists:
            raise missing(name)
        session.notice(f'Table "{name}" does not exist and will be skipped')
    if found:
        if not cascade:
            _check_not_referenced(session, found.values())
        listed = ", ".join(name.sql for name in names if name in found)
        session.run(f"DROP TABLE {listed}{cascade}")
    return "DROP TABLE"


def _check_not_referenced(session: Session, tables: Iterable[Relation]) -> None:
    """Refuse to drop a table that a foreign key references, although keys are not enforced."""
    for constraint, table, referenced in find_referencing(session, [t.oid for t in tables]):
        raise RedshiftError(
            f"cannot drop table {referenced} because other objects depend on it",
            sqlstate="2BP01",
            detail=f"constraint {constraint} on table {table} depends on table {referenced}",
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )

"""CREATE TABLE and DROP TABLE.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.table_attributes import merged, parse_attributes
from redshift_emulator.language.table_definition import (
    MOST_COLUMNS,
    Column,
    ColumnParser,
    Key,
    parse_table_key,
)
from redshift_emulator.language.tokens import Statement
from redshift_emulator.session.relations import Relation, find, missing
from redshift_emulator.session.session import Session
from redshift_emulator.statements.tables.column_sql import column_sql
from redshift_emulator.statements.tables.create_table_as import create_as, create_like, parse_like
from redshift_emulator.statements.tables.keys import add_keys, referencing
from redshift_emulator.statements.tables.new_table import (
    Target,
    created,
    exists,
    parse_target,
    remember,
)

MIXED_LIKE = "LIKE beside columns: Redshift has it, this stand-in does not"


def create_table(statement: Statement, session: Session) -> str:
    """CREATE [TEMP] TABLE [IF NOT EXISTS] name ( ... ) attributes, or ... AS query."""
    parser = Parser(statement, database=session.database)
    target = parse_target(parser)
    if not _is_definition(parser):
        return create_as(statement, session, parser, target)
    if target.if_not_exists and exists(session, target):
        session.notice(f'Relation "{target.name.name}" already exists and will be skipped')
    else:
        _create(statement, session, parser, target)
    return "CREATE TABLE"


def _is_definition(parser: Parser) -> bool:
    """Tell a list of definitions from a CTAS, whose names have no types, or that has none."""
    if not parser.at_operator("("):
        return False
    after = parser.ahead(2)
    return after is not None and not after.is_operator(",", ")")


def _create(statement: Statement, session: Session, parser: Parser, target: Target) -> None:
    parser.expect_operator("(")
    if parser.accept("like"):
        like = parse_like(parser)
        if parser.at_operator(","):
            raise NotSupportedError(MIXED_LIKE)
        parser.expect_operator(")")
        given = parse_attributes(parser)
        parser.expect_end()
        create_like(session, target, like, given)
        return
    columns, keys = _definitions(parser)
    given = merged(columns, parse_attributes(parser))
    parser.expect_end()
    lines = [column_sql(statement, column, number) for number, column in enumerate(columns, 1)]
    session.run(f"{target.head} ({', '.join(lines)})")
    table = created(session, target)
    remember(session, table, columns, given)
    add_keys(session, table, keys)


def _definitions(parser: Parser) -> tuple[tuple[Column, ...], list[Key]]:
    columns: list[Column] = []
    keys: list[Key] = []
    while True:
        key = parse_table_key(parser)
        if key is not None:
            keys.append(key)
        elif parser.at("like"):
            raise NotSupportedError(MIXED_LIKE)
        else:
            reader = ColumnParser(parser)
            columns.append(reader.parse())
            keys += reader.keys
        if not parser.accept_operator(","):
            break
    parser.expect_operator(")")
    if len(columns) > MOST_COLUMNS:
        message = f"tables can have at most {MOST_COLUMNS} columns"
        raise RedshiftError(message, sqlstate="54011")
    return _with_primary(columns, keys), keys


def _with_primary(columns: list[Column], keys: list[Key]) -> tuple[Column, ...]:
    """Make a primary key's columns NOT NULL."""
    primary = {name for key in keys if key.kind == "p" for name in key.columns}
    return tuple(
        replace(column, not_null=True) if column.name in primary else column for column in columns
    )


def drop_table(statement: Statement, session: Session) -> str:
    """DROP TABLE [IF EXISTS] name, ... [CASCADE | RESTRICT]."""
    parser = Parser(statement, database=session.database)
    parser.expect("drop", "table")
    if_exists = parser.accept("if", "exists")
    names = [parser.take_qualified()]
    while parser.accept_operator(","):
        names.append(parser.take_qualified())
    cascade = parser.accept_any("cascade", "restrict") == "cascade"
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
            _check_references(session, found.values())
        listed = ", ".join(name.sql for name in names if name in found)
        session.run(f"DROP TABLE {listed}{' CASCADE' if cascade else ''}")
    return "DROP TABLE"


def _check_references(session: Session, tables: Iterable[Relation]) -> None:
    """Let a foreign key of another table hold a table, though it is not enforced."""
    for constraint, table, referenced in referencing(session, [t.oid for t in tables]):
        raise RedshiftError(
            f"cannot drop table {referenced} because other objects depend on it",
            sqlstate="2BP01",
            detail=f"constraint {constraint} on table {table} depends on table {referenced}",
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )

"""CREATE TABLE.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
"""

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
from redshift_emulator.session.session import Session
from redshift_emulator.statements.tables.column_sql import column_sql
from redshift_emulator.statements.tables.create_table_as import create_table_as
from redshift_emulator.statements.tables.create_table_like import MIXED_LIKE, create_table_like
from redshift_emulator.statements.tables.keys import add_keys
from redshift_emulator.statements.tables.new_table import (
    NewTable,
    exists,
    find_created,
    parse_new_table,
)
from redshift_emulator.statements.tables.properties import save_properties


def create_table(statement: Statement, session: Session) -> str:
    """CREATE [TEMP] TABLE [IF NOT EXISTS] name ( ... ) attributes, or ... AS query."""
    parser = Parser(statement, database=session.database)
    new = parse_new_table(parser)
    if not _at_definitions(parser):
        return create_table_as(statement, session, parser, new)
    if new.if_not_exists and exists(session, new):
        session.notice(f'Relation "{new.name.name}" already exists and will be skipped')
    else:
        _create(statement, session, parser, new)
    return "CREATE TABLE"


def _at_definitions(parser: Parser) -> bool:
    """Return whether column definitions follow: ``(a int``, not the ``(a, b) AS`` of a CTAS."""
    if not parser.at_operator("("):
        return False
    after = parser.ahead(2)
    return after is not None and not after.is_operator(",", ")")


def _create(statement: Statement, session: Session, parser: Parser, new: NewTable) -> None:
    parser.expect_operator("(")
    if parser.accept("like"):
        create_table_like(session, parser, new)
        return
    columns, keys = _parse_definitions(parser)
    given = merged(columns, parse_attributes(parser))
    parser.expect_end()
    lines = [column_sql(statement, column, number) for number, column in enumerate(columns, 1)]
    session.run(f"{new.head} ({', '.join(lines)})")
    table = find_created(session, new)
    save_properties(session, table, columns, given)
    add_keys(session, table, keys)


def _parse_definitions(parser: Parser) -> tuple[tuple[Column, ...], list[Key]]:
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

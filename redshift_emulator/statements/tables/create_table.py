"""CREATE TABLE in all its forms: column definitions, LIKE, and AS query.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html
"""

from dataclasses import dataclass, replace

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.table_attributes import (
    Attributes,
    merged,
    parse_attributes,
    with_numbers_resolved,
)
from redshift_emulator.language.table_definition import (
    MOST_COLUMNS,
    Column,
    ColumnParser,
    Key,
    parse_table_key,
)
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.query_steps import INSERT, note_steps
from redshift_emulator.session.relations import Relation, find, find_one
from redshift_emulator.session.session import Session
from redshift_emulator.statements.access.system_privileges import creating_table
from redshift_emulator.statements.queries.rewrite import rewritten
from redshift_emulator.statements.tables.column_sql import column_sql
from redshift_emulator.statements.tables.computed_columns import (
    computed_columns,
    create_probe,
    limit_unknown_widths,
)
from redshift_emulator.statements.tables.keys import add_keys
from redshift_emulator.statements.tables.like import (
    Like,
    copy_properties,
    count_columns,
    like_lines,
    parse_like,
)
from redshift_emulator.statements.tables.properties import (
    save_column_properties,
    save_properties,
)

_TOO_MANY_NAMES = "specifies more column names"
_NO_ATTRIBUTES = Attributes()


@dataclass(frozen=True, slots=True)
class NewTable:
    """The head of a CREATE TABLE."""

    name: Name
    temporary: bool
    if_not_exists: bool

    @classmethod
    def of(cls, name: Name, *, temporary: bool, if_not_exists: bool = False) -> "NewTable":
        """Return a new table; a name that begins with ``#`` makes it temporary."""
        temporary = temporary or name.name.startswith("#")
        if temporary and name.schema is not None:
            message = "temporary tables may not specify a schema name"
            raise RedshiftError(message, sqlstate="42P16")
        return cls(name, temporary, if_not_exists)

    @property
    def head(self) -> str:
        """The head of PostgreSQL's statement, such as ``CREATE TEMP TABLE "t"``."""
        return f"CREATE {'TEMP ' if self.temporary else ''}TABLE {self.name.sql}"


def create_table(statement: Statement, session: Session) -> str:
    """CREATE [TEMP] TABLE [IF NOT EXISTS] name ( ... ) attributes, or ... AS query."""
    parser = Parser(statement, database=session.database)
    new = _parse_new_table(parser)
    with creating_table(session, new.name, temporary=new.temporary):
        return _create_new(statement, session, parser, new)


def _create_new(statement: Statement, session: Session, parser: Parser, new: NewTable) -> str:
    if not _at_definitions(parser):
        return _create_as(statement, session, parser, new)
    if new.if_not_exists and _exists(session, new):
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
    items, keys = _parse_definitions(parser, new.name.name)
    columns = _with_primary(items, keys)
    likes = [item for item in items if isinstance(item, Like)]
    given = parse_attributes(parser)
    parser.expect_end()
    if likes and (given != Attributes() or any(each.distkey or each.sortkey for each in columns)):
        message = "LIKE takes distribution and sort key from the parent"
        raise RedshiftError(message, sqlstate="42601")
    lines = _render(statement, session, items, columns)
    session.run(f"{new.head} ({', '.join(lines)})")
    table = _find_created(session, new)
    if likes:
        copy_properties(session, table, likes)
        for column in columns:
            save_column_properties(session, table, column)
    else:
        save_properties(session, table, columns, merged(columns, given))
    add_keys(session, table, keys)
    if likes:
        _require_primary(session, table, columns, keys)


def _render(
    statement: Statement,
    session: Session,
    items: list[Column | Like],
    columns: tuple[Column, ...],
) -> list[str]:
    """Render the definitions in their order, with the checks of their columns."""
    lines: list[str] = []
    number = 1
    own = iter(columns)
    for item in items:
        if isinstance(item, Like):
            lines += like_lines(session, item, number)
            number += count_columns(session, item)
        else:
            lines.append(column_sql(statement, next(own), number))
            number += 1
    if number > MOST_COLUMNS + 1:
        message = f"tables can have at most {MOST_COLUMNS} columns"
        raise RedshiftError(message, sqlstate="54011")
    return lines


def _parse_definitions(parser: Parser, table: str) -> tuple[list[Column | Like], list[Key]]:
    items: list[Column | Like] = []
    keys: list[Key] = []
    while True:
        key = parse_table_key(parser)
        if key is not None:
            keys.append(key)
        elif parser.accept("like"):
            items.append(parse_like(parser))
        else:
            reader = ColumnParser(parser, table)
            items.append(reader.parse())
            keys += reader.keys
        if not parser.accept_operator(","):
            break
    parser.expect_operator(")")
    return items, keys


def _require_primary(
    session: Session, table: Relation, columns: tuple[Column, ...], keys: list[Key]
) -> None:
    """Make the columns of a primary key NOT NULL that LIKE has taken from a parent."""
    own = {column.name for column in columns}
    for name in _primary(keys):
        if name not in own:
            session.run(f"ALTER TABLE {table.name.sql} ALTER COLUMN {quoted(name)} SET NOT NULL")


def _primary(keys: list[Key]) -> list[str]:
    """Return the names of the columns of a primary key."""
    return [name for key in keys if key.kind == "p" for name in key.columns]


def _with_primary(items: list[Column | Like], keys: list[Key]) -> tuple[Column, ...]:
    """Return the columns; those of a primary key are NOT NULL."""
    primary = _primary(keys)
    columns = [item for item in items if isinstance(item, Column)]
    return tuple(
        replace(column, not_null=True) if column.name in primary else column for column in columns
    )


def _create_as(statement: Statement, session: Session, parser: Parser, new: NewTable) -> str:
    """CREATE TABLE name [(names)] attributes AS query, from after the name on."""
    if new.if_not_exists:
        raise NotSupportedError("CREATE TABLE AS does not take IF NOT EXISTS")
    names = parser.take_names() if parser.at_operator("(") else ()
    given = parse_attributes(parser)
    parser.expect("as")
    if given.encode_auto:
        raise RedshiftError("CREATE TABLE AS does not take ENCODE", sqlstate="42601")
    query = Statement(statement.text, statement.tokens[parser.position :])
    return create_from_query(session, new, query, names, given)


def create_from_query(
    session: Session,
    new: NewTable,
    statement: Statement,
    names: tuple[str, ...] = (),
    given: Attributes = _NO_ATTRIBUTES,
) -> str:
    """Create a table with a query's columns, then insert its rows; return the command tag."""
    if statement.tokens[0].is_word("table", "values"):
        word = statement.tokens[0].value.upper()
        raise NotSupportedError(f"{word} is not supported as a query")
    with rewritten(statement, session, writes=True) as (query, _):
        try:
            probe = create_probe(session, query.sql, names)
        except BackendError as error:
            if _TOO_MANY_NAMES not in error.message:
                raise
            message = "CREATE TABLE AS specifies too many column names"
            raise RedshiftError(message, sqlstate="42601") from error
        columns = computed_columns(session, probe)
        given = merged(columns, with_numbers_resolved(columns, given))
        lines = [column_sql(statement, column, number) for number, column in enumerate(columns, 1)]
        session.run(f"{new.head} ({', '.join(lines)})")
        table = _find_created(session, new)
        note_steps(session, table, INSERT)
        rows = fill("SELECT * FROM {query:sql}", query=probe.sql)
        tag = session.relay(f"INSERT INTO {table.name.sql} {rows}")
        session.run(f"DROP VIEW {probe.sql}")
    limit_unknown_widths(session, table.name, columns)
    save_properties(session, table, columns, given)
    return f"SELECT {tag.rsplit(' ', 1)[-1]}"


def _parse_new_table(parser: Parser) -> NewTable:
    """Parse ``CREATE [[LOCAL] {TEMP | TEMPORARY}] TABLE [IF NOT EXISTS] name``."""
    parser.expect("create")
    parser.accept("local")
    temporary = parser.accept_any("temp", "temporary") is not None
    parser.expect("table")
    if_not_exists = parser.accept("if", "not", "exists")
    name = parser.take_qualified()
    return NewTable.of(name, temporary=temporary, if_not_exists=if_not_exists)


def _exists(session: Session, new: NewTable) -> bool:
    """Return whether the schema that the table would be created in has a relation of its name."""
    if new.name.schema is not None:
        return bool(find(session, [new.name]))
    schema = "'pg_temp'" if new.temporary else "quote_ident(current_schema())"
    query = "SELECT to_regclass({schema:sql} || '.' || {name}) IS NOT NULL"
    found = session.query(fill(query, schema=schema, name=quoted(new.name.name)))
    return found[0][0] == "t"


def _find_created(session: Session, new: NewTable) -> Relation:
    """Find the table that has just been created."""
    name = Name("pg_temp", new.name.name) if new.temporary else new.name
    if name.schema is None:
        name = Name(session.current_schema(), name.name)
    return find_one(session, name)

"""CREATE TABLE, CREATE TABLE AS, DROP TABLE."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.local.redshift.errors import NotSupportedError, RedshiftError
from pipeline.local.redshift.keys import add_keys, referencing
from pipeline.local.redshift.parser import Name, Parser
from pipeline.local.redshift.queries import resolved
from pipeline.local.redshift.relations import Relation, columns, find, find_one, missing
from pipeline.local.redshift.session import Session
from pipeline.local.redshift.table_definition import (
    MOST_COLUMNS,
    Attributes,
    Column,
    ColumnParser,
    Key,
    merged,
    parse_attributes,
    parse_table_key,
)
from pipeline.local.redshift.table_sql import column_sql, remember_columns, remember_table
from pipeline.local.redshift.tokens import Statement, literal, quoted


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


def create_table(statement: Statement, session: Session) -> str:
    """CREATE [TEMP] TABLE [IF NOT EXISTS] name ( ... ) attributes, or ... AS query."""
    parser = Parser(statement, database=session.database)
    target = _target(parser)
    if target.if_not_exists and _exists(session, target):
        session.notice(f'Relation "{target.name.name}" already exists and will be skipped')
        return "CREATE TABLE"
    if _is_definition(parser):
        _create(statement, session, parser, target)
        return "CREATE TABLE"
    return _create_as(statement, session, parser, target)


def _target(parser: Parser) -> Target:
    parser.expect("create")
    parser.accept_any("local")
    temporary = parser.accept_any("temp", "temporary") is not None
    parser.expect("table")
    if_not_exists = parser.accept("if", "not", "exists")
    name = parser.take_qualified()
    if name.name.startswith("#"):
        temporary = True
    if temporary and name.schema is not None:
        message = "temporary tables may not specify a schema name"
        raise RedshiftError(message, sqlstate="42P16")
    return Target(name, temporary, if_not_exists)


def _exists(session: Session, target: Target) -> bool:
    """Tell whether the name is taken in the very schema in which it would be created."""
    if target.name.schema is not None:
        return bool(find(session, [target.name]))
    schema = "'pg_temp'" if target.temporary else "quote_ident(current_schema())"
    asked = f"to_regclass({schema} || '.' || {literal(quoted(target.name.name))})"
    return session.rows(f"SELECT {asked} IS NOT NULL")[0][0] == "t"


def _is_definition(parser: Parser) -> bool:
    """Tell a list of definitions from a CTAS, whose names have no types, or that has none."""
    if not parser.at_operator("("):
        return False
    after = parser.ahead(2)
    return after is not None and not after.is_operator(",", ")")


def _create(statement: Statement, session: Session, parser: Parser, target: Target) -> None:
    found, keys, like = _definitions(parser)
    given = parse_attributes(parser)
    parser.expect_end()
    if like is not None:
        _create_like(session, target, like, given)
        return
    given = merged(found, given)
    found = _with_primary(found, keys)
    if len(found) > MOST_COLUMNS:
        message = f"tables can have at most {MOST_COLUMNS} columns"
        raise RedshiftError(message, sqlstate="54011")
    lines = [column_sql(statement, column, number) for number, column in enumerate(found, 1)]
    session.run(f"{target.head} ({', '.join(lines)})")
    relation = _created(session, target)
    session.engine(
        remember_table(relation.oid, given)
        + ";"
        + remember_columns(relation.oid, found, given, temp=target.temporary)
    )
    add_keys(session, relation, keys)


def _created(session: Session, target: Target) -> Relation:
    name = Name("pg_temp", target.name.name) if target.temporary else target.name
    if name.schema is None:
        schema = session.rows("SELECT current_schema()")[0][0]
        name = Name(schema, name.name)
    return find_one(session, name)


def _definitions(parser: Parser) -> tuple[tuple[Column, ...], list[Key], Like | None]:
    parser.expect_operator("(")
    if parser.accept("like"):
        like = _like(parser)
        parser.expect_operator(")")
        return (), [], like
    found: list[Column] = []
    keys: list[Key] = []
    while True:
        key = parse_table_key(parser)
        if key is not None:
            keys.append(key)
        else:
            reader = ColumnParser(parser)
            found.append(reader.parse())
            keys += reader.keys
        if not parser.accept_operator(","):
            break
        if parser.at("like"):
            raise NotSupportedError("LIKE beside columns is not supported")
    parser.expect_operator(")")
    return tuple(found), keys, None


def _with_primary(found: tuple[Column, ...], keys: list[Key]) -> tuple[Column, ...]:
    """A primary key's columns cannot be NULL."""
    from dataclasses import replace

    primary = {name for key in keys if key.kind == "p" for name in key.columns}
    return tuple(
        replace(column, not_null=True) if column.name in primary else column for column in found
    )


@dataclass(frozen=True, slots=True)
class Like:
    """CREATE TABLE (LIKE parent [{INCLUDING | EXCLUDING} DEFAULTS])."""

    parent: Name
    defaults: bool


def _like(parser: Parser) -> Like:
    parent = parser.take_qualified()
    defaults = False
    if parser.accept("including", "defaults"):
        defaults = True
    else:
        parser.accept("excluding", "defaults")
    return Like(parent, defaults)


def _create_like(session: Session, target: Target, like: Like, given: Attributes) -> None:
    """Copy columns, checks, distribution, sort key, encodings and backup; no keys, no identity."""
    if given != Attributes():
        raise RedshiftError(
            "LIKE takes distribution and sort key from the parent", sqlstate="42601"
        )
    parent = find_one(session, like.parent)
    including = " INCLUDING DEFAULTS" if like.defaults else ""
    session.run(f"{target.head} (LIKE {parent.name.sql} INCLUDING CONSTRAINTS{including})")
    oid = _created(session, target).oid
    session.engine(
        "INSERT INTO pg_internal.table_property (relid, diststyle, sortstyle, encode_auto, backup)"
        f" SELECT {oid}, diststyle, sortstyle, encode_auto, backup"
        f" FROM pg_internal.table_property WHERE relid = {parent.oid};"
        "INSERT INTO pg_internal.column_property"
        " (relid, attnum, encoding, distkey, sortkey, varbyte)"
        " SELECT n.attrelid, n.attnum, p.encoding, p.distkey, p.sortkey, p.varbyte"
        " FROM pg_internal.column_property AS p"
        " JOIN pg_catalog.pg_attribute AS o ON o.attrelid = p.relid AND o.attnum = p.attnum"
        f" JOIN pg_catalog.pg_attribute AS n ON n.attrelid = {oid} AND n.attname = o.attname"
        f" WHERE p.relid = {parent.oid}"
    )


def _create_as(statement: Statement, session: Session, parser: Parser, target: Target) -> str:
    """Create the table from the query's columns, then fill it."""
    if target.if_not_exists:
        raise NotSupportedError("CREATE TABLE AS does not take IF NOT EXISTS")
    names = parser.take_names() if parser.at_operator("(") else ()
    given = parse_attributes(parser)
    parser.expect("as")
    if given.encode_auto:
        raise RedshiftError("CREATE TABLE AS does not take ENCODE", sqlstate="42601")
    with resolved(statement, session, parser.position, writes=True) as (query, _):
        head = f"CREATE TEMP VIEW ctas_query{_listed(names)} AS "
        session.relay(query.sql.after(head))
        found = _columns_of(session)
        given = merged(found, given)
        lines = [column_sql(statement, column, place) for place, column in enumerate(found, 1)]
        session.run(f"{target.head} ({', '.join(lines)})")
        relation = _created(session, target)
        tag = session.relay(f"INSERT INTO {relation.name.sql} SELECT * FROM pg_temp.ctas_query")
        session.run("DROP VIEW pg_temp.ctas_query")
    session.engine(
        remember_table(relation.oid, given)
        + ";"
        + remember_columns(relation.oid, found, given, temp=target.temporary)
    )
    return f"SELECT {tag.rsplit(' ', 1)[-1]}"


def _columns_of(session: Session) -> tuple[Column, ...]:
    view = Name("pg_temp", "ctas_query")
    return tuple(Column(column.name, column.type) for column in columns(session, view))


def _listed(names: tuple[str, ...]) -> str:
    return f" ({', '.join(quoted(name) for name in names)})" if names else ""


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


def _check_references(session: Session, relations: object) -> None:
    """A foreign key of another table holds a table, though it is not enforced."""
    oids = [relation.oid for relation in relations]  # type: ignore[attr-defined]
    for constraint, table, referenced in referencing(session, oids):
        raise RedshiftError(
            f"cannot drop table {referenced} because other objects depend on it",
            sqlstate="2BP01",
            detail=f"constraint {constraint} on table {table} depends on table {referenced}",
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )

"""Tables made after another one's likeness, or of a query's result.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html
"""

from __future__ import annotations

from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.table_attributes import Attributes, merged, parse_attributes
from redshift_emulator.language.table_definition import Column
from redshift_emulator.language.tokens import Statement, quoted
from redshift_emulator.session.relations import columns, find_one
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.select import resolved
from redshift_emulator.statements.tables.column_sql import column_sql
from redshift_emulator.statements.tables.new_table import Target, created, remember

_QUERY = Name("pg_temp", "ctas_query")
_COPY_PROPERTIES = """
INSERT INTO pg_internal.table_property (relid, diststyle, sortstyle, encode_auto, backup)
SELECT {oid}, diststyle, sortstyle, encode_auto, backup
FROM pg_internal.table_property
WHERE relid = {parent};
INSERT INTO pg_internal.column_property (relid, attnum, encoding, distkey, sortkey, varbyte)
SELECT n.attrelid, n.attnum, p.encoding, p.distkey, p.sortkey, p.varbyte
FROM pg_internal.column_property AS p
JOIN pg_catalog.pg_attribute AS o ON o.attrelid = p.relid AND o.attnum = p.attnum
JOIN pg_catalog.pg_attribute AS n ON n.attrelid = {oid} AND n.attname = o.attname
WHERE p.relid = {parent}"""


@dataclass(frozen=True, slots=True)
class Like:
    """CREATE TABLE (LIKE parent [{INCLUDING | EXCLUDING} DEFAULTS])."""

    parent: Name
    defaults: bool


def parse_like(parser: Parser) -> Like:
    """Read what follows LIKE."""
    parent = parser.take_qualified()
    defaults = parser.accept("including", "defaults")
    if not defaults:
        parser.accept("excluding", "defaults")
    return Like(parent, defaults)


def create_like(session: Session, target: Target, like: Like, given: Attributes) -> None:
    """Copy columns, checks, distribution, sort key, encodings and backup; no keys, no identity."""
    if given != Attributes():
        message = "LIKE takes distribution and sort key from the parent"
        raise RedshiftError(message, sqlstate="42601")
    parent = find_one(session, like.parent)
    including = " INCLUDING DEFAULTS" if like.defaults else ""
    session.run(f"{target.head} (LIKE {parent.name.sql} INCLUDING CONSTRAINTS{including})")
    oid = created(session, target).oid
    session.engine(fill(_COPY_PROPERTIES, oid=oid, parent=parent.oid))


def create_as(statement: Statement, session: Session, parser: Parser, target: Target) -> str:
    """Create the table with the query's columns, then fill it; return the command tag."""
    if target.if_not_exists:
        raise NotSupportedError("CREATE TABLE AS does not take IF NOT EXISTS")
    names = parser.take_names() if parser.at_operator("(") else ()
    given = parse_attributes(parser)
    parser.expect("as")
    if given.encode_auto:
        raise RedshiftError("CREATE TABLE AS does not take ENCODE", sqlstate="42601")
    listed = f" ({', '.join(quoted(name) for name in names)})" if names else ""
    with resolved(statement, session, parser.position, writes=True) as (query, _):
        # a view tells the types of the query's columns
        session.relay(query.sql.after(f"CREATE TEMP VIEW {quoted(_QUERY.name)}{listed} AS "))
        found = tuple(Column(column.name, column.type) for column in columns(session, _QUERY))
        given = merged(found, given)
        lines = [column_sql(statement, column, place) for place, column in enumerate(found, 1)]
        session.run(f"{target.head} ({', '.join(lines)})")
        table = created(session, target)
        rows = fill("SELECT * FROM {query:sql}", query=_QUERY.sql)
        tag = session.relay(f"INSERT INTO {table.name.sql} {rows}")
        session.run(f"DROP VIEW {_QUERY.sql}")
    remember(session, table, found, given)
    return f"SELECT {tag.rsplit(' ', 1)[-1]}"

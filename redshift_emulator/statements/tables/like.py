"""Columns that a CREATE TABLE takes from other tables: ``LIKE parent INCLUDING DEFAULTS``.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
"""

from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.queries.names.catalog_names import (
    backend_name,
    is_catalog,
    is_system_name,
)
from redshift_emulator.language.queries.refused.refusals import unknown_catalog_table
from redshift_emulator.session.relations import (
    Relation,
    find,
    find_one,
    missing,
    read_columns,
    refuse_unknown_width,
)
from redshift_emulator.session.session import Session
from redshift_emulator.statements.tables.column_sql import check_sql

_COPY_TABLE = """
INSERT INTO pg_internal.table_property (relid, diststyle, sortstyle, encode_auto, backup)
SELECT {oid}, diststyle, sortstyle, encode_auto, backup
FROM pg_internal.table_property
WHERE relid = {parent}"""
_COPY_COLUMNS = """
INSERT INTO pg_internal.column_property (relid, attnum, encoding, distkey, sortkey, varbyte)
SELECT n.attrelid, n.attnum, p.encoding, p.distkey, p.sortkey, p.varbyte
FROM pg_internal.column_property AS p
JOIN pg_catalog.pg_attribute AS o ON o.attrelid = p.relid AND o.attnum = p.attnum
JOIN pg_catalog.pg_attribute AS n ON n.attrelid = {oid} AND n.attname = o.attname
WHERE p.relid = {parent}"""
_ATTRIBUTES = """
SELECT DISTINCT t.diststyle, t.sortstyle, t.encode_auto, t.backup, k.keys
FROM unnest({parents}::oid[]) AS p (oid)
LEFT JOIN pg_internal.table_property AS t ON t.relid = p.oid
LEFT JOIN LATERAL (
    SELECT array_agg(p.oid::text || c.attnum) AS keys
    FROM pg_internal.column_property AS c
    WHERE c.relid = p.oid AND (c.distkey OR c.sortkey <> 0)
) AS k ON true"""


@dataclass(frozen=True, slots=True)
class Like:
    """The clause: the name of the parent, and whether its defaults are copied."""

    name: Name
    defaults: bool


def parse_like(parser: Parser) -> Like:
    """Read ``parent [{INCLUDING | EXCLUDING} DEFAULTS]``, which follows LIKE."""
    name = parser.take_qualified()
    including = parser.accept("including", "defaults")
    if not including:
        parser.accept("excluding", "defaults")
    return Like(name, including)


def like_lines(session: Session, like: Like, number: int) -> list[str]:
    """Render the clause and the checks of the columns, which begin at attribute ``number``."""
    parent = _find_parent(session, like.name)
    columns = read_columns(session, parent.name)
    refuse_unknown_width("LIKE", parent.name, columns)
    checks = (check_sql(each.name, each.type, place) for place, each in enumerate(columns, number))
    including = " INCLUDING DEFAULTS" if like.defaults else ""
    return [f"LIKE {parent.name.sql}{including}", *filter(None, checks)]


def _find_parent(session: Session, name: Name) -> Relation:
    """Find a parent, which must be neither a system table nor a late-binding view."""
    relation = find(session, [name]).get(name)
    for each in [name, relation.name] if relation else [name]:
        if backend_name(each):
            raise NotSupportedError(f"LIKE of system table {each}: not supported by the emulator")
        if is_catalog(each):
            raise unknown_catalog_table(each)
    if relation is None:
        raise unknown_catalog_table(name) if is_system_name(name) else missing(name)
    if relation.late_binding_query is not None:
        raise NotSupportedError(
            f'LIKE of the late-binding view "{relation.name}": not supported by the emulator'
        )
    return relation


def count_columns(session: Session, like: Like) -> int:
    """Return the number of columns that the clause stands for."""
    return len(read_columns(session, find_one(session, like.name).name))


def copy_properties(session: Session, table: Relation, likes: list[Like]) -> None:
    """Give a new table the distribution, sort key, encodings and backup of its parents.

    Which of several parents decides is not documented: they must have the same attributes.
    """
    parents = [find_one(session, like.name).oid for like in likes]
    array = "{" + ",".join(map(str, parents)) + "}"
    if len(session.query(fill(_ATTRIBUTES, parents=array))) > 1:
        raise NotSupportedError(
            "LIKE of tables with different distribution, sort keys, ENCODE AUTO or backup: not"
            " supported by the emulator"
        )
    copied = [fill(_COPY_TABLE, oid=table.oid, parent=parents[0])]
    copied += [fill(_COPY_COLUMNS, oid=table.oid, parent=parent) for parent in parents]
    session.run_as_engine(";".join(copied))

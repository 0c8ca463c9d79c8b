"""Look-up of relations and their columns, in the client's transaction."""

from collections.abc import Iterable
from dataclasses import dataclass

from redshift_emulator.language.errors import NewerRelationError, NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.interval_types import interval_of
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries.names.catalog_names import is_catalog
from redshift_emulator.language.tokens import literal
from redshift_emulator.language.types import UNKNOWN_WIDTH, RedshiftType, TableColumn
from redshift_emulator.protocol.rows import MODIFIER_OF_NAME
from redshift_emulator.session.session import Session

TABLE, VIEW, MATERIALIZED_VIEW = "r", "v", "m"
_FIND = """
SELECT n.position, c.oid, k.relkind, s.nspname, k.relname, v.query, pg_get_userbyid(k.relowner),
    EXISTS (
        SELECT FROM pg_catalog.pg_attribute WHERE attrelid = k.oid AND atttypid = 'json'::regtype
    ),
    v.names
FROM (VALUES {names}) AS n (position, name)
CROSS JOIN LATERAL (SELECT {oid}) AS c (oid)
LEFT JOIN pg_catalog.pg_class AS k ON k.oid = c.oid
LEFT JOIN pg_catalog.pg_namespace AS s ON s.oid = k.relnamespace
LEFT JOIN pg_internal.late_binding_view AS v ON v.relid = c.oid
WHERE c.oid IS NOT NULL
ORDER BY n.position"""
_OID = "to_regclass(n.name)::oid"
_LOCKED_OID = f"CASE WHEN pg_internal.lock_to_read({_OID}) THEN {_OID} END"
_EXISTS = """
SELECT FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = {schema} AND c.relname = {name} AND c.relkind IN ('r', 'v', 'm')"""
_COLUMNS = """
SELECT a.attname, t.typname, a.atttypmod, a.attnotnull, a.atthasdef, a.attidentity, p.varbyte
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_internal.column_property AS p ON p.relid = a.attrelid AND p.attnum = a.attnum
WHERE a.attrelid = {relation}::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum"""
_TYPE_NAME = "SELECT typname FROM pg_catalog.pg_type WHERE oid = {number}"
_FORMAT_TYPE = "SELECT pg_internal.format_type({number}::oid, {modifier})"
_TYPE_NAMES = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "json": "super",
    "jsonb": "super",  # of tables that earlier releases created
}
_IDENTITY = {"a": "always", "d": "by default"}


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view that exists.

    ``kind`` is TABLE, VIEW or another ``relkind`` of PostgreSQL, ``late_binding_query`` the
    query of a late-binding view, None for other relations, ``names`` the list of names for its
    columns, such as ``("a", "b")``, if it has one. ``has_super``: it has SUPER columns.
    """

    oid: int
    kind: str
    name: Name
    owner: str
    late_binding_query: str | None
    has_super: bool = False
    names: str = ""


def find(
    session: Session, names: Iterable[Name], *, to_read: bool = False
) -> dict[Name, Relation]:
    """Find the relations of these names; names without a relation are omitted.

    ``to_read``: wait until nobody replaces the tables, and let nobody do so until the transaction
    ends. A table that was created after the transaction's snapshot raises NewerRelationError.
    """
    distinct = list(dict.fromkeys(names))
    if not distinct:
        return {}
    values = ", ".join(
        f"({position}, {literal(name.sql)})" for position, name in enumerate(distinct)
    )
    found: dict[Name, Relation] = {}
    oid = _LOCKED_OID if to_read else _OID
    rows = session.query(_FIND.format(names=values, oid=oid))
    for position, number, kind, schema, relation, query, owner, has_super, columns in rows:
        name = distinct[int(position or 0)]
        if kind is None:
            raise NewerRelationError(f"{name}")
        found[name] = Relation(
            int(number or 0),
            kind,
            Name(schema, relation or ""),
            owner or "",
            query,
            has_super=has_super == "t",
            names=columns or "",
        )
    return found


def exists(session: Session, name: Name) -> bool:
    """Return whether a schema has a relation, whatever the user may do with it."""
    return bool(session.query(fill(_EXISTS, schema=name.schema, name=name.name)))


def may_have_super(session: Session, name: Name, column: str | None) -> bool:
    """Return whether a relation has a SUPER column of that name, or any if it is None.

    A late-binding view may have one; its columns are not known before it is bound.
    """
    relation = find(session, [name]).get(name)
    if relation is None:
        return False
    if column is None:
        return relation.has_super or relation.late_binding_query is not None
    if not relation.has_super:
        return False
    columns = read_columns(session, relation.name)
    return any(each.name == column and each.type.name == "super" for each in columns)


def find_one(session: Session, name: Name) -> Relation:
    """Find the relation of this name, which must exist."""
    found = find(session, [name])
    if name not in found:
        raise missing(name)
    return found[name]


def name_of(session: Session, name: Name) -> Name:
    """Return a relation's name with its schema; the name itself if there is no such relation."""
    found = find(session, [name])
    return found[name].name if name in found else name


def check_writable(session: Session, name: Name, verb: str) -> Relation:
    """Find a relation whose rows a statement changes; it must be a table."""
    refuse_catalog(name)
    relation = find_one(session, name)
    if relation.kind != TABLE:
        raise RedshiftError(f"cannot {verb} a view", sqlstate="0A000")
    return relation


def refuse_catalog(name: Name) -> None:
    """Refuse a change of a system table."""
    if is_catalog(name):
        message = f"permission denied for relation {name.name}"
        raise RedshiftError(message, sqlstate="42501")


def missing(name: Name) -> RedshiftError:
    """Build the error about a relation that does not exist."""
    return RedshiftError(f'relation "{name}" does not exist', sqlstate="42P01")


def require_owner(session: Session, relation: Relation) -> None:
    """Refuse a relation that the session's user does not own."""
    query = f"SELECT pg_has_role({literal(relation.owner)}, 'USAGE')"
    if session.query(query)[0][0] != "t":
        message = f"must be owner of relation {relation.name.name}"
        raise RedshiftError(message, sqlstate="42501")


def read_columns(session: Session, name: Name) -> tuple[TableColumn, ...]:
    """Read a table's columns in table order."""
    rows = session.query(_COLUMNS.format(relation=literal(name.sql)))
    return tuple(_column(row) for row in rows)


def refuse_unknown_width(what: str, name: Name, columns: Iterable[TableColumn]) -> None:
    """Refuse what needs the widths of a relation's columns, if one is not known."""
    for column in columns:
        if column.type == UNKNOWN_WIDTH:
            raise NotSupportedError(
                f'{what} of "{name}", whose column "{column.name}" has a computed width: not'
                " supported by the emulator",
                hint="Cast the column to VARCHAR(n) in the query that made it.",
            )


def _column(row: tuple[str | None, ...]) -> TableColumn:
    name, type_name, modifier, not_null, has_default, identity, varbyte = row
    return TableColumn(
        name or "",
        _type(type_name or "", int(modifier or -1), varbyte),
        not_null=not_null == "t",
        has_default=has_default == "t",
        identity=_IDENTITY.get(identity or ""),  # type: ignore[arg-type]
    )


def result_type(name: str, modifier: int) -> RedshiftType:
    """Return the type of a query's column, by PostgreSQL's name and modifier of the type."""
    return _type(name, modifier, None)


def type_of(session: Session, number: int, modifier: int) -> RedshiftType:
    """Return the type of a query's column, by PostgreSQL's number and modifier of the type."""
    ((name,),) = session.query(fill(_TYPE_NAME, number=number))
    return result_type(name or "", modifier)


def format_type(session: Session, number: int, modifier: int) -> str:
    """Return the name of a type, such as ``character varying(20)``."""
    ((name,),) = session.query(fill(_FORMAT_TYPE, number=number, modifier=modifier))
    return name or ""


def _type(name: str, modifier: int, varbyte: str | None) -> RedshiftType:
    if modifier == MODIFIER_OF_NAME:
        name = "sql_identifier"  # as in INFORMATION_SCHEMA without long names
    match name:
        case "varchar" | "text":
            return RedshiftType("varchar", modifier - 4) if modifier > 4 else UNKNOWN_WIDTH
        case "bpchar":
            return RedshiftType("char", modifier - 4 if modifier > 4 else 1)
        case "numeric" if modifier < 0:
            return RedshiftType("decimal")  # the result of a computation, by CREATE TABLE AS
        case "numeric":
            packed = modifier - 4
            return RedshiftType("decimal", precision=packed >> 16, scale=packed & 0x7FF)
        case "bytea":
            return RedshiftType("varbyte", int(varbyte or 64_000))
        case _:
            plain = RedshiftType(_TYPE_NAMES.get(name, name))
            return interval_of(name, modifier) or plain

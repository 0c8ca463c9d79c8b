"""What the names of a statement stand for, asked of the backend in the client's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Name
from redshift_emulator.language.tokens import literal
from redshift_emulator.language.types import RedshiftType, TableColumn
from redshift_emulator.session.session import Session

TABLE, VIEW = "r", "v"
_FIND = """
SELECT n.place, c.oid, k.relkind, s.nspname, k.relname, v.query, pg_get_userbyid(k.relowner)
FROM (VALUES {names}) AS n (place, name)
CROSS JOIN LATERAL (SELECT to_regclass(n.name)::oid) AS c (oid)
LEFT JOIN pg_catalog.pg_class AS k ON k.oid = c.oid
LEFT JOIN pg_catalog.pg_namespace AS s ON s.oid = k.relnamespace
LEFT JOIN pg_internal.late_binding_view AS v ON v.relid = c.oid
WHERE c.oid IS NOT NULL
ORDER BY n.place"""
_COLUMNS = """
SELECT a.attname, t.typname, a.atttypmod, a.attnotnull, a.atthasdef, a.attidentity, p.varbyte
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_internal.column_property AS p ON p.relid = a.attrelid AND p.attnum = a.attnum
WHERE a.attrelid = {relation}::regclass AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum"""
_NAMES = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "jsonb": "super",
}
_IDENTITY = {"a": "always", "d": "by default"}


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view that exists; ``definition`` is a late-binding view's query."""

    oid: int
    kind: str
    name: Name
    owner: str
    definition: str | None


def find(session: Session, names: Iterable[Name]) -> dict[Name, Relation]:
    """Look names up; those that stand for nothing are left out.

    A table that was created after the transaction's snapshot is Redshift's error 1018.
    """
    wanted = list(dict.fromkeys(names))
    if not wanted:
        return {}
    values = ", ".join(f"({place}, {literal(name.sql)})" for place, name in enumerate(wanted))
    found: dict[Name, Relation] = {}
    for place, oid, kind, schema, relation, definition, owner in session.rows(
        _FIND.format(names=values)
    ):
        name = wanted[int(place or 0)]
        if kind is None:
            raise RedshiftError("1018", detail=f"Relation does not exist. ({name})")
        found[name] = Relation(
            int(oid or 0), kind, Name(schema, relation or ""), owner or "", definition
        )
    return found


def find_one(session: Session, name: Name) -> Relation:
    """Look one name up; it must exist."""
    found = find(session, [name])
    if name not in found:
        raise missing(name)
    return found[name]


def missing(name: Name) -> RedshiftError:
    """Build the error about a name that stands for nothing."""
    return RedshiftError(f'relation "{name}" does not exist', sqlstate="42P01")


def columns(session: Session, name: Name) -> tuple[TableColumn, ...]:
    """Read a table's columns in table order."""
    rows = session.rows(_COLUMNS.format(relation=literal(name.sql)))
    return tuple(_column(row) for row in rows)


def _column(row: tuple[str | None, ...]) -> TableColumn:
    name, type_name, modifier, not_null, has_default, identity, varbyte = row
    return TableColumn(
        name or "",
        _type(type_name or "", int(modifier or -1), varbyte),
        not_null=not_null == "t",
        has_default=has_default == "t",
        identity=_IDENTITY.get(identity or ""),  # type: ignore[arg-type]
    )


def _type(name: str, modifier: int, varbyte: str | None) -> RedshiftType:
    match name:
        case "varchar" | "text":
            return RedshiftType("varchar", modifier - 4 if modifier > 4 else 65535)
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
            return RedshiftType(_NAMES.get(name, name))

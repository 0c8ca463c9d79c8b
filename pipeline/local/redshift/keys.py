"""Primary, unique and foreign keys: remembered, shown, never enforced.

https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.local.redshift.errors import RedshiftError
from pipeline.local.redshift.parser import Name
from pipeline.local.redshift.relations import Relation, columns, find_one
from pipeline.local.redshift.session import Session
from pipeline.local.redshift.table_definition import Key
from pipeline.local.redshift.tokens import LONGEST_BACKEND_NAME, literal

_PLACES = (
    "(SELECT array_agg(a.attnum ORDER BY n.place) FROM unnest({names}::text[])"
    " WITH ORDINALITY AS n (name, place) JOIN pg_catalog.pg_attribute AS a"
    " ON a.attrelid = {oid} AND a.attname = n.name)"
)


def add_keys(session: Session, table: Relation, keys: Iterable[Key]) -> None:
    """Remember keys, after checking all that Redshift checks of them."""
    names = {column.name for column in columns(session, table.name)}
    taken = _names(session, table)
    for key in keys:
        for column in key.columns:
            if column not in names:
                message = f'column "{column}" named in key does not exist'
                raise RedshiftError(message, sqlstate="42703")
        if key.kind == "p" and _has_primary(session, table):
            message = f'multiple primary keys for table "{table.name.name}" are not allowed'
            raise RedshiftError(message, sqlstate="42P16")
        name = key.name or _usual_name(table, key, taken)
        if name in taken:
            message = f'constraint "{name}" for relation "{table.name.name}" already exists'
            raise RedshiftError(message, sqlstate="42710")
        taken.add(name)
        session.engine(_insert(session, table, key, name))


def referencing(session: Session, tables: Iterable[int]) -> list[tuple[str, str, str]]:
    """List foreign keys of other tables to these: constraint, table, referenced table."""
    oids = ", ".join(str(oid) for oid in tables)
    rows = session.rows(
        "SELECT conname, conrelid::regclass, confrelid::regclass FROM pg_internal.key_constraint"
        f" WHERE contype = 'f' AND confrelid IN ({oids}) AND conrelid NOT IN ({oids}) ORDER BY 1"
    )
    return [(name or "", table or "", referenced or "") for name, table, referenced in rows]


def drop_key(session: Session, table: Relation, name: str, *, cascade: bool) -> None:
    """Forget a key; a foreign key that leans on it goes along only with CASCADE."""
    own = f"conrelid = {table.oid} AND conname = {literal(name)}"
    if name not in _names(session, table):
        message = f'constraint "{name}" of relation "{table.name.name}" does not exist'
        raise RedshiftError(message, sqlstate="42704")
    leaning = (
        f"contype = 'f' AND confrelid = {table.oid} AND EXISTS (SELECT FROM"
        f" pg_internal.key_constraint AS k WHERE k.{own.replace(' AND ', ' AND k.')}"
        " AND k.contype <> 'f' AND k.conkey @> key_constraint.confkey)"
    )
    rows = session.rows(f"SELECT conname FROM pg_internal.key_constraint WHERE {leaning}")
    if rows and not cascade:
        message = f"cannot drop constraint {name} on table {table.name.name} because other objects"
        raise RedshiftError(
            f"{message} depend on it",
            sqlstate="2BP01",
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    session.engine(
        f"DELETE FROM pg_internal.key_constraint WHERE {leaning};"
        f"DELETE FROM pg_internal.key_constraint WHERE {own}"
    )


def _names(session: Session, table: Relation) -> set[str]:
    query = f"SELECT conname FROM pg_internal.key_constraint WHERE conrelid = {table.oid}"
    return {name or "" for (name,) in session.rows(query)}


def _has_primary(session: Session, table: Relation) -> bool:
    return bool(
        session.rows(
            "SELECT FROM pg_internal.key_constraint"
            f" WHERE conrelid = {table.oid} AND contype = 'p'"
        )
    )


def _usual_name(table: Relation, key: Key, taken: set[str]) -> str:
    suffix = {"p": "pkey", "u": "key", "f": "fkey"}[key.kind]
    middle = () if key.kind == "p" else key.columns
    stem = "_".join((table.name.name, *middle))[: LONGEST_BACKEND_NAME - len(suffix) - 4]
    name, number = f"{stem}_{suffix}", 0
    while name in taken:
        number += 1
        name = f"{stem}_{suffix}{number}"
    return name


def _insert(session: Session, table: Relation, key: Key, name: str) -> str:
    oid, places = "0", "NULL"
    if key.kind == "f" and key.table is not None:
        referenced = _referenced(session, key.table)
        oid = str(referenced.oid)
        places = _referenced_places(session, referenced, key)
    own = _places(table.oid, key.columns)
    return (
        "INSERT INTO pg_internal.key_constraint"
        " (conname, contype, conrelid, conkey, confrelid, confkey)"
        f" SELECT {literal(name)}, {literal(key.kind)}, {table.oid}, {own}, {oid}, {places}"
    )


def _referenced(session: Session, name: Name) -> Relation:
    return find_one(session, name)


def _referenced_places(session: Session, table: Relation, key: Key) -> str:
    """Find the referenced columns, which must be a primary or unique key."""
    condition = "contype = 'p'"
    if key.referenced:
        places = _places(table.oid, key.referenced)
        condition = f"conkey @> {places} AND conkey <@ {places}"
    rows = session.rows(
        "SELECT conkey FROM pg_internal.key_constraint"
        f" WHERE conrelid = {table.oid} AND contype IN ('p', 'u') AND {condition}"
    )
    if not rows:
        message = (
            "there is no unique constraint matching given keys for referenced table"
            f' "{table.name.name}"'
        )
        raise RedshiftError(message, sqlstate="42830")
    if key.referenced:
        return _places(table.oid, key.referenced)
    return f"{literal(rows[0][0] or '')}::smallint[]"


def _places(oid: int, names: tuple[str, ...]) -> str:
    listed = "ARRAY[" + ", ".join(literal(name) for name in names) + "]"
    return _PLACES.format(names=listed, oid=oid)

"""Primary, unique and foreign keys: remembered, shown, never enforced.

https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
"""

from __future__ import annotations

from collections.abc import Iterable

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.table_definition import Key
from redshift_emulator.language.tokens import LONGEST_BACKEND_NAME, literal
from redshift_emulator.session.relations import Relation, columns, find_one
from redshift_emulator.session.session import Session

# The numbers of a table's columns, in the order of their names.
_PLACES = (
    "(SELECT array_agg(a.attnum ORDER BY n.place) FROM unnest({names}) WITH ORDINALITY AS n"
    " (name, place) JOIN pg_catalog.pg_attribute AS a"
    " ON a.attrelid = {oid} AND a.attname = n.name)"
)
_REFERENCING = """
SELECT conname, conrelid::regclass, confrelid::regclass
FROM pg_internal.key_constraint
WHERE contype = 'f' AND confrelid IN ({oids:sql}) AND conrelid NOT IN ({oids:sql})
ORDER BY conname"""
# Foreign keys to the very columns of a primary or unique key.
_LEANING = """
SELECT f.oid
FROM pg_internal.key_constraint AS f
JOIN pg_internal.key_constraint AS k
    ON f.contype = 'f' AND f.confrelid = k.conrelid AND k.conkey @> f.confkey
WHERE k.conrelid = {oid} AND k.conname = {name} AND k.contype <> 'f'"""
_DROP = """
DELETE FROM pg_internal.key_constraint
WHERE oid = ANY ({leaning}::oid[]) OR (conrelid = {oid} AND conname = {name})"""
_INSERT = """
INSERT INTO pg_internal.key_constraint (conname, contype, conrelid, conkey, confrelid, confkey)
SELECT {name}, {kind}, {oid}, {places:sql}, {referenced}, {referenced_places:sql}"""
_MATCHING = """
SELECT conkey FROM pg_internal.key_constraint
WHERE conrelid = {oid} AND contype IN ('p', 'u') AND {condition:sql}"""


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
    rows = session.rows(fill(_REFERENCING, oids=", ".join(str(oid) for oid in tables)))
    return [(name or "", table or "", referenced or "") for name, table, referenced in rows]


def drop_key(session: Session, table: Relation, name: str, *, cascade: bool) -> None:
    """Forget a key; a foreign key that leans on it goes along only with CASCADE."""
    if name not in _names(session, table):
        message = f'constraint "{name}" of relation "{table.name.name}" does not exist'
        raise RedshiftError(message, sqlstate="42704")
    rows = session.rows(fill(_LEANING, oid=table.oid, name=name))
    if rows and not cascade:
        message = f"cannot drop constraint {name} on table {table.name.name} because other objects"
        raise RedshiftError(
            f"{message} depend on it",
            sqlstate="2BP01",
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    leaning = [oid for (oid,) in rows]
    session.engine(fill(_DROP, oid=table.oid, name=name, leaning=leaning))


def _names(session: Session, table: Relation) -> set[str]:
    query = "SELECT conname FROM pg_internal.key_constraint WHERE conrelid = {oid}"
    return {name or "" for (name,) in session.rows(fill(query, oid=table.oid))}


def _has_primary(session: Session, table: Relation) -> bool:
    query = "SELECT FROM pg_internal.key_constraint WHERE conrelid = {oid} AND contype = 'p'"
    return bool(session.rows(fill(query, oid=table.oid)))


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
    referenced, places = 0, "NULL"
    if key.table is not None:
        target = find_one(session, key.table)
        referenced, places = target.oid, _referenced_places(session, target, key)
    return fill(
        _INSERT,
        name=name,
        kind=key.kind,
        oid=table.oid,
        places=_places(table.oid, key.columns),
        referenced=referenced,
        referenced_places=places,
    )


def _referenced_places(session: Session, table: Relation, key: Key) -> str:
    """Find the referenced columns, which must be a primary or unique key."""
    condition = "contype = 'p'"
    if key.referenced:
        places = _places(table.oid, key.referenced)
        condition = f"conkey @> {places} AND conkey <@ {places}"
    rows = session.rows(fill(_MATCHING, oid=table.oid, condition=condition))
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
    return fill(_PLACES, names=names, oid=oid)

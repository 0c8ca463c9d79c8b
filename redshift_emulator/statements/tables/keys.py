"""Primary, unique and foreign keys: saved and shown, not enforced.

https://docs.aws.amazon.com/redshift/latest/dg/t_Defining_constraints.html
"""

from collections.abc import Iterable

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.long_names import LONGEST_NAME, NAMES
from redshift_emulator.language.table_definition import Key
from redshift_emulator.language.tokens import literal
from redshift_emulator.session.long_names import save_names
from redshift_emulator.session.relations import Relation, find_one, read_columns
from redshift_emulator.session.session import Session

# The attribute numbers of columns, in the order of the names.
_NUMBERS = (
    "(SELECT array_agg(a.attnum ORDER BY n.position) FROM unnest({names}) WITH ORDINALITY AS n"
    " (name, position) JOIN pg_catalog.pg_attribute AS a"
    " ON a.attrelid = {oid} AND a.attname = n.name)"
)
_REFERENCING = """
SELECT conname, conrelid::regclass, confrelid::regclass
FROM pg_internal.key_constraint
WHERE contype = 'f' AND confrelid IN ({oids:sql}) AND conrelid NOT IN ({oids:sql})
ORDER BY conname"""
# Foreign keys that reference columns of a primary or unique key.
_DEPENDENT = """
SELECT f.oid
FROM pg_internal.key_constraint AS f
JOIN pg_internal.key_constraint AS k
    ON f.contype = 'f' AND f.confrelid = k.conrelid AND k.conkey @> f.confkey
WHERE k.conrelid = {oid} AND k.conname = {name} AND k.contype <> 'f'"""
_DROP = """
DELETE FROM pg_internal.key_constraint
WHERE oid = ANY ({dependent}::oid[]) OR (conrelid = {oid} AND conname = {name})"""
_INSERT = """
INSERT INTO pg_internal.key_constraint (conname, contype, conrelid, conkey, confrelid, confkey)
SELECT {name}, {kind}, {oid}, {numbers:sql}, {referenced}, {referenced_numbers:sql}"""
_MATCHING = """
SELECT conkey FROM pg_internal.key_constraint
WHERE conrelid = {oid} AND contype IN ('p', 'u') AND {condition:sql}"""


def add_keys(session: Session, table: Relation, keys: Iterable[Key]) -> None:
    """Save keys after the checks that Redshift makes."""
    names = {column.name for column in read_columns(session, table.name)}
    taken = _read_names(session, table)
    for key in keys:
        for column in key.columns:
            if column not in names:
                message = f'column "{column}" named in key does not exist'
                raise RedshiftError(message, sqlstate="42703")
        if key.kind == "p" and _has_primary(session, table):
            message = f'multiple primary keys for table "{table.name.name}" are not allowed'
            raise RedshiftError(message, sqlstate="42P16")
        name = key.name or _default_name(table, key, taken)
        if name in taken:
            message = f'constraint "{name}" for relation "{table.name.name}" already exists'
            raise RedshiftError(message, sqlstate="42710")
        taken.add(name)
        save_names(session, name)
        session.run_as_engine(_insert(session, table, key, name))


def find_referencing(session: Session, tables: Iterable[int]) -> list[tuple[str, str, str]]:
    """Find other tables' foreign keys to these: (constraint, its table, referenced table)."""
    rows = session.query(fill(_REFERENCING, oids=", ".join(str(oid) for oid in tables)))
    return [(name or "", table or "", referenced or "") for name, table, referenced in rows]


def drop_key(session: Session, table: Relation, name: str, *, cascade: bool) -> None:
    """Drop a key; with CASCADE also the foreign keys that depend on it, otherwise refuse."""
    if name not in _read_names(session, table):
        message = f'constraint "{name}" of relation "{table.name.name}" does not exist'
        raise RedshiftError(message, sqlstate="42704")
    rows = session.query(fill(_DEPENDENT, oid=table.oid, name=name))
    if rows and not cascade:
        message = f"cannot drop constraint {name} on table {table.name.name} because other objects"
        raise RedshiftError(
            f"{message} depend on it",
            sqlstate="2BP01",
            hint="Use DROP ... CASCADE to drop the dependent objects too.",
        )
    dependent = [oid for (oid,) in rows]
    session.run_as_engine(fill(_DROP, oid=table.oid, name=name, dependent=dependent))


def _read_names(session: Session, table: Relation) -> set[str]:
    query = "SELECT conname FROM pg_internal.key_constraint WHERE conrelid = {oid}"
    return {name or "" for (name,) in session.query(fill(query, oid=table.oid))}


def _has_primary(session: Session, table: Relation) -> bool:
    query = "SELECT FROM pg_internal.key_constraint WHERE conrelid = {oid} AND contype = 'p'"
    return bool(session.query(fill(query, oid=table.oid)))


def _default_name(table: Relation, key: Key, taken: set[str]) -> str:
    """Return a name such as ``t_a_fkey``: of several columns, the first, as in PostgreSQL 8.0.

    https://github.com/aws/amazon-redshift-python-driver/blob/master/test/integration/metadata/test_metadataAPI_keys.py
    """
    suffix = {"p": "pkey", "u": "key", "f": "fkey"}[key.kind]
    middle = () if key.kind == "p" else key.columns[:1]
    whole = "_".join(map(NAMES.restored, (table.name.name, *middle))).encode("utf-8")
    stem = whole[: LONGEST_NAME - len(suffix) - 4].decode("utf-8", "ignore")
    name, number = NAMES.short(f"{stem}_{suffix}"), 0
    while name in taken:
        number += 1
        name = NAMES.short(f"{stem}_{suffix}{number}")
    return name


def _insert(session: Session, table: Relation, key: Key, name: str) -> str:
    referenced, numbers = 0, "NULL"
    if key.table is not None:
        target = find_one(session, key.table)
        referenced, numbers = target.oid, _find_referenced(session, target, key)
    return fill(
        _INSERT,
        name=name,
        kind=key.kind,
        oid=table.oid,
        numbers=_numbers(table.oid, key.columns),
        referenced=referenced,
        referenced_numbers=numbers,
    )


def _find_referenced(session: Session, table: Relation, key: Key) -> str:
    """Find the numbers of the referenced columns, which must be a primary or unique key."""
    condition = "contype = 'p'"
    if key.referenced:
        numbers = _numbers(table.oid, key.referenced)
        condition = f"conkey @> {numbers} AND conkey <@ {numbers}"
    rows = session.query(fill(_MATCHING, oid=table.oid, condition=condition))
    if not rows:
        message = (
            "there is no unique constraint matching given keys for referenced table"
            f' "{table.name.name}"'
        )
        raise RedshiftError(message, sqlstate="42830")
    if key.referenced:
        return _numbers(table.oid, key.referenced)
    return f"{literal(rows[0][0] or '')}::smallint[]"


def _numbers(oid: int, names: tuple[str, ...]) -> str:
    return fill(_NUMBERS, names=names, oid=oid)

"""ALTER TABLE APPEND: moves all rows of a table to another one.

https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE_APPEND.html
"""

from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.tokens import quoted
from redshift_emulator.session.relations import (
    TABLE,
    Relation,
    find_one,
    read_columns,
    refuse_unknown_width,
    require_owner,
)
from redshift_emulator.session.session import Session
from redshift_emulator.statements.insert_update_delete import lock_for_writing

_COLUMNS = """
SELECT a.attname, a.attidentity = 'a', format_type(a.atttypid, a.atttypmod), p.varbyte,
    a.attnotnull, p.encoding, p.distkey, p.sortkey
FROM pg_catalog.pg_attribute AS a
LEFT JOIN pg_internal.column_property AS p ON p.relid = a.attrelid AND p.attnum = a.attnum
WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum"""
_STYLE = "SELECT diststyle, sortstyle FROM pg_internal.table_property WHERE relid = {oid}"


@dataclass(frozen=True, slots=True)
class _Table:
    """A table: its columns with their attributes, and the distribution and sort style."""

    relation: Relation
    columns: dict[str, tuple[str | None, ...]]
    identities: frozenset[str]
    style: list[tuple[str | None, ...]]


def append(session: Session, target: Name, parser: Parser) -> None:
    """Run ``APPEND FROM source [IGNOREEXTRA | FILLTARGET]`` of ALTER TABLE; commit."""
    parser.expect("append", "from")
    source = parser.take_qualified()
    option = parser.accept_any("ignoreextra", "filltarget")
    parser.expect_end()
    lock_for_writing(session, target)
    lock_for_writing(session, source)
    new, old = _read(session, target), _read(session, source)
    names = _common(new, old, option)
    listed = ", ".join(quoted(name) for name in names)
    values = {"target": new.relation.name.sql, "source": old.relation.name.sql}
    insert = "INSERT INTO {target:sql} ({listed:sql}) SELECT {listed:sql} FROM {source:sql}"
    session.run(fill(insert, listed=listed, **values))
    session.run(fill("TRUNCATE TABLE {source:sql}", **values))
    session.restart_transaction()


def _read(session: Session, name: Name) -> _Table:
    relation = find_one(session, name)
    if relation.kind != TABLE or (relation.name.schema or "").startswith("pg_temp"):
        raise NotSupportedError(f'ALTER TABLE APPEND: "{name}" is not a permanent table')
    require_owner(session, relation)
    refuse_unknown_width("APPEND", relation.name, read_columns(session, relation.name))
    rows = session.query(fill(_COLUMNS, oid=relation.oid))
    return _Table(
        relation,
        {row[0] or "": row[2:] for row in rows},
        frozenset(row[0] or "" for row in rows if row[1] == "t"),
        session.query(fill(_STYLE, oid=relation.oid)),
    )


def _common(new: _Table, old: _Table, option: str | None) -> list[str]:
    """Return the columns to move, after the checks of both tables."""
    _check_tables(new, old)
    moved = [name for name in old.columns if name in new.columns]
    moved = [name for name in moved if name not in new.identities | old.identities]
    extra = [name for name in old.columns if name not in moved]
    missing = [name for name in new.columns if name not in moved]
    if extra and option != "ignoreextra":
        raise _error(f"column {extra[0]} of the source is not in the target: use IGNOREEXTRA")
    if missing and option != "filltarget":
        raise _error(f"column {missing[0]} of the target is not in the source: use FILLTARGET")
    for name in moved:
        if new.columns[name] != old.columns[name]:
            raise _error(f"column {name} has other attributes in the source than in the target")
    if not moved:
        raise _error("the tables have no column in common")
    return moved


def _check_tables(new: _Table, old: _Table) -> None:
    if new.relation.oid == old.relation.oid:
        raise _error("source and target are the same table")
    if new.identities and old.identities:
        raise _error("both tables have an identity column")
    if new.style != old.style:
        raise _error("the tables differ in distribution style or sort style")


def _error(reason: str) -> RedshiftError:
    return RedshiftError(f"ALTER TABLE APPEND: {reason}", sqlstate="0A000")

"""Attributes of tables and columns that PostgreSQL does not have, stored in ``pg_internal``.

They are distribution style, sort key, encodings, backup, identity and the length of a VARBYTE.
"""

from redshift_emulator.language.fill import fill
from redshift_emulator.language.interval_types import INTERVALS
from redshift_emulator.language.table_attributes import Attributes
from redshift_emulator.language.table_definition import Column
from redshift_emulator.session.relations import Relation
from redshift_emulator.session.session import Session

# https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html
_DEFAULT_ENCODING = {"super": "zstd", "char": "lzo", "varchar": "lzo", "varbyte": "lzo"}
_RAW = frozenset({"boolean", "real", "double precision", *INTERVALS})
_INSERT_TABLE = """
INSERT INTO pg_internal.table_property (relid, diststyle, sortstyle, encode_auto, backup)
VALUES ({oid}, {diststyle}, {sortstyle}, {encode_auto}, {backup})"""
_INSERT_COLUMNS = """
INSERT INTO pg_internal.column_property
    (relid, attnum, encoding, distkey, sortkey, varbyte, identity_seed, identity_step)
SELECT a.attrelid, a.attnum, v.encoding, v.distkey, v.sortkey, v.varbyte, v.seed, v.step
FROM (VALUES {rows:sql}) AS v (name, encoding, distkey, sortkey, varbyte, seed, step)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = {oid} AND a.attname = v.name"""
_COLUMN = (
    "({name}, {encoding}, {distkey}, {sortkey}, {varbyte}::int, {seed}::bigint, {step}::bigint)"
)


def save_properties(
    session: Session, table: Relation, columns: tuple[Column, ...], given: Attributes
) -> None:
    """Save the attributes of a new table and its columns."""
    session.run_as_engine(
        fill(
            _INSERT_TABLE,
            oid=table.oid,
            diststyle=given.diststyle or "AUTO",
            sortstyle=given.sortstyle,
            encode_auto=given.encode_auto,
            backup=given.backup,
        )
        + ";"
        + _insert_columns(table, columns, given)
    )


def save_column_properties(session: Session, table: Relation, column: Column) -> None:
    """Save the attributes of a column that is added to a table."""
    session.run_as_engine(_insert_columns(table, (column,), Attributes()))


def _insert_columns(table: Relation, columns: tuple[Column, ...], given: Attributes) -> str:
    temporary = (table.name.schema or "").startswith("pg_temp")
    rows = ", ".join(_column_row(column, given, temporary=temporary) for column in columns)
    return fill(_INSERT_COLUMNS, rows=rows, oid=table.oid)


def _column_row(column: Column, given: Attributes, *, temporary: bool) -> str:
    sortkey = given.sortkey.index(column.name) + 1 if column.name in given.sortkey else 0
    if given.sortstyle == "INTERLEAVED" and sortkey % 2 == 0:
        sortkey = -sortkey
    return fill(
        _COLUMN,
        name=column.name,
        encoding=column.encoding or _default_encoding(column, given, temporary=temporary),
        distkey=column.name == given.distkey,
        sortkey=sortkey,
        varbyte=column.type.length if column.type.name == "varbyte" else None,
        seed=column.identity.seed if column.identity else None,
        step=column.identity.step if column.identity else None,
    )


def _default_encoding(column: Column, given: Attributes, *, temporary: bool) -> str:
    """Return the encoding that Redshift documents for a column without ENCODE."""
    if temporary or column.name in given.sortkey or column.type.name in _RAW:
        return "raw"
    return _DEFAULT_ENCODING.get(column.type.name, "az64")

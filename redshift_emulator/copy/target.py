"""The table that COPY loads, and its columns by Redshift's rules for column lists.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-column-mapping.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redshift_emulator.copy.conversion.canonical import wire_of
from redshift_emulator.copy.reading.columnar import check_columns
from redshift_emulator.copy.session import CopySession
from redshift_emulator.copy.statement import CopyStatement
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.interval_types import INTERVALS
from redshift_emulator.language.tokens import literal, quoted
from redshift_emulator.language.types import TableColumn

_TABLE = """\
SELECT c.oid, c.relkind, has_table_privilege(c.oid, 'INSERT'), pg_has_role(c.relowner, 'USAGE'),
    a.xmin = pg_current_xact_id_if_assigned()::xid
    AND current_setting('transaction_isolation') <> 'serializable'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_cursors)
FROM pg_catalog.pg_class AS c
LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = -1
WHERE c.oid = {name}::regclass"""
"""What is asked about a table, and whether PostgreSQL accepts FREEZE.

Only CREATE TABLE writes a system column (``attnum`` -1), so its ``xmin`` is that transaction.
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A table, and the columns of the files in the files' order."""

    schema: str
    table: str
    oid: int
    columns: tuple[TableColumn, ...]
    is_new: bool
    """Whether the transaction has created it, so that its rows may be written as frozen.

    Otherwise the first query that reads them writes the whole table once more.
    """

    @property
    def sql_name(self) -> str:
        """The table's quoted name."""
        return f"{quoted(self.schema)}.{quoted(self.table)}"

    def copy_statement(self, statement: CopyStatement) -> str:
        """Return PostgreSQL's COPY statement."""
        wire = wire_of(statement)
        columns = ", ".join(quoted(column.name) for column in self.columns)
        return (
            f"COPY {self.sql_name} ({columns}) FROM STDIN WITH (FORMAT csv, ENCODING 'UTF8', "
            f"DELIMITER {literal(wire.delimiter.decode('ascii'))}, "
            f"QUOTE {literal(wire.quote.decode('ascii'))}, "
            f"NULL {literal(wire.null.decode('utf-8'))}{', FREEZE' if self.is_new else ''})"
        )


def find_target(statement: CopyStatement, session: CopySession) -> Target:
    """Return the table, after checks of existence, privileges and column list."""
    schema = session.resolve(statement.schema, statement.table)
    if schema is None:
        shown = statement.table
        raise RedshiftError(f"Cannot COPY into nonexistent table {shown}")
    known = session.columns(schema, statement.table)
    columns = _loaded(statement, known)
    if statement.file_format.columnar is not None:
        check_columns(statement, columns, known)
    if statement.file_format.widths:
        _check_widths(statement, columns)
    for column in columns:
        if column.type.name in INTERVALS:
            message = f'COPY into column "{column.name}" of type {column.type.name}'
            raise NotSupportedError(f"{message}: not supported by the emulator")
    oid, is_new = _check_table(session, schema, statement)
    return Target(schema, statement.table, oid, columns, is_new)


def _check_widths(statement: CopyStatement, columns: Sequence[TableColumn]) -> None:
    """Refuse widths that are not those of the columns, and columns without a fixed width."""
    found = len(statement.file_format.widths)
    if found != len(columns):
        raise RedshiftError(
            f"The fixedwidth specification has {found} columns, the load {len(columns)}"
        )
    for column in columns:
        if column.type.name == "varbyte":
            message = f'VARBYTE column "{column.name}" cannot be loaded with FIXEDWIDTH'
            raise RedshiftError(message, sqlstate="0A000")


def _check_table(session: CopySession, schema: str, statement: CopyStatement) -> tuple[int, bool]:
    """Check kind and privileges; return the table's oid, and whether it is new."""
    ((oid, kind, insert, owner, is_new),) = session.backend.query(
        _TABLE.format(name=literal(f"{quoted(schema)}.{quoted(statement.table)}"))
    )
    if kind not in {"r", "p"}:
        raise RedshiftError(f'"{statement.table}" is not a table', sqlstate="42809")
    if insert != "t":
        raise RedshiftError(f"permission denied for relation {statement.table}", sqlstate="42501")
    if statement.update_statistics and owner != "t":
        raise RedshiftError(
            f"must be owner of relation {statement.table} for STATUPDATE ON", sqlstate="42501"
        )
    return int(oid or 0), is_new == "t"


def _loaded(statement: CopyStatement, columns: Sequence[TableColumn]) -> tuple[TableColumn, ...]:
    """Return the columns of the files."""
    if statement.columns is None:
        return tuple(c for c in columns if c.identity is None or statement.explicit_ids)
    by_name = {column.name: column for column in columns}
    for name in statement.columns:
        if name not in by_name:
            raise RedshiftError(
                f'column "{name}" of relation "{statement.table}" does not exist', sqlstate="42703"
            )
    listed = tuple(by_name[name] for name in statement.columns)
    for column in columns:
        _check_column(column, statement, listed=column in listed)
    return listed


def _check_column(column: TableColumn, statement: CopyStatement, *, listed: bool) -> None:
    if column.identity and not listed and statement.explicit_ids:
        raise RedshiftError(
            f'EXPLICIT_IDS needs the IDENTITY column "{column.name}" in the column list'
        )
    if column.identity == "always" and listed and not statement.explicit_ids:
        raise RedshiftError(
            f'cannot copy into IDENTITY column "{column.name}" without EXPLICIT_IDS'
        )
    if listed or column.identity or column.has_default or not column.not_null:
        return
    raise RedshiftError(
        "NOT NULL column without DEFAULT must be included in column list", sqlstate="42601"
    )

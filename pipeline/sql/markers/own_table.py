"""The pipeline's own tables: created by the bootstrap, which also adds columns that they lack.

A later release appends its columns to a table's list; a table that an earlier release created
gets them by ``ALTER TABLE``, and keeps its rows.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pipeline.names import TableName
from pipeline.sql.statement import Statement, identifier, listing, table

_FILLERS = {"varchar": "''", "timestamp": "'1970-01-01'"}
"""What rows get in a required column that their table lacked: Redshift demands a default."""


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """A column of the pipeline's own table; a ``required`` one is NOT NULL."""

    name: str
    sql_type: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class OwnTable:
    """A table of the marker schema."""

    name: TableName
    columns: tuple[OwnColumn, ...]
    primary_key: str | None
    sort_key: str


def cut(text: str | None, size: int) -> str | None:
    """Shorten a text to the bytes of its column, and mark it as cut."""
    if text is None or len(text.encode()) <= size:
        return text
    ending = " … (cut)"
    room = size - len(ending.encode())
    return text.encode()[:room].decode(errors="ignore") + ending


def create_own_table(own: OwnTable) -> Statement:
    """Create the table if it does not exist."""
    lines = [
        f"{identifier(each.name)} {each.sql_type}{' NOT NULL' if each.required else ''}"
        for each in own.columns
    ]
    if own.primary_key:
        lines.append(f"PRIMARY KEY ({identifier(own.primary_key)})")
    return Statement(
        f"CREATE TABLE IF NOT EXISTS {table(own.name)} (\n{listing(lines)}\n)\n"
        f"DISTSTYLE EVEN\nCOMPOUND SORTKEY ({identifier(own.sort_key)})"
    )


def add_missing_columns(own: OwnTable, current: Collection[str]) -> Iterator[Statement]:
    """Yield a statement for each column that is not among ``current``; Redshift adds one at once.

    https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html
    """
    for column in own.columns:
        if column.name not in current:
            yield add_column(own.name, column)


def add_column(name: TableName, column: OwnColumn) -> Statement:
    """Add a column; a required one gets a default, by which its rows count for no task."""
    required = ""
    if column.required:
        required = f" DEFAULT {_FILLERS[column.sql_type.partition('(')[0]]} NOT NULL"
    return Statement(
        f"ALTER TABLE {table(name)}\n"
        f"ADD COLUMN {identifier(column.name)} {column.sql_type}{required}"
    )

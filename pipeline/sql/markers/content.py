"""Markers of the rows that relations hold, of any prefix and date: all share the relation."""

from collections.abc import Iterable

from pipeline.names import TableName
from pipeline.sql.markers.marker import FILLING, PLACE, marker_table
from pipeline.sql.statement import Statement, table


def select_contents(schema: str, names: Iterable[TableName]) -> Statement:
    """Read the newest marker of each relation's content, of any prefix: all share its rows."""
    return Statement(
        "SELECT *\n"
        "FROM (\n"
        "    SELECT *,\n"
        f"        {PLACE}"
        f"    FROM {table(marker_table(schema))}\n"
        "    WHERE target_table IN %(tables)s\n"
        "        AND task IN %(tasks)s\n"
        ") AS ranked\n"
        "WHERE place = 1\n"
        "ORDER BY target_table",
        {"tables": tuple(sorted({str(name) for name in names})), "tasks": FILLING},
    )


def delete_contents(schema: str, names: Iterable[TableName]) -> Statement:
    """Delete the markers of relations' content, of any prefix: the next run fills them."""
    return Statement(
        f"DELETE FROM {table(marker_table(schema))}\n"
        "WHERE target_table IN %(tables)s\n"
        "    AND task IN %(tasks)s",
        {"tables": tuple(sorted({str(name) for name in names})), "tasks": FILLING},
    )

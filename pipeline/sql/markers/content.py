"""Markers of the rows that relations hold, of any prefix and date: all share the relation."""

import datetime as dt
from collections.abc import Iterable, Sequence

from pipeline.names import RunDate, TableName
from pipeline.sql.markers.marker import (
    CHECKS,
    FILLING,
    PLACE,
    Marker,
    delete_marker,
    marker_table,
)
from pipeline.sql.markers.run_date import is_of_date
from pipeline.sql.statement import Statement, table

DISPROVED = 0
"""In place of a relation's object id in a marker: no relation holds its rows any more."""


def select_contents(schema: str, names: Iterable[TableName], *, checks: bool = False) -> Statement:
    """Read the newest marker of each relation's content, of any prefix: all share its rows.

    With ``checks``, also the newest marker that rows of the relation passed its checks.
    """
    newest = _newest(schema, names, *((CHECKS,) if checks else ()))
    return Statement(f"SELECT *\n{newest.template}\nORDER BY target_table", newest.parameters)


def assert_contents(
    schema: str,
    names: Iterable[TableName],
    expected: Sequence[tuple[str, dt.datetime, str | None]],
) -> Statement:
    """Divide by zero unless these are the newest markers of all that the relations hold.

    ``expected`` are the id, the time and the position of each marker, as they were read.
    """
    newest = _newest(schema, names)
    parameters = {**newest.parameters, "markers": len(expected)}
    same = "COUNT(*) = %(markers)s"
    found = []
    for number, (update_id, at, position) in enumerate(expected):
        values = {"update_id": update_id, "inserted_at": at, "position": position}
        parameters |= {f"{name}_{number}": value for name, value in values.items()}
        held = "IS NULL" if position is None else f"= %(position_{number})s"
        found.append(
            f"(update_id = %(update_id_{number})s AND inserted_at = %(inserted_at_{number})s"
            f' AND "position" {held})'
        )
    if found:
        either = "\n            OR ".join(found)
        same += (
            "\n        AND COUNT(CASE\n"
            f"            WHEN {either}\n"
            "            THEN 1\n"
            "        END) = %(markers)s"
        )
    return Statement(
        f"SELECT 1 / CASE\n    WHEN {same}\n    THEN 1 ELSE 0\nEND AS unchanged\n"
        f"{newest.template}",
        parameters,
    )


def _newest(schema: str, names: Iterable[TableName], *more: str) -> Statement:
    """Return the clause FROM of relations' newest markers, of rows and of ``more`` tasks."""
    return Statement(
        "FROM (\n"
        "    SELECT *,\n"
        f"        {PLACE}"
        f"    FROM {table(marker_table(schema))}\n"
        "    WHERE target_table IN %(tables)s\n"
        f"        AND task IN %({'read' if more else 'tasks'})s\n"
        ") AS ranked\n"
        "WHERE place = 1",
        {
            "tables": tuple(sorted({str(name) for name in names})),
            "tasks": FILLING,
            **({"read": (*FILLING, *more)} if more else {}),
        },
    )


def delete_replaced(schema: str, marker: Marker) -> Statement:
    """Delete the markers that a new one replaces: of its date and, if about rows, of elsewhere.

    Prefixes share the tables of the warehouse: the rows of other prefixes' markers are gone.
    """
    if marker.run_date is None:
        return delete_marker(schema, marker)
    condition, date = is_of_date(marker.run_date)
    return Statement(
        f"DELETE FROM {table(marker_table(schema))}\n"
        "WHERE task = %(task)s\n"
        "    AND target_table = %(target_table)s\n"
        f"    AND (prefix <> %(prefix)s OR {condition})",
        {
            "task": marker.task,
            "target_table": marker.target_table,
            "prefix": marker.prefix,
            **date,
        },
    )


def delete_contents(schema: str, names: Iterable[TableName]) -> Statement:
    """Delete the markers of relations' content, of any prefix: the next run fills them."""
    return Statement(
        f"DELETE FROM {table(marker_table(schema))}\n"
        "WHERE target_table IN %(tables)s\n"
        "    AND task IN %(tasks)s",
        {"tables": tuple(sorted({str(name) for name in names})), "tasks": FILLING},
    )


def disprove_contents(
    schema: str, *, prefix: str, tables: Iterable[TableName], run_date: RunDate | None = None
) -> Statement:
    """Have no marker prove the rows of relations, right before ``forget`` deletes the newest one.

    The other markers are of rows that were replaced since, though perhaps in the same table.
    Relations whose newest marker stays are left alone.
    """
    newest = _newest(schema, tables)
    condition, date = is_of_date(run_date) if run_date else ("", {})
    within = newest.template.replace("\n", "\n        ")
    text = (
        f"UPDATE {table(marker_table(schema))}\n"
        "SET object_id = %(disproved)s\n"
        "WHERE task IN %(tasks)s\n"
        "    AND target_table IN (\n"
        "        SELECT target_table\n"
        f"        {within}\n"
        "            AND prefix = %(prefix)s"
    )
    if condition:
        text += f"\n            AND {condition}"
    values = {"disproved": DISPROVED, "prefix": prefix, **date}
    return Statement(f"{text}\n    )", {**newest.parameters, **values})


def withdraw_positions(
    schema: str, names: Iterable[TableName], reason: str, update_id: str | None = None
) -> Statement:
    """Have the next load of these relations take all rows, for a reason.

    With ``update_id``, only if that is the marker that holds the position.
    """
    text = (
        f"UPDATE {table(marker_table(schema))}\n"
        'SET "position" = NULL, source = NULL, reason = %(reason)s\n'
        "WHERE target_table IN %(tables)s\n"
        "    AND source IS NOT NULL"
    )
    parameters = {"tables": tuple(sorted({str(name) for name in names})), "reason": reason}
    if update_id is None:
        return Statement(text, parameters)
    return Statement(
        f"{text}\n    AND update_id = %(update_id)s", {**parameters, "update_id": update_id}
    )

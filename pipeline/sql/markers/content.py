"""Markers of the rows that relations hold, of any prefix and date: all share the relation."""

import datetime as dt
from collections.abc import Iterable, Sequence

from pipeline.names import TableName
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


def select_contents(schema: str, names: Iterable[TableName], *, checks: bool = False) -> Statement:
    """Read the newest marker of each relation's content, of any prefix: all share its rows.

    With ``checks``, also the newest marker that rows of the relation passed its checks.
    """
    newest = _newest(schema, names, (*FILLING, CHECKS) if checks else FILLING)
    return Statement(f"SELECT *\n{newest.template}\nORDER BY target_table", newest.parameters)


def assert_contents(
    schema: str,
    names: Iterable[TableName],
    expected: Sequence[tuple[str, dt.datetime, str | None]],
) -> Statement:
    """Divide by zero unless these are the newest markers of all that the relations hold.

    ``expected`` are the id, the time and the position of each marker, as they were read.
    """
    newest = _newest(schema, names, FILLING)
    parameters = {**newest.parameters, "expected": len(expected)}
    same = "COUNT(*) = %(expected)s"
    found = []
    for number, (update_id, at, position) in enumerate(expected):
        parameters |= {f"id{number}": update_id, f"at{number}": at, f"position{number}": position}
        held = "IS NULL" if position is None else f"= %(position{number})s"
        found.append(
            f'(update_id = %(id{number})s AND inserted_at = %(at{number})s AND "position" {held})'
        )
    if found:
        either = "\n        OR ".join(found)
        same += f"\n    AND COUNT(CASE WHEN {either} THEN 1 END) = %(expected)s"
    return Statement(
        f"SELECT 1 / CASE WHEN {same} THEN 1 ELSE 0 END AS unchanged\n{newest.template}",
        parameters,
    )


def _newest(schema: str, names: Iterable[TableName], tasks: tuple[str, ...]) -> Statement:
    """Return the clause FROM of the newest markers that these tasks wrote for relations."""
    return Statement(
        "FROM (\n"
        "    SELECT *,\n"
        f"        {PLACE}"
        f"    FROM {table(marker_table(schema))}\n"
        "    WHERE target_table IN %(tables)s\n"
        "        AND task IN %(read)s\n"
        ") AS ranked\n"
        "WHERE place = 1",
        {"tables": tuple(sorted({str(name) for name in names})), "tasks": FILLING, "read": tasks},
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

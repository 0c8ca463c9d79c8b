"""Render statements for display, without values that can be secret."""

import datetime as dt
import re
from collections.abc import Container
from typing import Any

from pipeline.sql.statement import Statement

HIDDEN = "'***'"
_PLACE = re.compile(r"%\((\w+)\)s|%%")

PLAIN = frozenset(
    {
        *("update_id", "task", "target_table", "run_date", "run_hour", "prefix"),
        "fingerprint",
        *("manifest", "null_as", "region", "description"),
        *("tables", "tasks", "read", "staging_table", "markers"),
        *("load_kind", "reason", "position", "source", "since", "proved"),
    }
)
"""Parameters of loads and markers that are never secret."""

LATER = frozenset(
    {
        "object_id",
        "last_key",
        "started_at",
        "inserted_at",
        "row_count",
        "byte_count",
        "snapshot",
        *("whole_at", "read_at"),
        *("rows_added", "rows_changed", "rows_deleted"),
    }
)
"""Parameters whose value is known only at execution; shown by name, ``<started_at>``."""


def preview(statement: Statement, plain: Container[str] = ()) -> str:
    """Render a statement; only the values of parameters in ``plain`` are shown."""

    def shown(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "%"
        kind = name.rstrip("_0123456789")  # of several, update_id_0
        if kind not in plain:
            return HIDDEN
        return f"<{name}>" if kind in LATER else _literal(statement.parameters[name])

    return f"{_PLACE.sub(shown, statement.template)};"


def _literal(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case int() | float():
            return str(value)
        case tuple():
            return f"({', '.join(map(_literal, value))})"
        case dt.date():
            return f"'{value.isoformat()}'"
    return "'" + str(value).replace("'", "''") + "'"

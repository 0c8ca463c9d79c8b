"""Statements as they may be shown to people: what would be said, without what may be secret."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container
from typing import Any

from pipeline.sql.statement import Statement

HIDDEN = "'***'"
_PLACE = re.compile(r"%\((\w+)\)s|%%")

PLAIN = frozenset(
    {
        *("update_id", "task", "target_table", "run_date", "prefix", "fingerprint"),
        *("manifest", "null_as", "region", "description"),
    }
)
"""Parameters of loads and markers that everybody may see."""

LATER = frozenset({"started_at", "inserted_at", "row_count", "byte_count", "snapshot"})
"""Parameters whose value is known only when the statement is said; it is shown by its name."""


def preview(statement: Statement, plain: Container[str] = ()) -> str:
    """Render a statement; values that ``plain`` does not name are hidden: any may be a secret."""

    def shown(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "%"
        if name not in plain:
            return HIDDEN
        return f"<{name}>" if name in LATER else _literal(statement.parameters[name])

    return f"{_PLACE.sub(shown, statement.template)};"


def _literal(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case int() | float():
            return str(value)
        case dt.date():
            return f"'{value.isoformat()}'"
    return "'" + str(value).replace("'", "''") + "'"

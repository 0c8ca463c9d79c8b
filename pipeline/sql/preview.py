"""Statements as they may be shown to people: what would be said, without the values."""

from __future__ import annotations

import re

from pipeline.sql.statement import Statement

HIDDEN = "'***'"
_PLACE = re.compile(r"%\(\w+\)s|%%")


def preview(statement: Statement) -> str:
    """Render a statement with every value hidden, since any of them may be a secret."""
    if not statement.parameters:
        return f"{statement.text};"
    shown = _PLACE.sub(lambda found: "%" if found[0] == "%%" else HIDDEN, statement.text)
    return f"{shown};"

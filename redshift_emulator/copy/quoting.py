"""Names and literals in SQL for the PostgreSQL behind the stand-in."""

from __future__ import annotations


def identifier(name: str) -> str:
    """Quote a name."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text so that it reads the same with and without standard_conforming_strings."""
    return "E'" + text.replace("\0", "").replace("\\", "\\\\").replace("'", "''") + "'"

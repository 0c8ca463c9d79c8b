"""What queries may hold for PostgreSQL and not for Redshift, or not for the stand-in."""

from __future__ import annotations

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries import functions

OPERATORS = frozenset({"->", "->>", "#>", "#>>", "@>", "<@"})
# Word sequences that PostgreSQL would take and Redshift does not.
REFUSED = (
    (("distinct", "on"), "SELECT DISTINCT ON is not supported"),
    (("distinct", "from"), "IS DISTINCT FROM is not supported"),
    (("on", "conflict"), "INSERT ... ON CONFLICT is not supported"),
    (("for", "update"), "SELECT FOR UPDATE is not supported"),
    (("for", "share"), "SELECT FOR SHARE is not supported"),
    (("exclude",), "EXCLUDE: Redshift has it, this stand-in does not"),
    (("ignore", "nulls"), "IGNORE NULLS: Redshift has it, this stand-in does not"),
    (("as", "materialized"), "MATERIALIZED is not supported"),
    (("with", "ordinality"), "WITH ORDINALITY is not supported"),
    (("returning",), "RETURNING is not supported"),
    (("lateral",), "LATERAL is not supported"),
    (("tablesample",), "TABLESAMPLE is not supported"),
    (("pivot",), "PIVOT: Redshift has it, this stand-in does not"),
    (("unpivot",), "UNPIVOT: Redshift has it, this stand-in does not"),
    (("qualify",), "QUALIFY: Redshift has it, this stand-in does not"),
)


def unknown_function(name: str) -> RedshiftError:
    """Refuse a function: Redshift has it and the stand-in not, or neither is known to."""
    if name in functions.KNOWN_TO_REDSHIFT:
        return NotSupportedError(f"function {name}: Redshift has it, this stand-in does not")
    return RedshiftError(
        f"function {name}() does not exist",
        sqlstate="42883",
        hint="The stand-in knows the functions that docs/redshift-stand-in.md lists.",
    )


def unknown_catalog_table(name: Name) -> RedshiftError:
    """Refuse a system table that the stand-in has not."""
    return RedshiftError(
        f'relation "{name}" does not exist',
        sqlstate="42P01",
        hint="Of the system tables, the stand-in has those that docs/redshift-stand-in.md lists.",
    )

"""Constructs of queries that Redshift or the emulator does not support."""

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries import functions

OPERATORS = frozenset({"->", "->>", "#>", "#>>", "@>", "<@"})
# Word sequences that PostgreSQL would accept.
REFUSED = (
    (("distinct", "on"), "SELECT DISTINCT ON is not supported"),
    (("distinct", "from"), "IS DISTINCT FROM is not supported"),
    (("on", "conflict"), "INSERT ... ON CONFLICT is not supported"),
    (("for", "update"), "SELECT FOR UPDATE is not supported"),
    (("for", "share"), "SELECT FOR SHARE is not supported"),
    (("exclude",), "EXCLUDE: not supported by the emulator"),
    (("ignore", "nulls"), "IGNORE NULLS: not supported by the emulator"),
    (("as", "materialized"), "MATERIALIZED is not supported"),
    (("with", "ordinality"), "WITH ORDINALITY is not supported"),
    (("returning",), "RETURNING is not supported"),
    (("lateral",), "LATERAL is not supported"),
    (("tablesample",), "TABLESAMPLE is not supported"),
    (("pivot",), "PIVOT: not supported by the emulator"),
    (("unpivot",), "UNPIVOT: not supported by the emulator"),
    (("qualify",), "QUALIFY: not supported by the emulator"),
)


def unknown_function(name: str) -> RedshiftError:
    """Build the error about a function that only Redshift has, or that does not exist."""
    if name in functions.KNOWN_TO_REDSHIFT:
        return NotSupportedError(f"function {name}: not supported by the emulator")
    return RedshiftError(
        f"function {name}() does not exist",
        sqlstate="42883",
        hint="The emulator supports the functions in docs/emulator/README.md.",
    )


def unknown_catalog_table(name: Name) -> RedshiftError:
    """Build the error about a system table that the emulator does not have."""
    return RedshiftError(
        f'relation "{name}" does not exist',
        sqlstate="42P01",
        hint="The emulator supports the system tables in docs/emulator/README.md.",
    )

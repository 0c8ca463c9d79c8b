"""The types that Redshift documents for the computed columns of a query.

https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from collections.abc import Callable

from redshift_emulator.language.computed.decimals import NULL, Decimal, Text
from redshift_emulator.language.computed.node_tree import Node
from redshift_emulator.language.computed.texts import is_text
from redshift_emulator.language.computed.types import column
from redshift_emulator.language.types import UNKNOWN_WIDTH, RedshiftType

# What PostgreSQL's computed columns without a length or precision are read as.
SHORTEST = RedshiftType("char", 1)
DECIMAL = RedshiftType("decimal")
UNSIZED = frozenset({UNKNOWN_WIDTH, SHORTEST, DECIMAL})
TEXT = RedshiftType("text")
Derivation = Callable[[RedshiftType, Node, int], RedshiftType | None]


def derived(found: RedshiftType, query: Node, place: int) -> RedshiftType | None:
    """Return the type of a column of an analyzed query, None if it cannot be derived.

    A text whose length cannot be derived has the type UNKNOWN_WIDTH, but for NULL.
    """
    if found not in UNSIZED:
        return found
    computed = column(query, place)
    if computed == NULL:
        return None
    match computed:
        case Decimal(precision, scale) if found == DECIMAL:
            return RedshiftType("decimal", precision=precision, scale=scale)
        case Text(width) if found != DECIMAL:
            return RedshiftType(found.name, width)
    return found if found == UNKNOWN_WIDTH else None


def derived_in_view(found: RedshiftType, query: Node, place: int) -> RedshiftType | None:
    """Return the type of a column of a bound view, which is TEXT where that is computed."""
    if found == UNKNOWN_WIDTH and is_text(query, place):
        return TEXT
    return derived(found, query, place)

"""The types that Redshift documents for the computed columns of a query.

https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from redshift_emulator.language.computed.decimals import Decimal, Text
from redshift_emulator.language.computed.node_tree import Node
from redshift_emulator.language.computed.types import column
from redshift_emulator.language.type_names import LONGEST_VARCHAR
from redshift_emulator.language.types import RedshiftType

# What PostgreSQL's computed columns without a length or precision are read as.
LONGEST = RedshiftType("varchar", LONGEST_VARCHAR)
SHORTEST = RedshiftType("char", 1)
DECIMAL = RedshiftType("decimal")
UNSIZED = frozenset({LONGEST, SHORTEST, DECIMAL})


def derived(found: RedshiftType, query: Node, place: int) -> RedshiftType | None:
    """Return the type of a column of an analyzed query, None if it cannot be derived."""
    if found not in UNSIZED:
        return found
    match column(query, place):
        case Decimal(precision, scale) if found == DECIMAL:
            return RedshiftType("decimal", precision=precision, scale=scale)
        case Text(width) if found != DECIMAL:
            return RedshiftType(found.name, width)
    return None

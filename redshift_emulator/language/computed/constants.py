"""The types of the constants of an analyzed query."""

from redshift_emulator.language.computed.decimals import (
    CAST_NULL,
    NULL,
    Computed,
    Decimal,
    Text,
)
from redshift_emulator.language.computed.node_tree import Node

# PostgreSQL's numbers of types, which never change.
INTEGERS = {21: 5, 23: 10, 20: 19}
NUMERIC = 1700
TEXT, _VARCHAR = 25, 1043
TEXTS = frozenset({TEXT, 1042, _VARCHAR})
_VARCHAR_HEADER = 4
FIRST_CREATED = 16384
"""The first number of types, functions and operators that are not PostgreSQL's own."""


def of_type(type_number: int, modifier: int) -> Computed:
    """Return the type of a column by PostgreSQL's type and modifier."""
    if type_number in INTEGERS:
        return Decimal(INTEGERS[type_number], 0)
    if modifier < _VARCHAR_HEADER:
        return None
    packed = modifier - _VARCHAR_HEADER
    if type_number == NUMERIC:
        return Decimal(packed >> 16, packed & 0x7FF)
    return Text(packed) if type_number in TEXTS else None


def constant(node: Node) -> Computed:
    """Return the type of a constant."""
    kind = node.number("consttype")
    known = of_type(kind, node.number("consttypmod"))
    if known is not None:
        return known
    if is_null(node):
        return {_VARCHAR: CAST_NULL, TEXT: NULL}.get(kind)
    data = bytes(int(each) & 0xFF for each in node["constvalue"][2:-1])
    if kind == NUMERIC:
        return _literal_decimal(data[4:])
    return Text(max(len(data) - 4, 1)) if kind in TEXTS else None


def _literal_decimal(data: bytes) -> Decimal | None:
    """Return the type of a number in PostgreSQL's short format: a header and digits of 10000."""
    header = int.from_bytes(data[:2], "little")
    if header & 0xC000 != 0x8000:
        return None
    scale = (header & 0x1F80) >> 7
    weight = (header & 0x3F) - (header & 0x40)
    first = int.from_bytes(data[2:4], "little")
    integers = 4 * weight + len(str(first)) if weight >= 0 and first else 0
    return Decimal(max(integers + scale, 1), scale)


def integer(node: Node) -> int:
    """Return the value of a constant that is an INTEGER."""
    data = bytes(int(each) & 0xFF for each in node["constvalue"][2:6])
    return int.from_bytes(data, "little", signed=True)


def text(node: Node) -> str | None:
    """Return the value of a constant that is a text: bytes behind a header of four; None: NULL."""
    if is_null(node):
        return None
    return bytes(int(each) & 0xFF for each in node["constvalue"][6:-1]).decode("utf-8")


def is_null(node: Node) -> bool:
    """Return whether an expression is NULL."""
    return node.tag == "CONST" and node["constisnull"] == "true"

"""Syntax that only the leader node understands: arrays, and operators by their full names.

https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions_leader_node_only.html
"""

from collections.abc import Sequence

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, Token
from redshift_emulator.language.type_names import LEADER_TYPES

_ELEMENTS = LEADER_TYPES | {"smallint", "integer", "bigint", "varchar"}
_BEFORE = {"array": "[", "operator": "("}


def is_leader_syntax(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a word begins ``ARRAY[``, ``OPERATOR(`` or ``ANY('{...}')``."""
    word = tokens[index].value
    following = tokens[index + 1 : index + 3]
    if word in _BEFORE:
        return bool(following) and following[0].is_operator(_BEFORE[word])
    is_list = word in {"any", "all", "some"} and len(following) > 1
    return is_list and following[0].is_operator("(") and following[1].kind is Kind.STRING


def array_type(parser: Parser, element: str) -> str:
    """Read the brackets of ``conkey::int[]``; return the type."""
    if element not in _ELEMENTS:
        raise NotSupportedError("arrays are not supported")
    parser.expect_operator("[")
    parser.expect_operator("]")
    return f"{element}[]"


def is_leader_type(name: str) -> bool:
    """Return whether only the leader node has a type: of the catalog, or an array."""
    return name in LEADER_TYPES or name.endswith("[]") or name.startswith("information_schema.")

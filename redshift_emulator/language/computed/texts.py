"""The columns of views that are of the type TEXT.

Functions and operators of text return TEXT, without a length, on the leader node, which creates
a view: ``'a' || 'b'`` and ``lpad('x', 1)`` are columns of this type on clusters.
https://github.com/aws/amazon-redshift-jdbc-driver/issues/98
https://github.com/trinodb/trino/blob/master/plugin/trino-redshift/src/test/java/io/trino/plugin/redshift/TestRedshiftTypeMapping.java
"""

from redshift_emulator.language.computed.constants import FIRST_CREATED, TEXT
from redshift_emulator.language.computed.node_tree import Node
from redshift_emulator.language.computed.sources import Scope, column_sources, variable_sources


def is_text(query: Node, place: int) -> bool:
    """Return whether functions or operators of PostgreSQL's compute a column of a query."""
    return any(_is_text(*source) for source in column_sources(query, place))


def _is_text(node: Node, scope: Scope) -> bool:
    match node.tag:
        case "FUNCEXPR":
            return node.number("funcresulttype") == TEXT and node.number("funcid") < FIRST_CREATED
        case "OPEXPR":
            return node.number("opresulttype") == TEXT
        case "VAR" if node.number("vartype") == TEXT:
            return any(_is_text(*source) for source in variable_sources(node, scope))
        case _:
            return False

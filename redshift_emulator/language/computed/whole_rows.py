"""Whole rows as values, such as ``count(t)``, which Redshift does not have."""

from collections.abc import Iterator

from redshift_emulator.language.computed.node_tree import Node, descendants
from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.queries.scan import Shape
from redshift_emulator.language.tokens import Kind, Statement

_BEFORE_VALUES = (
    *("select", "where", "and", "or", "not", "by", "distinct", "case", "when", "then", "else"),
    *("on", "having", "all"),
)


def may_have_rows(statement: Statement, shape: Shape, first: int) -> bool:
    """Return whether a name of a table stands where a value may stand, or ``t.*`` in a call."""
    tokens = statement.tokens
    tables = {index for table in shape.tables for index in range(table.first, table.last)}
    names = set(_names(statement, shape))
    for index in range(first + 1, len(tokens)):
        before, token = tokens[index - 1], tokens[index]
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        if before.is_operator(".") and token.is_operator("*"):
            if after is not None and (after.is_operator(")") or after.is_word("is")):
                return True
        elif token.is_name and token.value in names and index not in tables:
            follows = after is not None and after.is_operator(".", "(")
            begins = before.is_word(*_BEFORE_VALUES) or (
                before.kind is Kind.OPERATOR and before.value not in {".", ")", "]"}
            )
            if begins and not follows:
                return True
    return False


def _names(statement: Statement, shape: Shape) -> Iterator[str]:
    """Yield the names of the relations, and the aliases of tables and subqueries."""
    tokens = statement.tokens
    for table in shape.tables:
        yield table.name.name
    ends = [table.last for table in shape.tables]
    ends += [
        last + 1
        for first, last in shape.pairs.items()
        if tokens[first - 1].is_word("from", "join") or tokens[first + 1].is_word("select", "with")
    ]
    for end in ends:
        for token in tokens[end : end + 2]:
            if token.is_name and not token.is_word("as"):
                yield token.value
                break


def refuse_whole_rows(query: Node) -> None:
    """Refuse an analyzed query in which a row is a value."""
    for node in descendants(query):
        if node.tag == "VAR" and node["varattno"] == "0":
            raise NotSupportedError("rows as values are not supported")

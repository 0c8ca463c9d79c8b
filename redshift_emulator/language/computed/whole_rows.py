"""Whole rows as values, such as ``count(t)``, which Redshift does not have."""

from collections.abc import Iterator, Sequence

from redshift_emulator.language.computed.node_tree import Node, descendants
from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.queries.text.scan import Shape
from redshift_emulator.language.tokens import Kind, Statement, Token
from redshift_emulator.language.words import words

_BEFORE_VALUES = (
    *("select", "where", "and", "or", "not", "by", "distinct", "case", "when", "then", "else"),
    *("on", "having", "all"),
)
# PostgreSQL's functions that take any row: of ``t.to_json``, it makes a call if no column has
# that name.
_OF_ROWS = words(
    """
    any_value array_agg concat count cume_dist dense_rank first_value hash_record json_agg
    json_agg_strict json_build_array json_build_object jsonb_agg jsonb_agg_strict
    jsonb_build_array jsonb_build_object lag last_value lead max min mode num_nonnulls num_nulls
    percent_rank pg_collation_for pg_column_compression pg_column_size pg_column_toast_chunk_id
    pg_typeof quote_literal quote_nullable rank record_out record_send row_to_json to_json to_jsonb
    """
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
            if _is_call(tokens[index + 1 : index + 3]):
                return True
            follows = after is not None and after.is_operator(".", "(")
            begins = before.is_word(*_BEFORE_VALUES) or (
                before.kind is Kind.OPERATOR and before.value not in {".", ")", "]"}
            )
            if begins and not follows:
                return True
    return False


def _is_call(following: Sequence[Token]) -> bool:
    """Return whether ``.to_json`` follows."""
    return len(following) == 2 and following[0].is_operator(".") and following[1].value in _OF_ROWS


def _names(statement: Statement, shape: Shape) -> Iterator[str]:
    """Yield the names of the relations, and the aliases of tables and subqueries."""
    tokens = statement.tokens
    for table in shape.tables:
        yield table.name.name
    ends = [table.last for table in shape.tables]
    begins = {table.first for table in shape.tables}
    ends += [
        last + 1
        for first, last in shape.pairs.items()
        if first + 1 in begins or tokens[first + 1].is_word("select", "with")
    ]
    for end in ends:
        for token in tokens[end : end + 2]:
            if token.is_name and not token.is_word("as"):
                yield token.value
                break


def refuse_whole_rows(query: Node) -> None:
    """Refuse an analyzed query in which a row is a value, without looking into views."""
    for node in descendants(query, omit=_is_view):
        if node.tag == "VAR" and node["varattno"] == "0":
            raise NotSupportedError("rows as values are not supported")


def _is_view(node: Node) -> bool:
    return node["relkind"] in {"v", "m"}

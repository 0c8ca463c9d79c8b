"""GROUP BY ALL: the columns that it means.

https://docs.aws.amazon.com/redshift/latest/dg/r_GROUP_BY_clause.html
"""

from itertools import pairwise

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.queries.names.functions import AGGREGATES
from redshift_emulator.language.queries.text.splice import Splice, Spliced
from redshift_emulator.language.tokens import Statement, syntax_error

_NUMBER_OF_TOKENS = 3
"""Of GROUP BY ALL."""


def without_group_by_all(statement: Statement, first: int) -> Spliced | None:
    """Return the statement with the numbers of the columns in the first GROUP BY ALL, or None."""
    tokens = statement.tokens
    for index in range(first, len(tokens) - _NUMBER_OF_TOKENS + 1):
        words = tokens[index : index + _NUMBER_OF_TOKENS]
        if all(
            token.is_word(word) for token, word in zip(words, ("group", "by", "all"), strict=True)
        ):
            numbers = ", ".join(map(str, _grouped(statement, index)))
            text = f"GROUP BY {numbers}" if numbers else ""
            splice = Splice(statement.text)
            splice.replace(words[0].start, words[-1].end, text)
            return splice.apply(tokens[first].start, tokens[-1].end)
    return None


def _grouped(statement: Statement, group: int) -> list[int]:
    """Return the positions in the select list of the columns without an aggregate."""
    return [
        number
        for number, (start, end) in enumerate(_items(statement, group), 1)
        if not _is_aggregate(statement, start, end)
    ]


def _select_before(statement: Statement, group: int) -> int:
    """Return the SELECT of the query with this GROUP BY."""
    depth = 0
    for index in range(group, -1, -1):
        token = statement.tokens[index]
        depth += token.is_operator(")") - token.is_operator("(")
        if depth == 0 and token.is_word("select"):
            return index
        if depth < 0:
            break
    raise syntax_error("GROUP")


def _items(statement: Statement, group: int) -> list[tuple[int, int]]:
    """Return the tokens of each item of the select list of the query with this GROUP BY."""
    tokens = statement.tokens
    start = _select_before(statement, group) + 1
    start += tokens[start].is_word("all", "distinct")
    start += 2 * tokens[start].is_word("top")
    items, depth = [], 0
    for index in range(start, group):
        token = tokens[index]
        depth += token.is_operator("(") - token.is_operator(")")
        if depth == 0 and (token.is_operator(",") or token.is_word("from")):
            items.append((start, index))
            start = index + 1
        if depth == 0 and token.is_word("from"):
            break
    if any(tokens[end - 1].is_operator("*") for _, end in items):
        raise NotSupportedError("GROUP BY ALL with *: not supported by the emulator")
    return items


def _is_aggregate(statement: Statement, start: int, end: int) -> bool:
    """Return whether an item calls an aggregate, which is no window function."""
    tokens = statement.tokens[start:end]
    calls = any(token.is_word("within") for token in tokens) or any(
        token.is_name and token.value in AGGREGATES and after.is_operator("(")
        for token, after in pairwise(tokens)
    )
    if calls and any(token.is_word("over") for token in tokens):
        raise NotSupportedError(
            "GROUP BY ALL with a window function: not supported by the emulator"
        )
    return calls

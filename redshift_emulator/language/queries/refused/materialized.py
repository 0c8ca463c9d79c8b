"""Queries of materialized views: what they must not contain, and how they are refreshed.

https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-create-sql-command.html
https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-refresh-sql-command.html
"""

from itertools import pairwise

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.queries.text.scan import Shape
from redshift_emulator.language.tokens import Statement, Token
from redshift_emulator.language.words import words

_MUTABLE = words(
    """
    getdate sysdate random current_date current_time current_timestamp timeofday now
    pg_backend_pid
    """
)
_NOT_INCREMENTAL = (
    words(
        """
        union intersect except minus over median percentile_cont percentile_disc listagg
        stddev_samp stddev_pop stddev variance var_samp var_pop approximate bit_and bit_or bool_and
        bool_or
        """
    )
    | _MUTABLE
)


def refuse_order_and_limit(query: Statement) -> None:
    """Refuse ORDER BY, LIMIT, OFFSET and TOP of a SELECT; windows may be ordered."""
    selects = [False]
    for token, following in pairwise([*query.tokens, query.tokens[-1]]):
        if token.is_operator("("):
            selects.append(False)
        elif token.is_operator(")") and len(selects) > 1:
            selects.pop()
        elif token.is_word("select"):
            selects[-1] = True
        elif selects[-1] and _orders(token, following):
            word = token.value.upper()
            raise NotSupportedError(f"{word} is not supported in a materialized view")


def _orders(token: Token, following: Token) -> bool:
    if token.is_word("order"):
        return following.is_word("by")
    return token.is_word("limit", "offset", "top")


def is_mutable(query: Statement) -> bool:
    """Return whether the result changes with time, not only with the tables."""
    return any(token.is_word(*_MUTABLE) for token in query.tokens)


def is_incremental(query: Statement, shape: Shape) -> bool:
    """Return whether Redshift refreshes it from the changes of its tables alone."""
    if any(token.is_word(*_NOT_INCREMENTAL) for token in query.tokens):
        return False
    for token, following in pairwise(query.tokens):
        if token.is_word("left", "right", "full") and following.is_word("join", "outer"):
            return False
        if token.is_operator("(") and following.is_word("distinct"):
            return False
        if following.is_word("select") and token.is_operator("(") and not _in_from(query, token):
            return False
    return bool(shape.relations)


def _in_from(query: Statement, opening: Token) -> bool:
    """Return whether a parenthesis begins an item of FROM."""
    place = query.tokens.index(opening)
    return place > 0 and query.tokens[place - 1].is_word("from", "join", "as")

"""WITH RECURSIVE: where it may stand, and what a query that reads itself must have.

https://docs.aws.amazon.com/redshift/latest/dg/r_WITH_clause.html
"""

from collections.abc import Sequence

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.queries.refused.words import matches
from redshift_emulator.language.queries.text.scan import Shape
from redshift_emulator.language.tokens import Token
from redshift_emulator.language.words import HIERARCHY


def is_recursive(tokens: Sequence[Token], index: int) -> bool:
    """Return whether WITH, before a token, is a recursive one that no CONNECT BY has become."""
    return tokens[index].is_word("recursive") and tokens[index + 1].value != HIERARCHY


def refuse_recursive_subquery(shape: Shape, tokens: Sequence[Token], opening: int) -> None:
    """Refuse WITH RECURSIVE in parentheses, but around a whole query, as of CREATE TABLE AS."""
    begins = opening == 0 or (tokens[0].is_word("create") and tokens[opening - 1].is_word("as"))
    if not begins or shape.pairs[opening] + 1 < len(tokens):
        raise NotSupportedError("WITH RECURSIVE in a subquery is not supported")


def refuse_recursive(shape: Shape, tokens: Sequence[Token], index: int) -> None:
    """Check each common table expression from ``index`` on that reads itself."""
    while index < len(tokens):
        opening = index
        while opening < len(tokens) and not matches(tokens, opening, ("as", "(")):
            opening += 1
        body = opening + 1, shape.pairs.get(opening + 1, len(tokens))
        if any(
            each.is_name and each.value == tokens[index].value for each in tokens[slice(*body)]
        ):
            _check_recursive(shape, tokens, index, body)
        if not matches(tokens, body[1] + 1, (",",)):
            return
        index = body[1] + 2


def _check_recursive(
    shape: Shape, tokens: Sequence[Token], index: int, body: tuple[int, int]
) -> None:
    """Require a column list and UNION ALL."""
    if not matches(tokens, index + 1, ("(",)):
        message = "a recursive common table expression needs a list of its columns"
        raise RedshiftError(message, sqlstate="42601")
    for position in shape.outer(*body):
        if tokens[position].is_word("union") and not tokens[position + 1].is_word("all"):
            message = "a recursive common table expression needs UNION ALL"
            raise NotSupportedError(message)

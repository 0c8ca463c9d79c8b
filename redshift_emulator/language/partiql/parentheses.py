"""Parentheses of a statement, and what they hold in FROM."""

from collections.abc import Mapping, Sequence

from redshift_emulator.language.tokens import Token, syntax_error

_BEHIND_QUERY = ("union", "intersect", "except", "minus", "order", "limit", "offset")


def find_pairs(tokens: Sequence[Token], first: int) -> dict[int, int]:
    """Map opening parentheses to closing ones."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for index in range(first, len(tokens)):
        if tokens[index].is_operator("("):
            opened.append(index)
        elif tokens[index].is_operator(")") and opened:
            pairs[opened.pop()] = index
    if opened:
        raise syntax_error("(")
    return pairs


def holds_join(tokens: Sequence[Token], pairs: Mapping[int, int], opening: int) -> bool:
    """Return whether parentheses in FROM hold items, not a query.

    Items are ``(t JOIN u ...)`` and ``((SELECT ...) AS t JOIN u ...)``, a query is
    ``((SELECT ...) UNION ...)``.
    """
    inner = opening + 1
    if inner not in pairs:
        return inner < len(tokens) and not tokens[inner].is_word("select", "with", "values")
    behind = pairs[inner] + 1
    if behind < len(tokens) and tokens[behind].is_operator(")"):
        return holds_join(tokens, pairs, inner)
    return behind < len(tokens) and not tokens[behind].is_word(*_BEHIND_QUERY)

"""Clauses of queries that PostgreSQL has added since 8.0, recognized by more than their words."""

from collections.abc import Callable, Sequence

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.queries.text.scan import Shape
from redshift_emulator.language.tokens import SYNTAX_ERROR, Kind, Token, syntax_error
from redshift_emulator.language.words import NO_FUNCTIONS, RESERVED

INTO_EXPRESSION = "navigation into the result of an expression: not supported by the emulator"
_QUERIES = ("select", "with")
_ORDERS = ("<", "<=", ">", ">=")
# What ends a list of items.
_NO_ITEM = (
    *("from", "into", "where", "group", "having", "order", "limit", "offset"),
    *("union", "intersect", "except", "minus"),
)
_WITHOUT_PARENTHESES = (
    *("current_date", "current_time", "current_timestamp", "current_user", "session_user"),
    *("localtime", "localtimestamp", "sysdate", "user"),
)
_BEFORE_VALUES = RESERVED | NO_FUNCTIONS


def refuse_clauses(shape: Shape, tokens: Sequence[Token], first: int) -> None:
    """Raise the error about the first clause that is not supported."""
    openings = {closing: opening for opening, closing in shape.pairs.items()}
    for index in range(first, len(tokens)):
        token = tokens[index]
        if index > first and tokens[index - 1].is_operator("."):
            continue  # a part of a name
        if token.kind is Kind.WORD and token.value in _BY_WORD:
            _BY_WORD[token.value](shape, tokens, index)
        elif token.is_operator(*_ORDERS) or token.is_word("between"):
            negated = tokens[index - 1].is_word("not")
            _refuse_rows(shape, tokens, openings.get(index - 1 - negated, -1))
        elif token.is_operator(".") and index > first:
            _refuse_field(*tokens[index - 1 : index + 2])


def _require_items(_shape: Shape, tokens: Sequence[Token], index: int) -> None:
    """Refuse an empty select list."""
    if index + 1 == len(tokens):
        raise RedshiftError("syntax error at end of input", sqlstate=SYNTAX_ERROR)
    following = tokens[index + 1]
    if following.is_word(*_NO_ITEM) or following.is_operator(")"):
        raise syntax_error(following.value)


def _require_number(_shape: Shape, tokens: Sequence[Token], index: int) -> None:
    """Refuse LIMIT and OFFSET of queries, NULL and CASE; sums of numbers are accepted.

    https://github.com/jOOQ/jOOQ/issues/18358 has the message,
    https://github.com/TobikoData/sqlmesh/blob/main/sqlmesh/core/audit/builtin.py a sum.
    """
    following = tokens[index + 1 : index + 3]
    if not following or index == 0 or tokens[index - 1].is_word("as", "select"):
        return  # a name
    number, *after = following
    clause = tokens[index].value.upper()
    inner = after[0] if number.is_operator("(") and after else number
    if inner.is_word("select", "with"):
        raise NotSupportedError(f"argument of {clause} must not contain subqueries")
    is_computed = (
        number.kind is Kind.NUMBER and bool(after) and after[0].is_operator("/", "%", "||")
    )
    if is_computed or inner.is_word("null", "case"):
        raise NotSupportedError(f"{clause} takes a number")


def _require_table(shape: Shape, tokens: Sequence[Token], index: int) -> None:
    """Refuse a function without parentheses in the place of a table."""
    around = [opening for opening in shape.pairs if opening < index < shape.pairs[opening]]
    if around and not tokens[max(around) + 1].is_word(*_QUERIES):
        return  # EXTRACT(day FROM current_date)
    for token in tokens[index + 1 : index + 2]:
        if token.is_word(*_WITHOUT_PARENTHESES):
            raise syntax_error(token.value)


def _refuse_alias(shape: Shape, tokens: Sequence[Token], index: int) -> None:
    """Refuse ``JOIN u USING (a) AS j``; behind DELETE ... USING stands a table or a query."""
    closing = shape.pairs.get(index + 1, len(tokens))
    is_list = closing < len(tokens) - 1 and not tokens[index + 2].is_word(*_QUERIES)
    if is_list and tokens[closing + 1].is_word("as"):
        raise NotSupportedError("USING with an alias is not supported")


def _refuse_cycle(_shape: Shape, tokens: Sequence[Token], index: int) -> None:
    """Refuse ``CYCLE a, b SET ...`` behind a common table expression."""
    if index + 2 >= len(tokens):
        return
    before, name, after = tokens[index - 1], tokens[index + 1], tokens[index + 2]
    if (
        before.is_operator(")")
        and name.is_name
        and (after.is_operator(",") or after.is_word("set"))
    ):
        raise NotSupportedError("CYCLE is not supported")


def _refuse_rows(shape: Shape, tokens: Sequence[Token], opening: int) -> None:
    """Refuse ``(a, b) < (1, 2)``: PostgreSQL 8.0 compares rows in another way than later ones."""
    if opening < 0 or not _is_row(tokens, opening):
        return
    position = opening + 1
    while position < shape.pairs[opening]:
        if tokens[position].is_operator(","):
            raise NotSupportedError("rows are compared with = and <> only")
        position = shape.pairs.get(position, position) + 1


def _refuse_field(before: Token, _point: Token, *after: Token) -> None:
    """Refuse ``(a).b`` of what is no SUPER: PostgreSQL would call any function or cast ``b``."""
    closes = before.is_operator(")", "]") or before.kind is Kind.PARAMETER
    if closes and any(token.is_name for token in after):
        raise NotSupportedError(INTO_EXPRESSION)


def _is_row(tokens: Sequence[Token], opening: int) -> bool:
    """Return whether a parenthesis begins no arguments, no window, no list and no query."""
    before, after = tokens[opening - 1], tokens[opening + 1]
    is_call = before.is_name and before.value not in _BEFORE_VALUES
    is_list = before.is_word("over", "group", "in")  # WITHIN GROUP (ORDER BY a, b)
    return not (is_call or is_list or after.is_word(*_QUERIES))


_BY_WORD: dict[str, Callable[[Shape, Sequence[Token], int], None]] = {
    "select": _require_items,
    "using": _refuse_alias,
    "cycle": _refuse_cycle,
    "limit": _require_number,
    "offset": _require_number,
    "from": _require_table,
    "join": _require_table,
}

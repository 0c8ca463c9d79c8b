"""Constructs of queries that Redshift or the emulator does not support."""

from collections.abc import Sequence
from itertools import pairwise

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Name
from redshift_emulator.language.queries.names import functions
from redshift_emulator.language.queries.names.catalog_names import is_system_name
from redshift_emulator.language.queries.refused.clauses import refuse_clauses
from redshift_emulator.language.queries.refused.format_strings import refuse_format
from redshift_emulator.language.queries.refused.recursive import (
    is_recursive,
    refuse_recursive,
    refuse_recursive_subquery,
)
from redshift_emulator.language.queries.refused.words import REFUSED, matches
from redshift_emulator.language.queries.text.scan import Call, Shape
from redshift_emulator.language.tokens import Kind, Token

OPERATORS = frozenset({"->", "->>", "#>", "#>>", "@>", "<@", "@@", "^@"})
_SYSTEM_TABLES = "The emulator supports the system tables in docs/emulator/README.md."
_STRUCTURE = frozenset({Kind.WORD, Kind.OPERATOR})
# PostgreSQL's system columns, which Redshift does not have.
SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
_MAY_BE_NAMES = ("returning", "tablesample")
_BY_FIRST: dict[str, list[tuple[tuple[str, ...], str]]] = {}
for _words, _reason in REFUSED:
    _BY_FIRST.setdefault(_words[0], []).append((_words, _reason))
# https://docs.aws.amazon.com/redshift/latest/dg/c_Window_functions.html
_FRAMED = functions.AGGREGATES | {"first_value", "last_value", "nth_value"}
_BEGIN_PAIRS = frozenset({"collate", "using", "lateral", ".", "offset", "approximate"})
_BEFORE_QUERIES = ("with", "union", "intersect", "except", "minus")
_APPROXIMATED = frozenset({"count", "percentile_disc"})
# "The frame clause doesn't apply to ranking functions."
_UNFRAMED = frozenset(
    {
        *("cume_dist", "dense_rank", "lag", "lead", "ntile", "percent_rank", "rank"),
        *("ratio_to_report", "row_number"),
    }
)


def refuse(shape: Shape, tokens: Sequence[Token], first: int) -> None:
    """Raise the error about the first construct of a query that is not supported."""
    _refuse_first(tokens, first)
    refuse_clauses(shape, tokens, first)
    for index in range(first, len(tokens)):
        token = tokens[index]
        if token.is_name and token.value in SYSTEM_COLUMNS:
            raise RedshiftError(f'column "{token.value}" does not exist', sqlstate="42703")
        if index > first and tokens[index - 1].is_operator("."):
            continue  # a part of a name
        if token.value in _BY_FIRST:
            _refuse_words(tokens, index)
        if token.kind in _STRUCTURE:
            _refuse_clause(shape, tokens, index)
    for call in shape.calls:
        _refuse_call(shape, tokens, call)


def _refuse_first(tokens: Sequence[Token], first: int) -> None:
    """Refuse VALUES and TABLE as the query of a view, a table, a cursor or EXPLAIN."""
    head = tokens[first - 1 : first] if first else ()
    if tokens[0].is_word("explain") or any(token.is_word("as", "for") for token in head):
        _refuse_query(tokens, first)


def _refuse_query(tokens: Sequence[Token], index: int) -> None:
    """Refuse VALUES and TABLE where a query begins."""
    if matches(tokens, index, ("values", "(")) or matches(tokens, index, ("table",)):
        message = f"{tokens[index].value.upper()} is not supported as a query"
        raise NotSupportedError(message)


def _refuse_later(shape: Shape, tokens: Sequence[Token], index: int) -> None:
    """Refuse VALUES and TABLE behind UNION and the like, or a WITH list; check the list."""
    start = index + 1
    if tokens[index].is_word("with"):
        if tokens[start].is_word("recursive"):
            refuse_recursive(shape, tokens, start + 1)
        start = _behind_list(shape, tokens, start)
    elif tokens[start].is_word("all", "distinct"):
        start += 1
    _refuse_query(tokens, start)


def _behind_list(shape: Shape, tokens: Sequence[Token], index: int) -> int:
    """Return where the query behind a list of common table expressions begins."""
    index += tokens[index].is_word("recursive")
    while True:
        index += 1
        if matches(tokens, index, ("(",)):  # the columns
            while index < len(tokens) and not tokens[index].is_operator(")"):
                index += 1
            index += 1
        if not matches(tokens, index, ("as", "(")):
            return len(tokens)
        index = shape.pairs.get(index + 1, len(tokens)) + 1
        if not matches(tokens, index, (",",)):
            return index
        index += 1


def _refuse_words(tokens: Sequence[Token], index: int) -> None:
    following = tokens[index + 1].value if index + 1 < len(tokens) else ""
    if tokens[index].is_word(*_MAY_BE_NAMES) and (
        tokens[index - 1].is_word("as", "by", "distinct", "select")
        or tokens[index - 1].is_operator(",")
    ):
        return
    for words, reason in _BY_FIRST[tokens[index].value]:
        if words[1:2] in {(), (following,)} and matches(tokens, index, words):
            raise NotSupportedError(reason)


def _refuse_clause(shape: Shape, tokens: Sequence[Token], index: int) -> None:
    """Refuse clauses that are recognized by more than their words."""
    if tokens[index].value in _BEGIN_PAIRS:
        for after in tokens[index + 1 : index + 2]:
            _refuse_pair(tokens, index, after)
    if index + 2 >= len(tokens):
        return
    token, following, second = tokens[index : index + 3]
    if token.is_operator("(") and following.is_word("update") and second.is_name:
        message = "UPDATE in a common table expression is not supported"
        raise NotSupportedError(message)
    if token.is_operator("(") and following.is_word("with") and is_recursive(tokens, index + 2):
        refuse_recursive_subquery(shape, tokens, index)
    if token.is_word("window") and matches(tokens, index + 2, ("as", "(")):
        raise NotSupportedError("WINDOW is not supported; repeat the window after OVER")
    if token.is_word(*_BEFORE_QUERIES):
        _refuse_later(shape, tokens, index)


def _refuse_pair(tokens: Sequence[Token], index: int, after: Token) -> None:
    """Refuse a word by the kind of the token behind it."""
    word = tokens[index]
    if word.is_word("collate") and after.is_name:
        raise NotSupportedError("COLLATE in a query is not supported")
    if word.is_word("using") and after.is_operator("<", ">"):
        raise NotSupportedError("ORDER BY ... USING is not supported")
    if word.is_word("lateral") and after.is_name and matches(tokens, index + 2, ("(",)):
        raise NotSupportedError("LATERAL is not supported")
    behind = tokens[index + 2 : index + 3]
    if (
        word.is_operator(".")
        and after.is_operator("*")
        and [each.value for each in behind] == ["::"]
    ):
        raise NotSupportedError("rows as values are not supported")
    if word.is_word("offset") and any(token.is_word("row", "rows") for token in behind):
        raise NotSupportedError("OFFSET ... ROWS is not supported")
    is_call = matches(tokens, index + 2, ("(",))
    if word.is_word("approximate") and is_call and after.value not in _APPROXIMATED:
        raise NotSupportedError(f"APPROXIMATE {after.value.upper()} is not supported")


def _refuse_call(shape: Shape, tokens: Sequence[Token], call: Call) -> None:
    if any(
        matches(tokens, index, ("order", "by"))
        for index in shape.outer(call.opening, call.closing)
    ):
        message = f"{call.name}: ORDER BY in the arguments is not supported"
        raise NotSupportedError(message)
    if call.name == "random" and call.arguments:
        raise unknown_function(f"{call.name}(low, high)")
    if call.name in {"lag", "lead"} and len(call.arguments) > 2:
        raise NotSupportedError(f"{call.name} with a default value is not supported")
    _refuse_pattern(shape, tokens, call)
    refuse_format(tokens, call)
    if call.name in _UNFRAMED and matches(tokens, call.closing + 1, ("within",)):
        raise NotSupportedError(f"{call.name} WITHIN GROUP is not supported")
    opening = call.closing + 2
    if call.name in _UNFRAMED and opening in shape.pairs and tokens[opening - 1].is_word("over"):
        _check_no_frame(call.name, tokens[opening : shape.pairs[opening]])
    if call.name in _FRAMED and opening in shape.pairs and tokens[opening - 1].is_word("over"):
        _check_frame(tokens[opening : shape.pairs[opening]])


def _refuse_pattern(shape: Shape, tokens: Sequence[Token], call: Call) -> None:
    """Refuse SUBSTRING(text FROM 'pattern')."""
    if call.name in {"substring", "substr"} and any(
        tokens[index].is_word("from", "similar") and tokens[index + 1].kind is Kind.STRING
        for index in shape.outer(call.opening, call.closing)
    ):
        message = "SUBSTRING with a pattern is not supported; use REGEXP_SUBSTR"
        raise NotSupportedError(message)


def _check_no_frame(name: str, window: Sequence[Token]) -> None:
    """Refuse a frame of a function that has none, and an order of RATIO_TO_REPORT."""
    if _frames(window):
        raise NotSupportedError(f"{name} with a window frame is not supported")
    if name == "ratio_to_report" and any(token.is_word("order") for token in window):
        raise NotSupportedError(f"{name} with ORDER BY in its window is not supported")


def _frames(window: Sequence[Token]) -> set[str]:
    """Return the words that begin the frame of a window; columns may have the same names."""
    return {
        token.value
        for before, token, following in zip(window, window[1:], window[2:], strict=False)
        if token.is_word("rows", "range", "groups")
        and not before.is_operator(".")
        and (following.is_word("between", "unbounded", "current") or following.kind is Kind.NUMBER)
    }


def _check_frame(window: Sequence[Token]) -> None:
    """Require a frame of an ordered window; RANGE accepts no number of rows."""
    words = {token.value for token in window if token.kind is Kind.WORD}
    frames = _frames(window)
    if "order" in words and not frames:
        raise RedshiftError(
            "Aggregate window functions with an ORDER BY clause require a frame clause",
            sqlstate="42601",
        )
    numbers = [
        token
        for token, following in pairwise(window)
        if following.is_word("preceding", "following") and not token.is_word("unbounded")
    ]
    if "range" in frames and numbers:
        raise NotSupportedError("RANGE with a number PRECEDING or FOLLOWING is not supported")
    if "groups" in frames:
        raise NotSupportedError("a window frame in GROUPS is not supported")


def unknown_function(name: str) -> RedshiftError:
    """Build the error about a function that only Redshift has, or that does not exist."""
    if name in functions.KNOWN_TO_REDSHIFT or name.startswith(functions.KNOWN_PREFIXES):
        return NotSupportedError(f"function {name}: not supported by the emulator")
    return RedshiftError(
        f"function {name if '(' in name else f'{name}()'} does not exist",
        sqlstate="42883",
        hint="The emulator supports the functions in docs/emulator/README.md.",
    )


def unknown_catalog_table(name: Name) -> RedshiftError:
    """Build the error about a system table that the emulator does not have."""
    if is_system_name(name):
        return NotSupportedError(
            f"system table {name}: not supported by the emulator", hint=_SYSTEM_TABLES
        )
    return RedshiftError(
        f'relation "{name}" does not exist',
        sqlstate="42P01",
        hint=_SYSTEM_TABLES,
    )

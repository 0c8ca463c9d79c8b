"""Items of select lists: literals, and the names of calls without an alias, which are Redshift's.

The names are those of the results that Amazon's pages print: ``pgdate_part`` for DATE_PART.
"""

from collections.abc import Iterator, Sequence

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.oracle.selects import Selects, outer
from redshift_emulator.language.queries.text.scan import Call, Shape
from redshift_emulator.language.tokens import Kind, Statement, Token

_ITSELF = (
    "bpcharcmp bpcharlen charindex collate concat current_setting date_add date_diff"
    " date_part_year dexp dlog1 dlog10 func_md5 func_sha1 last_user_query_id lcase len"
    " pg_last_copy_count pg_last_copy_id pg_last_query_id pg_last_unload_count pg_last_unload_id"
    " ratio_to_report replicate sha slice_num textlen ucase"
)
_OF_CALLS = {name: name for name in _ITSELF.split()} | {
    "date_part": "pgdate_part",
    "dateadd": "date_add",
    "datediff": "date_diff",
    "extract": "date_part",
    "log": "dlog10",
}
_OF_WORDS = {"current_date": "date", "sysdate": "timestamp", "user": "current_user"}
_TYPES = frozenset({"super", "varbyte"})
_OF_CASTS = frozenset({"::", "(", ")", ","})
_LITERALS = frozenset({Kind.STRING, Kind.NUMBER})
_NAMED = frozenset({*_OF_CALLS, *_OF_WORDS, *_TYPES, "nullif"})
_TESTS = ("isnull", "notnull")
_BEHIND = ("within", "group", "ignore", "respect", "nulls", "over")


def item_names(statement: Statement, shape: Shape, first: int) -> dict[int, str]:
    """Return the names that items without an alias get, by the position behind the item."""
    tokens = statement.tokens
    selects_any = any(token.value == "select" for token in tokens)  # INSERT may have many rows
    if not selects_any or not any(
        _may_change(tokens[index - 1], tokens[index]) for index in range(first, len(tokens))
    ):
        return {}
    calls = {call.first: call for call in shape.calls}
    selects = Selects(statement, first)
    names: dict[int, str] = {}
    for start, end in _items(selects):
        _refuse_row(selects, start, end)
        if end == start + 1:
            name = _OF_WORDS.get(tokens[start].value) if tokens[start].is_word(*_OF_WORDS) else ""
        elif tokens[start + 1].is_operator("::") and tokens[start].kind in _LITERALS:
            name = _of_cast(tokens[start + 2 : end])
        else:
            name = _of_call(statement, shape, calls.get(start), end)
        if name:
            names[tokens[end - 1].end] = name
    return names


def untyped_columns(statement: Statement, first: int) -> frozenset[str | None]:
    """Return the literals without a type in subqueries' select lists, with None for NULL."""
    tokens = statement.tokens[first:]
    if sum(token.is_word("select") for token in tokens) < 2 or not any(map(_is_untyped, tokens)):
        return frozenset()
    selects = Selects(statement, first)
    items = [
        start
        for start, end in _items(selects)
        if _is_untyped(selects.tokens[start])
        and _is_whole(selects.tokens[start + 1 : end])
        and any(left < start < right for left, right in selects.pairs.items())
    ]
    tokens = statement.tokens
    return frozenset(
        tokens[item].value if tokens[item].kind is Kind.STRING else None for item in items
    )


def _is_untyped(token: Token) -> bool:
    return token.kind is Kind.STRING or token.is_word("null")


def _may_change(before: Token, token: Token) -> bool:
    """Return whether a token may belong to an item that gets a name, or begin a row."""
    begins = token.is_operator("(") and (
        before.is_operator(",") or before.is_word("select", "distinct", "all")
    )
    return begins or (token.value in _NAMED and token.kind is Kind.WORD)


def _refuse_row(selects: Selects, start: int, end: int) -> None:
    """Refuse an item that is a row, such as ``(a, b)``."""
    tokens, closing = selects.tokens, selects.pairs.get(start)
    if (
        closing is None
        or tokens[start + 1].is_word("select", "with")
        or not _is_whole(tokens[closing + 1 : end])
    ):
        return
    if any(tokens[index].is_operator(",") for index in outer(selects.pairs, start + 1, closing)):
        raise NotSupportedError("row constructors are not supported")


def _is_whole(behind: Sequence[Token]) -> bool:
    """Return whether nothing but an alias is behind a value: ``(a, b) IS NULL`` is a condition."""
    if not behind or behind[0].is_word("as"):
        return True
    return len(behind) == 1 and behind[0].is_name and not behind[0].is_word(*_TESTS)


def _items(selects: Selects) -> Iterator[tuple[int, int]]:
    """Yield the tokens of the items of all select lists, without DISTINCT and TOP."""
    tokens = selects.tokens
    for select in selects.found:
        start, last = select.first + 1, select.end(select.first + 1)
        while start < last and tokens[start].is_word("distinct", "all", "top"):
            start += 1 + tokens[start].is_word("top")
        inside = outer(selects.pairs, start, last)
        commas = [index for index in inside if tokens[index].is_operator(",")]
        items = zip([start, *(index + 1 for index in commas)], [*commas, last], strict=True)
        yield from (item for item in items if item[0] < item[1])  # PostgreSQL refuses empty ones


def _of_cast(tokens: Sequence[Token]) -> str | None:
    """Return the name of a literal after its casts, if PostgreSQL has no type of this name."""
    if any(token.kind is Kind.OPERATOR and token.value not in _OF_CASTS for token in tokens):
        return None
    types = [token.value for token in tokens if token.is_name]
    return types[-1] if types and types[-1] in _TYPES else None


def _of_call(statement: Statement, shape: Shape, call: Call | None, end: int) -> str | None:
    """Return the name of an item that is a call and nothing else."""
    if call is None:
        return None
    tokens, index = statement.tokens, call.closing + 1
    while index < end and (tokens[index].is_word(*_BEHIND) or index in shape.pairs):
        index = shape.pairs.get(index, index) + 1
    if index != end:
        return None
    if call.name == "nullif" and call.arguments:
        first, last = call.arguments[0]
        names = tokens[first:last]
        is_column = all(token.is_name or token.is_operator(".") for token in names)
        return names[-1].value if is_column and names else None
    return _OF_CALLS.get(call.name)

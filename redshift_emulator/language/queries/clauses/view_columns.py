"""PG_GET_LATE_BINDING_VIEW_COLS in FROM, which becomes a subquery that lists the columns.

https://docs.aws.amazon.com/redshift/latest/dg/PG_GET_LATE_BINDING_VIEW_COLS.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.text.splice import Splice, Spliced
from redshift_emulator.language.tokens import Kind, Statement, Token, literal, quoted

FUNCTION = "pg_get_late_binding_view_cols"
_CONDITION = 4  # tokens: WHERE view_name = 'v'
_NONE = "SELECT ''::name, ''::name, ''::name, ''::varchar, 0::int WHERE false"


@dataclass(frozen=True, slots=True)
class ViewColumn:
    """A column of a late-binding view; ``number`` counts from 1."""

    schema: str
    view: str
    name: str
    type: str
    number: int


@dataclass(frozen=True, slots=True)
class ViewColumns:
    """A call: its tokens, ``first`` up to ``last``, and the names that its query gives.

    ``view`` is the name of the only view whose columns the query selects, if it names one.
    """

    first: int
    last: int
    alias: str
    names: tuple[str, ...]
    view: str | None


def find_view_columns(statement: Statement, first: int) -> ViewColumns | None:
    """Return the first call of the function, or None."""
    if FUNCTION not in statement.text.lower():
        return None
    tokens = statement.tokens
    for index in range(first, len(tokens)):
        if tokens[index].is_word(FUNCTION):
            start = index - 2 * (index > 1 and tokens[index - 1].is_operator("."))
            if tokens[start - 1].is_word("select"):
                message = f"{FUNCTION.upper()} outside of FROM: not supported by the emulator"
                raise NotSupportedError(message)
            return _read(Parser(statement, index + 1), start)
    return None


def _read(parser: Parser, first: int) -> ViewColumns:
    """Read the parentheses and the alias with the names and types of the columns."""
    parser.expect_operator("(")
    parser.expect_operator(")")
    parser.accept("as")
    try:
        alias = parser.take_name()
        parser.expect_operator("(")
        names = tuple(_names(parser))
    except RedshiftError as error:
        message = 'a column definition list is required for functions returning "record"'
        raise RedshiftError(message, sqlstate="42601") from error
    if len(names) != 5:
        message = "function return row and query-specified return row do not match"
        raise RedshiftError(message, sqlstate="42804")
    last = parser.position
    return ViewColumns(first, last, alias, names, _only_view(parser, names[1]))


def _only_view(parser: Parser, column: str) -> str | None:
    """Return ``v`` of ``WHERE view_name = 'v' [AND ...]``: other views need no analysis.

    dbt asks for the columns of each relation of a project.
    """
    tokens = parser.statement.tokens[parser.position :]
    if len(tokens) <= _CONDITION or not tokens[0].is_word("where"):
        return None
    name, equals, value = tokens[1:_CONDITION]
    if not (name.is_name and name.value == column and equals.is_operator("=")):
        return None
    is_all = tokens[_CONDITION].is_word("and") or tokens[_CONDITION].is_operator(")")
    return value.value if value.kind is Kind.STRING and is_all and _all(tokens) else None


def _all(tokens: Sequence[Token]) -> bool:
    """Return whether a condition, up to a parenthesis that closes, has no OR outside of others."""
    depth = 0
    for token in tokens:
        depth += token.is_operator("(") - token.is_operator(")")
        if depth < 0:
            break
        if depth == 0 and token.is_word("or"):
            return False
    return True


def _names(parser: Parser) -> Iterator[str]:
    """Read the column definitions up to their closing parenthesis; yield the names."""
    depth = 1
    while depth:
        yield parser.take_name()
        while depth and not (depth == 1 and parser.accept_operator(",")):
            token = parser.take()
            depth += token.is_operator("(") - token.is_operator(")")


def with_view_columns(
    statement: Statement, first: int, found: ViewColumns, columns: Sequence[ViewColumn]
) -> Spliced:
    """Return the statement with these columns instead of the call."""
    rows = " UNION ALL ".join(_row(column) for column in columns) or _NONE
    names = ", ".join(quoted(name) for name in found.names)
    splice, tokens = Splice(statement.text), statement.tokens
    start, end = tokens[found.first].start, tokens[found.last - 1].end
    splice.replace(start, end, f"({rows}) AS {quoted(found.alias)} ({names})")
    return splice.apply(tokens[first].start, tokens[-1].end)


def _row(column: ViewColumn) -> str:
    names = (column.schema, column.view, column.name)
    texts = (*(f"{_literal(name)}::name" for name in names), f"{_literal(column.type)}::varchar")
    return f"SELECT {', '.join(texts)}, {column.number}::int"


def _literal(text: str) -> str:
    return literal(NAMES.restored(text)).replace("\\", "\\\\")

"""The grammar of PL/pgSQL's statements that contain no others.

https://docs.aws.amazon.com/redshift/latest/dg/c_PLpgSQL-statements.html
"""

from collections.abc import Callable

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.procedures.nodes import (
    Assign,
    Close,
    Diagnostics,
    Fetch,
    Leave,
    Node,
    Open,
    Raise,
    Return,
    Sql,
    StartTransaction,
)
from redshift_emulator.language.tokens import Kind, Statement, Token

_LEVELS = ("notice", "info", "log", "warning", "exception")


def until(parser: Parser, *ends: str) -> Statement:
    """Take tokens up to a word or mark outside of parentheses; at least one."""
    first, depth = parser.position, 0
    while not (depth == 0 and _is_end(parser.peek, ends)):
        token = parser.take()
        depth += token.is_operator("(") - token.is_operator(")")
        depth += token.is_word("case")
        depth -= token.is_word("end")
        if token.is_operator(";"):
            parser.position -= 1
            raise parser.fail()
    if parser.position == first:
        raise parser.fail()
    statement = parser.statement
    return Statement(statement.text, statement.tokens[first : parser.position])


def _is_end(token: Token | None, ends: tuple[str, ...]) -> bool:
    return token is not None and (token.is_word(*ends) or token.is_operator(*ends))


def parse_simple(parser: Parser) -> Node | None:
    """Parse a statement with its semicolon; NULL, which does nothing, is None."""
    following = parser.ahead(1)
    if following is not None and following.is_operator(":=", "="):
        name = parser.take_type_word()
        parser.take()
        node: Node | None = Assign(name, until(parser, ";"))
    elif parser.accept("null"):
        node = None
    elif parser.accept("start", "transaction"):
        node = StartTransaction()
    else:
        word = parser.accept_any(*_PARSERS)
        node = _PARSERS[word](parser) if word is not None else _sql(until(parser, ";"))
    parser.expect_operator(";")
    return node


def _leave(parser: Parser, *, continues: bool) -> Node:
    label = "" if parser.at("when") or parser.at_operator(";") else parser.take_name()
    condition = until(parser, ";") if parser.accept("when") else None
    return Leave(continues, label, condition)


def _raise(parser: Parser) -> Node:
    if parser.at_operator(";"):
        return Raise("", "", ())
    level = parser.accept_any(*_LEVELS)
    if level is None:
        raise parser.fail()
    text = parser.take_string()
    values: list[Statement] = []
    while parser.accept_operator(","):
        values.append(_variable(parser))
    if text.replace("%%", "").count("%") != len(values):
        message = "RAISE needs a value for each % of its format"
        raise RedshiftError(message, sqlstate="42601")
    return Raise(level, text, tuple(values))


def _variable(parser: Parser) -> Statement:
    """Take a variable or a field of a record: RAISE takes no other expressions."""
    first = parser.position
    if parser.peek is not None and parser.peek.kind is Kind.PARAMETER:
        parser.take()
    else:
        parser.take_type_word()
        if parser.accept_operator("."):
            parser.take_type_word()
    if not (parser.at_operator(",") or parser.at_operator(";")):
        raise parser.fail()
    statement = parser.statement
    return Statement(statement.text, statement.tokens[first : parser.position])


def _execute(parser: Parser) -> Node:
    expression = until(parser, "into", ";")
    return Sql(expression, _targets(parser) if parser.at("into") else (), dynamic=True)


def _targets(parser: Parser) -> tuple[str, ...]:
    parser.expect("into")
    return tuple(parser.take_list(parser.take_name))


def _diagnostics(parser: Parser) -> Node:
    parser.expect("diagnostics")
    name = parser.take_name()
    if not parser.accept_operator(":="):
        parser.expect_operator("=")
    parser.expect("row_count")
    return Diagnostics(name)


def _open(parser: Parser) -> Node:
    """Parse ``OPEN name { FOR query | FOR EXECUTE text | [(value, ...)] }``."""
    name = parser.take_name()
    if parser.accept("for"):
        dynamic = parser.accept("execute")
        return Open(name, until(parser, ";"), dynamic, ())
    values: list[Statement] = []
    if parser.accept_operator("("):
        values = parser.take_list(lambda: until(parser, ",", ")"))
        parser.expect_operator(")")
    return Open(name, None, dynamic=False, values=tuple(values))


def _fetch(parser: Parser) -> Node:
    return Fetch(parser.take_name(), _targets(parser))


def _perform(_parser: Parser) -> Node:
    raise NotSupportedError("PERFORM in procedures: not supported by the emulator")


def _move(_parser: Parser) -> Node:
    raise NotSupportedError("MOVE in procedures: not supported by Redshift")


_PARSERS: dict[str, Callable[[Parser], Node]] = {
    "close": lambda parser: Close(parser.take_name()),
    "continue": lambda parser: _leave(parser, continues=True),
    "execute": _execute,
    "exit": lambda parser: _leave(parser, continues=False),
    "fetch": _fetch,
    "get": _diagnostics,
    "move": _move,
    "open": _open,
    "perform": _perform,
    "raise": _raise,
    "return": lambda _: Return(),
}


def _sql(statement: Statement) -> Sql:
    """Take INTO out of a SELECT: ``SELECT INTO a, b ...`` or ``SELECT ... INTO a FROM ...``."""
    tokens, depth = statement.tokens, 0
    for index, token in enumerate(tokens):
        depth += token.is_operator("(") - token.is_operator(")")
        if depth == 0 and token.is_word("into") and tokens[0].is_word("select", "with"):
            parser = Parser(statement, index + 1)
            targets = tuple(parser.take_list(parser.take_name))
            rest = (*tokens[:index], *tokens[parser.position :])
            return Sql(Statement(statement.text, rest), targets, dynamic=False)
    return Sql(statement, (), dynamic=False)

"""CREATE FUNCTION and DROP FUNCTION: scalar functions in SQL.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_FUNCTION.html
"""

from itertools import pairwise

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.interval_types import INTERVALS
from redshift_emulator.language.parser import Name, Parser
from redshift_emulator.language.procedures.arguments import take_argument_name
from redshift_emulator.language.queries.text.splice import Splice
from redshift_emulator.language.tokens import Kind, Statement, literal, split, syntax_error
from redshift_emulator.language.type_names import backend_type, parse_type
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.session.long_names import save_names
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.refusals import refuse_constants
from redshift_emulator.statements.queries.rewrite import rewritten
from redshift_emulator.statements.routines.procedures import save_arguments

MOST_ARGUMENTS = 32
_PYTHON = "plpythonu"
_IN_CALLS = ("both", "from", "in", "leading", "trailing")
"""Words before an argument of TRIM, POSITION and SUBSTRING."""
_CLAUSES = ("from", "into", "where", "group", "having", "order", "limit", "union", "intersect",
            "except", "minus")  # fmt: skip


def create_function(statement: Statement, session: Session) -> str:
    """CREATE [OR REPLACE] FUNCTION name ([argument] type, ...) RETURNS type volatility ..."""
    parser = Parser(statement, database=session.database)
    parser.expect("create")
    replaces = "OR REPLACE " if parser.accept("or", "replace") else ""
    parser.expect("function")
    name = parser.take_qualified()
    _refuse_language(statement)
    first = parser.position
    types = ", ".join(_parse_types(parser))
    listed = parser.text_from(first)
    parser.expect("returns")
    kind = _parse_type(parser)
    result = backend_type(kind)
    volatility = parser.accept_any("volatile", "stable", "immutable")
    if volatility is None:
        raise parser.fail()
    parser.expect("as")
    body = parser.take_string()
    _parse_language(parser)
    query = _rewrite_body(body, session)
    if kind.name == "decimal":
        query = f"SELECT ({query})::{result}"  # PostgreSQL's functions return any scale
    signature = f"{Name(name.schema or session.current_schema(), name.name).sql}({types})"
    session.run(
        f"CREATE {replaces}FUNCTION {signature} RETURNS {result}"
        f" LANGUAGE sql {volatility.upper()} AS {literal(query)}"
    )
    save_arguments(session, signature, listed)
    return "CREATE FUNCTION"


def _refuse_language(statement: Statement) -> None:
    """Refuse Python before its arguments, which have names, are read."""
    for token, following in pairwise(statement.tokens):
        if token.is_word("language") and following.value != "sql":
            where = "the emulator" if following.value == _PYTHON else "Redshift"
            message = f"LANGUAGE {following.value} of a function: not supported by {where}"
            raise NotSupportedError(message)


def _parse_language(parser: Parser) -> None:
    parser.expect("language")
    parser.expect("sql")
    parser.expect_end()


def _parse_types(parser: Parser) -> list[str]:
    """Parse ``([argument] type, ...)``; SQL refers to arguments by number, not by name."""
    parser.expect_operator("(")
    types: list[str] = []
    if not parser.at_operator(")"):
        types = parser.take_list(lambda: _parse_argument(parser))
    parser.expect_operator(")")
    if len(types) > MOST_ARGUMENTS:
        message = f"functions cannot have more than {MOST_ARGUMENTS} arguments"
        raise RedshiftError(message, sqlstate="54023")
    return types


def _parse_argument(parser: Parser) -> str:
    take_argument_name(parser)
    return backend_type(_parse_type(parser))


def _parse_type(parser: Parser) -> RedshiftType:
    found = parse_type(parser)
    if found.name in INTERVALS:
        message = f"a function with the type {found.name}: not supported by the emulator"
        raise NotSupportedError(message)
    return found


def _rewrite_body(body: str, session: Session) -> str:
    """Return the SELECT of a body in PostgreSQL's SQL; it has a select list only."""
    statements = split(body, case_sensitive=session.case_sensitive)
    if len(statements) != 1 or not statements[0].tokens[0].is_word("select"):
        raise RedshiftError("the body of a function is one SELECT clause", sqlstate="42601")
    depth = 0
    for index, token in enumerate(statements[0].tokens):
        depth += token.is_operator("(") - token.is_operator(")")
        if (depth == 0 and token.is_word(*_CLAUSES)) or (index and token.is_word("select")):
            raise syntax_error(token.value)
    refuse_constants(statements[0], session)
    save_names(session, *(token.value for token in statements[0].tokens))
    text = _with_values(statements[0])
    statement = split(text, case_sensitive=session.case_sensitive)[0]
    with rewritten(statement, session, writes=True) as (query, _):
        return query.sql.text


def _with_values(body: Statement) -> str:
    """Return a body with the arguments of calls and casts in parentheses, as values.

    Those are converted as columns are; a parameter alone may be a driver's, without a type.
    """
    splice = Splice(body.text)
    tokens = body.tokens
    for before, token, after in zip(tokens, tokens[1:], [*tokens[2:], tokens[0]], strict=False):
        is_operand = before.is_operator("(", ",") or before.is_word(*_IN_CALLS)
        is_operand = is_operand or after.is_operator("::")
        if token.kind is Kind.PARAMETER and is_operand and not after.is_operator(".", "["):
            splice.replace(token.start, token.end, f"({token.value})")
    return splice.apply(tokens[0].start, tokens[-1].end).text


def drop_function(statement: Statement, session: Session) -> str:
    """DROP FUNCTION name ([argument] type, ...) [CASCADE | RESTRICT]."""
    parser = Parser(statement, database=session.database)
    parser.expect("drop", "function")
    name: Name = parser.take_qualified()
    types = _parse_types(parser)
    cascade = parser.take_cascade()
    parser.expect_end()
    session.run(f"DROP FUNCTION {name.sql}({', '.join(types)}){cascade}")
    return "DROP FUNCTION"

"""PREPARE, EXECUTE and DEALLOCATE.

A prepared statement is kept as text. EXECUTE replaces its parameters and runs it like any other
statement, with its locks and its late-binding views.
https://docs.aws.amazon.com/redshift/latest/dg/r_PREPARE.html
"""

from dataclasses import dataclass

from redshift_emulator.language.errors import UNKNOWN_SCALE, RedshiftError
from redshift_emulator.language.interval_types import INTERVALS
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.text.splice import Splice
from redshift_emulator.language.tokens import Kind, Statement, Token, split
from redshift_emulator.language.type_names import parse_type
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.session.savepoint import undone
from redshift_emulator.session.session import Session
from redshift_emulator.statements.queries.rewrite import rewritten

# A relation, a schema, a column or the syntax: errors that no value of a parameter causes.
_OF_RELATIONS = frozenset({"42P01", "3F000", "42703", "42601"})
_PREPARABLE = ("select", "with", "insert", "update", "delete")
# A parameter's type has no length, as in PostgreSQL.
_CASTS = frozenset(
    ("smallint", "integer", "bigint", "real", "double precision", "boolean", "date", "time",
     "timetz", "timestamp", "timestamptz", "super", "varbyte", *INTERVALS)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared statement, and the types to which its parameters are cast ("" for none)."""

    statement: Statement
    types: tuple[str, ...]


def prepare(statement: Statement, session: Session) -> str:
    """PREPARE name [(type, ...)] AS statement."""
    parser = Parser(statement)
    parser.expect("prepare")
    name = parser.take_name()
    types: tuple[str, ...] = ()
    if parser.accept_operator("("):
        types = tuple(parser.take_list(lambda: _take_type(parser)))
        parser.expect_operator(")")
    parser.expect("as")
    if not any(map(parser.at, _PREPARABLE)):
        raise parser.fail()
    if name in session.prepared:
        message = f'prepared statement "{name}" already exists'
        raise RedshiftError(message, sqlstate="42P05")
    prepared = Statement(statement.text, statement.tokens[parser.position :])
    _check_parameters(prepared, len(types))
    found = Prepared(prepared, types)
    if prepared.tokens[0].is_word("select", "with"):
        _check_query(found, session)
    session.prepared[name] = found
    return "PREPARE"


def _check_query(prepared: Prepared, session: Session) -> None:
    """Check what does not depend on the values: syntax, functions, relations, and columns."""
    text = _with_values(prepared, ["NULL"] * len(prepared.types))
    inner = split(text, case_sensitive=session.case_sensitive)[0]
    try:
        with undone(session), rewritten(inner, session) as (query, _):
            session.run(f"PREPARE prepared AS {query.sql.text}; DEALLOCATE prepared")
    except BackendError as error:
        error.fields.pop("P", None)
        if error.sqlstate in _OF_RELATIONS or not prepared.types:
            raise
    except RedshiftError as error:
        if error.message != UNKNOWN_SCALE:
            raise


def _take_type(parser: Parser) -> str:
    kind = parse_type(parser).name
    return kind if kind in _CASTS else ""


def _check_parameters(statement: Statement, count: int) -> None:
    for token in statement.tokens:
        if token.kind is Kind.PARAMETER and not 1 <= int(token.value[1:]) <= count:
            message = f"there is no parameter {token.value}"
            raise RedshiftError(message, sqlstate="42P02")


def executed(statement: Statement, session: Session) -> Statement:
    """Return the statement that EXECUTE name [(value, ...)] runs."""
    parser = Parser(statement)
    parser.expect("execute")
    name = parser.take_name()
    values: list[str] = []
    if parser.accept_operator("("):
        values = parser.take_list(lambda: _take_value(parser))
        parser.expect_operator(")")
    parser.expect_end()
    prepared = session.prepared.get(name)
    if not isinstance(prepared, Prepared):
        message = f'prepared statement "{name}" does not exist'
        raise RedshiftError(message, sqlstate="26000")
    if len(values) != len(prepared.types):
        raise RedshiftError(
            f'wrong number of parameters for prepared statement "{name}"',
            sqlstate="42601",
            detail=f"Expected {len(prepared.types)} parameters but got {len(values)}.",
        )
    text = _with_values(prepared, values)
    return split(text, case_sensitive=session.case_sensitive)[0]


def _take_value(parser: Parser) -> str:
    """Take an expression up to the next comma or the closing parenthesis."""
    first, depth = parser.position, 0
    while parser.peek is not None:
        if depth == 0 and (parser.at_operator(",") or parser.at_operator(")")):
            break
        depth += parser.at_operator("(") - parser.at_operator(")")
        parser.take()
    if parser.position == first:
        raise parser.fail()
    return parser.text_from(first)


def _with_values(prepared: Prepared, values: list[str]) -> str:
    splice = Splice(prepared.statement.text)
    tokens = prepared.statement.tokens
    for token in tokens:
        if token.kind is Kind.PARAMETER:
            place = int(token.value[1:]) - 1
            cast = f"::{prepared.types[place]}" if prepared.types[place] else ""
            value = values[place] if _is_literal(values[place]) else f"({values[place]})"
            splice.replace(token.start, token.end, f"({value}{cast})")
    return splice.apply(tokens[0].start, tokens[-1].end).text


def _is_literal(value: str) -> bool:
    """Return whether a value is a literal, also after a minus sign: its cast rounds."""
    *sign, last = split(value)[0].tokens
    return last.kind in {Kind.NUMBER, Kind.STRING} and all(map(_is_minus, sign))


def _is_minus(token: Token) -> bool:
    return token.is_operator("-")


def deallocate(statement: Statement, session: Session) -> str:
    """DEALLOCATE [PREPARE] { name | ALL }, statements that drivers have prepared included."""
    parser = Parser(statement)
    parser.expect("deallocate")
    parser.accept("prepare")
    if parser.accept("all"):
        parser.expect_end()
        session.prepared.clear()
        return "DEALLOCATE ALL"
    name = parser.take_name()
    parser.expect_end()
    if session.prepared.pop(name, None) is None:
        message = f'prepared statement "{name}" does not exist'
        raise RedshiftError(message, sqlstate="26000")
    return "DEALLOCATE"

"""SET, RESET and SHOW.

https://docs.aws.amazon.com/redshift/latest/dg/r_SET.html
"""

from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, Statement
from redshift_emulator.session import parameters
from redshift_emulator.session.session import Session
from redshift_emulator.session.transactions import parse_modes
from redshift_emulator.statements.show import (
    SHOWS,
    show_constraints,
    show_databases,
    show_datashares,
)
from redshift_emulator.statements.show_definition import show_procedure, show_table, show_view
from redshift_emulator.statements.show_parameters import show_parameters


def _show_all(statement: Statement, session: Session) -> str:
    parser = Parser(statement)
    parser.expect("show", "all")
    parser.expect_end()
    return parameters.show_all(session)


_WITHOUT_FROM = {
    "all": _show_all,
    "constraints": show_constraints,
    "databases": show_databases,
    "datashares": show_datashares,
    "parameters": show_parameters,
    "procedure": show_procedure,
    "table": show_table,
    "view": show_view,
}


def set_parameter(statement: Statement, session: Session) -> str:
    """SET [SESSION | LOCAL] name { TO | = } { value | DEFAULT }, and of the modes of transactions.

    Amazon's driver for Java sends SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL.
    """
    parser = Parser(statement)
    parser.expect("set")
    local = parser.accept("local")
    if not local and parser.accept("session", "characteristics", "as", "transaction"):
        return _set_modes(parser, session)
    parser.accept("session")
    if parser.accept("time", "zone"):
        parameters.set_parameter(session, "timezone", _parse_values(parser), local=local)
        return "SET"
    name, values = parse_setting(parser)
    parameters.set_parameter(session, name, values, local=local)
    return "SET"


def _set_modes(parser: Parser, session: Session) -> str:
    if parser.peek is None:
        raise parser.fail()
    read_only = parse_modes(parser)
    if read_only is not None:
        parameters.set_parameter(session, "readonly", ["on" if read_only else "off"])
    return "SET"


def reset(statement: Statement, session: Session) -> str:
    """RESET { name | ALL }."""
    parser = Parser(statement)
    parser.expect("reset")
    if parser.accept("all"):
        parser.expect_end()
        parameters.reset_all(session)
        return "RESET"
    name = _parse_name(parser)
    parser.expect_end()
    parameters.set_parameter(session, name, ["default"])
    return "RESET"


def show(statement: Statement, session: Session) -> str:
    """SHOW { name | ALL }, and SHOW of objects."""
    parser = Parser(statement)
    parser.expect("show")
    following = parser.ahead(1)
    if following is not None and following.is_word("from") and parser.peek is not None:
        handler = SHOWS.get(parser.peek.value)
        if handler is not None:
            return handler(statement, session)
    for kind, run in _WITHOUT_FROM.items():
        if parser.at(kind):
            return run(statement, session)
    if parser.accept("time", "zone"):
        name = "timezone"
    elif parser.accept("transaction", "isolation", "level"):
        name = "transaction_isolation"
    else:
        name = _parse_name(parser)
    parser.expect_end()
    return parameters.show_parameter(session, name)


def parse_setting(parser: Parser) -> tuple[str, list[str]]:
    """Parse ``name { TO | = } value, ...``."""
    name, values = parse_parameter(parser)
    parser.expect_end()
    return name, values


def parse_parameter(parser: Parser) -> tuple[str, list[str]]:
    """Parse ``name { TO | = } value, ...`` within a statement."""
    name = _parse_name(parser)
    if not parser.accept("to"):
        parser.expect_operator("=")
    return name, parser.take_list(lambda: _parse_value(parser))


def _parse_name(parser: Parser) -> str:
    name = parser.take_type_word()
    while parser.accept_operator("."):
        name += f".{parser.take_type_word()}"
    return name.lower()


def _parse_values(parser: Parser) -> list[str]:
    values = parser.take_list(lambda: _parse_value(parser))
    parser.expect_end()
    return values


def _parse_value(parser: Parser) -> str:
    sign = "-" if parser.accept_operator("-") else ""
    token = parser.take()
    if token.kind in {Kind.OPERATOR, Kind.PARAMETER} or (sign and token.kind is not Kind.NUMBER):
        raise parser.fail()
    return sign + token.value

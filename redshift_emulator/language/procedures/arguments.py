"""The arguments of procedures.

https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_PROCEDURE.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.procedures.body import parse_argument_type
from redshift_emulator.language.procedures.nodes import REFCURSOR
from redshift_emulator.language.tokens import split
from redshift_emulator.language.type_names import backend_type
from redshift_emulator.language.types import RedshiftType

MOST_ARGUMENTS = 32
_MODES = ("in", "out", "inout")


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument; ``mode`` is in, out or inout."""

    name: str
    mode: str
    type: RedshiftType

    @property
    def sql(self) -> str:
        """The argument in PostgreSQL's SQL; its name may change when the procedure is replaced."""
        return f"{self.mode.upper()} {_backend_type(self.type)}"


def _backend_type(kind: RedshiftType) -> str:
    return kind.name if kind == REFCURSOR else backend_type(kind)


def parse_arguments(parser: Parser) -> list[Argument]:
    """Parse ``([name] [mode] type, ...)``; name and mode in any order."""
    parser.expect_operator("(")
    arguments: list[Argument] = []
    if not parser.at_operator(")"):
        arguments = parser.take_list(lambda: _parse_argument(parser))
    parser.expect_operator(")")
    for inputs in (True, False):
        listed = [a for a in arguments if a.mode != ("out" if inputs else "in")]
        if len(listed) > MOST_ARGUMENTS:
            message = f"procedures cannot have more than {MOST_ARGUMENTS} arguments"
            raise RedshiftError(message, sqlstate="54023")
    return arguments


def listed_arguments(text: str, *, case_sensitive: bool) -> list[Argument]:
    """Parse arguments as CREATE PROCEDURE has them: ``(f1 int, INOUT varchar(20))``."""
    (statement,) = split(text, case_sensitive=case_sensitive)
    return parse_arguments(Parser(statement))


def input_types(arguments: Sequence[Argument]) -> str:
    """Return the types that identify a procedure."""
    return ", ".join(_backend_type(a.type) for a in arguments if a.mode != "out")


def _parse_argument(parser: Parser) -> Argument:
    mode = parser.accept_any(*_MODES)
    name = take_argument_name(parser)
    mode = parser.accept_any(*_MODES) or mode or "in"
    return Argument(name, mode, parse_argument_type(parser))


def take_argument_name(parser: Parser) -> str:
    """Take the name before the type of an argument; return "" if it has none."""
    following = parser.ahead(1)
    named = (
        following is not None
        and following.is_name
        and not parser.at("interval")
        and not following.is_word("varying", "precision", "with", "without")
    )
    return parser.take_type_word() if named else ""


def take_signature(parser: Parser) -> str:
    """Take ``name(arguments)`` of a procedure, and render it with the types of its input."""
    name = parser.take_qualified()
    return f"{name.sql}({input_types(parse_arguments(parser))})"

"""Literals of the interval types: ``INTERVAL '1-2' YEAR TO MONTH``.

https://docs.aws.amazon.com/redshift/latest/dg/r_interval_data_types.html
"""

from dataclasses import dataclass

from redshift_emulator.language.interval_types import accept_qualifier, interval_in_backend
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind, Statement, literal


@dataclass(frozen=True, slots=True)
class Qualified:
    """A literal in PostgreSQL's SQL; ``last`` is the token after it."""

    sql: str
    last: int


def qualified(statement: Statement, index: int) -> Qualified | None:
    """Return the literal that begins with the word INTERVAL at ``index``, if it is qualified."""
    tokens = statement.tokens[index : index + 2]
    if len(tokens) < 2 or not tokens[0].is_word("interval") or tokens[1].kind is not Kind.STRING:
        return None
    parser = Parser(statement, index + 2)
    found = accept_qualifier(parser)
    if found is None:
        return None
    sql = f"{literal(tokens[1].value)}::text::{interval_in_backend(found)}"
    return Qualified(sql, parser.position)

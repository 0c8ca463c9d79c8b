"""BEGIN, COMMIT and ROLLBACK.

https://docs.aws.amazon.com/redshift/latest/dg/r_BEGIN.html
"""

from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Statement

_BEGIN = frozenset({"begin", "start"})
_COMMIT = frozenset({"commit", "end"})
_ROLLBACK = frozenset({"rollback", "abort"})
_LEVELS = (
    ("serializable",),
    ("read", "committed"),
    ("read", "uncommitted"),
    ("repeatable", "read"),
)


@dataclass(frozen=True, slots=True)
class Control:
    """A statement that begins or ends a transaction."""

    begins: bool = False
    commits: bool = False
    read_only: bool = False


def parse_control(statement: Statement) -> Control | None:
    """Parse a statement that begins or ends a transaction; None if it is another statement."""
    parser = Parser(statement)
    word = parser.accept_any(*_BEGIN, *_COMMIT, *_ROLLBACK)
    if word is None:
        return None
    if word == "start":
        parser.expect("transaction")
    else:
        parser.accept_any("work", "transaction")
    if word in _BEGIN:
        control = Control(begins=True, read_only=bool(parse_modes(parser)))
    else:
        if parser.at("to") or parser.at("prepared"):
            raise NotSupportedError('SQL command "ROLLBACK TO SAVEPOINT" not supported.')
        control = Control(commits=word in _COMMIT)
    parser.expect_end()
    return control


def parse_modes(parser: Parser) -> bool | None:
    """Parse a transaction's modes; return whether it is READ ONLY, None if no mode says so.

    The isolation level is the database's, whichever they name.
    """
    read_only = None
    while parser.peek is not None:
        if parser.accept("isolation", "level"):
            if not any(parser.accept(*level) for level in _LEVELS):
                raise parser.fail()
        elif parser.accept("read", "only"):
            read_only = True
        elif parser.accept("read", "write"):
            read_only = False
        else:
            raise parser.fail()
        parser.accept_operator(",")
    return read_only

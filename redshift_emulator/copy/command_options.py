"""Options of a command that reads or writes Amazon S3: in any order, each once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from redshift_emulator.copy.authorization import Authorizations
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.tokens import Kind

Reader = Callable[[Parser], Any]
"""Reads the value of an option, behind its word."""


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """The options of a command, by their words; FORMAT [AS] may precede those in ``formats``."""

    readers: Mapping[str, Reader]
    formats: Iterable[str]
    exclusive: Iterable[tuple[str, str]]

    def read(self, parser: Parser, authorizations: Authorizations) -> dict[str, Any]:
        """Read the rest of a statement; refuse unknown, repeated and contradictory options.

        ``NULL AS '-'`` has the name ``null`` and the value of its reader.
        """
        options: dict[str, Any] = {}
        while parser.peek is not None and parser.peek.kind is Kind.WORD:
            if authorizations.read(parser):
                continue
            name, value = self._read_one(parser)
            if name in options:
                message = f"conflicting or redundant options: {name.upper()} appears twice"
                raise RedshiftError(message, sqlstate="42601")
            options[name] = value
        parser.expect_end()
        for one, other in self.exclusive:
            if one in options and other in options:
                message = f"{one.upper()} is not compatible with {other.upper()}"
                raise RedshiftError(message, sqlstate="42601")
        return options

    def _read_one(self, parser: Parser) -> tuple[str, Any]:
        words: Iterable[str] = self.readers
        if parser.accept("format"):
            parser.accept("as")
            words = self.formats
        word = parser.accept_any(*words)
        if word is None:
            raise parser.fail()
        return word, self.readers[word](parser)


def refused(error: type[RedshiftError], message: str, *words: str) -> dict[str, Reader]:
    """Return readers that refuse options; ``{}`` in the message is the word."""

    def refuse(word: str, _: Parser) -> NoReturn:
        raise error(message.format(word.upper()))

    return {word: partial(refuse, word) for word in words}


def not_supported(command: str, *words: str) -> dict[str, Reader]:
    """Return readers that refuse what the emulator does not imitate."""
    message = f"{command} option {{}}: not supported by the emulator"
    return refused(NotSupportedError, message, *words)


def read_flag(_: Parser) -> bool:
    """Return that a word alone is there."""
    return True


def read_text(parser: Parser) -> str:
    """Read ``[AS] 'text'``."""
    parser.accept("as")
    return parser.take_string()


def read_switch(parser: Parser) -> bool:
    """Read ``[ON | TRUE | OFF | FALSE]``, by default ON."""
    return parser.accept_any("on", "true", "off", "false") not in {"off", "false"}

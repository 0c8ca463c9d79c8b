"""A cursor over a statement's tokens, for statements that are parsed by their grammar."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.tokens import (
    Kind,
    Statement,
    Token,
    check_no_nul,
    quoted,
    syntax_error,
)
from redshift_emulator.language.words import RESERVED

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a table or view; with ``schema`` None, the search path decides."""

    schema: str | None
    name: str

    @property
    def sql(self) -> str:
        """The quoted name for the backend: ``"sales"."orders"``."""
        return (
            quoted(self.name)
            if self.schema is None
            else f"{quoted(self.schema)}.{quoted(self.name)}"
        )

    def __str__(self) -> str:
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


def other_database(name: str, known: str) -> RedshiftError:
    """Build the error about an object of another database than the session's."""
    message = f'database "{name}": the emulator has only "{known}"'
    return RedshiftError(message, sqlstate="0A000")


class Parser:
    """Takes tokens one by one; an unexpected token is a syntax error."""

    def __init__(self, statement: Statement, position: int = 0, database: str = "") -> None:
        self.statement = statement
        self.position = position
        self._database = database

    @property
    def peek(self) -> Token | None:
        """The next token, or None at the end."""
        tokens = self.statement.tokens
        return tokens[self.position] if self.position < len(tokens) else None

    def ahead(self, distance: int) -> Token | None:
        """Return the token ``distance`` positions after the next one, or None at the end."""
        tokens = self.statement.tokens
        place = self.position + distance
        return tokens[place] if place < len(tokens) else None

    def fail(self) -> RedshiftError:
        """Build the error about the next token; a string, which may be a secret, is hidden."""
        token = self.peek
        if token is None:
            return RedshiftError("syntax error at end of input", sqlstate="42601")
        if token.kind is Kind.STRING:
            return syntax_error("'...'")
        return syntax_error(self.statement.text[token.start : token.end])

    def take(self) -> Token:
        """Take the next token."""
        token = self.peek
        if token is None:
            raise self.fail()
        self.position += 1
        return token

    def at(self, *words: str) -> bool:
        """Return whether these words come next, in this order."""
        tokens = self.statement.tokens[self.position : self.position + len(words)]
        return len(tokens) == len(words) and all(
            token.is_word(word) for token, word in zip(tokens, words, strict=True)
        )

    def accept(self, *words: str) -> bool:
        """Take these words if they come next."""
        found = self.at(*words)
        if found:
            self.position += len(words)
        return found

    def accept_any(self, *words: str) -> str | None:
        """Take one of these words if one comes next, and return it."""
        token = self.peek
        if token is None or not token.is_word(*words):
            return None
        self.position += 1
        return token.value

    def expect(self, *words: str) -> None:
        """Take these words."""
        for word in words:
            if not self.accept(word):
                raise self.fail()

    def at_operator(self, text: str) -> bool:
        """Return whether this operator comes next."""
        return self.peek is not None and self.peek.is_operator(text)

    def accept_operator(self, text: str) -> bool:
        """Take this operator if it comes next."""
        found = self.at_operator(text)
        if found:
            self.position += 1
        return found

    def expect_operator(self, text: str) -> None:
        """Take this operator."""
        if not self.accept_operator(text):
            raise self.fail()

    def take_list(self, take: Callable[[], Item]) -> list[Item]:
        """Take ``item, ...``, each item by ``take``."""
        items = [take()]
        while self.accept_operator(","):
            items.append(take())
        return items

    def take_cascade(self) -> str:
        """Take ``[CASCADE | RESTRICT]``; return " CASCADE" or nothing, to end a statement with."""
        return " CASCADE" if self.accept_any("cascade", "restrict") == "cascade" else ""

    def take_type_word(self) -> str:
        """Take the first word of a type name."""
        token = self.peek
        if token is None or not token.is_name:
            raise self.fail()
        self.position += 1
        return token.value

    def take_name(self) -> str:
        """Take a name; an unquoted reserved word is a syntax error."""
        token = self.peek
        if token is None or not token.is_name:
            raise self.fail()
        if token.kind is Kind.WORD and token.value in RESERVED:
            raise self.fail()
        self.position += 1
        return token.value

    def take_qualified(self) -> Name:
        """Take ``name``, ``schema.name`` or ``database.schema.name`` in the current database."""
        parts = [self.take_name()]
        while self.accept_operator("."):
            parts.append(self.take_type_word())
        if len(parts) > 3:
            raise self.fail()
        if len(parts) == 3 and parts[0] != self._database:
            raise other_database(parts[0], self._database)
        return Name(parts[-2] if len(parts) > 1 else None, parts[-1])

    def take_database(self) -> str:
        """Take the name of a database, which must be the current one."""
        return self._check_database(self.take_name())

    def take_schema(self) -> str:
        """Take ``schema`` or ``database.schema`` in the current database."""
        name = self.take_name()
        if not self.accept_operator("."):
            return name
        self._check_database(name)
        return self.take_type_word()

    def _check_database(self, name: str) -> str:
        if name != self._database:
            raise other_database(name, self._database)
        return name

    def take_names(self) -> tuple[str, ...]:
        """Take ``(name, ...)``."""
        self.expect_operator("(")
        names = [self.take_name()]
        while self.accept_operator(","):
            names.append(self.take_name())
        self.expect_operator(")")
        return tuple(names)

    def at_string(self) -> bool:
        """Return whether a string comes next."""
        return self.peek is not None and self.peek.kind is Kind.STRING

    def take_literal(self) -> Token:
        """Take a string's token; its value may hold the character NUL."""
        if not self.at_string():
            raise self.fail()
        return self.take()

    def take_string(self) -> str:
        """Take a string's value."""
        token = self.take_literal()
        check_no_nul(token)
        return token.value

    def take_integer(self) -> int:
        """Take an integer, with its sign."""
        sign = -1 if self.accept_operator("-") else 1
        token = self.peek
        if token is None or token.kind is not Kind.NUMBER or not token.value.isdigit():
            raise self.fail()
        self.position += 1
        return sign * int(token.value)

    def take_number(self) -> str:
        """Take a number of any form."""
        token = self.peek
        if token is None or token.kind is not Kind.NUMBER:
            raise self.fail()
        self.position += 1
        return token.value

    def expect_end(self) -> None:
        """Require the end of the statement."""
        if self.peek is not None:
            raise self.fail()

    def text_from(self, start: int) -> str:
        """Return the text of the tokens taken since ``start``."""
        return self.statement.slice(start, self.position)

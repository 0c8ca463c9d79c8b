"""Walks through the tokens of a statement."""

from __future__ import annotations

from redshift_emulator.copy.tokens import Token, syntax_error, tokenize


class TokenReader:
    """A position in the tokens of a statement; what is not as expected is a syntax error."""

    def __init__(self, text: str) -> None:
        self._tokens = tokenize(text)
        self._position = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._position]

    def take(self) -> Token:
        """Return the next token and step over it."""
        token = self.token
        if token.kind != "end":
            self._position += 1
        return token

    def accept(self, *words: str) -> str | None:
        """Step over the next token if it is one of these words or symbols, and return it."""
        token = self.token
        if token.kind in {"word", "symbol"} and token.value in words:
            return self.take().value
        return None

    def expect(self, *words: str) -> str:
        """Step over one of these words or symbols."""
        found = self.accept(*words)
        if found is None:
            raise syntax_error(self.token)
        return found

    def name(self) -> str:
        """Return an identifier, quoted or not."""
        if self.token.kind not in {"word", "quoted"}:
            raise syntax_error(self.token)
        return self.take().value

    def string(self) -> Token:
        """Return a string literal."""
        if self.token.kind != "string":
            raise syntax_error(self.token)
        return self.take()

    def number(self) -> int:
        """Return a number, which some clients send inside quotes."""
        token = self.take()
        if token.kind not in {"number", "string"} or not token.value.isdecimal():
            raise syntax_error(token)
        return int(token.value)

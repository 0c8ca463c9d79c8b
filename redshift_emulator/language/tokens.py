r"""Redshift's lexical rules: splits a text into statements, and statements into tokens.

Backslashes escape in strings: ``\n`` is a newline, ``\101`` is ``A``, ``\x41`` is ``x41``. Quoted
names fold to lower case, ``#name`` is a temporary table, and ``E''`` does not exist.
https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
"""

import re
import string
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.long_names import NAMES

SYNTAX_ERROR = "42601"
NUL_IN_TEXT = "a string cannot hold the character NUL"

_BLANK = re.compile(r"(?:\s+|--[^\n]*)+")
_WORD = re.compile(r"#?[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_$\u0080-\U0010ffff]*")
_NUMBER = re.compile(r"(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_STRING = re.compile(r"'((?:[^'\\]++|''|\\.)*+)'", re.DOTALL)
_PARAMETER = re.compile(r"\$\d+")
_DOLLAR = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$")
_OPERATOR = re.compile(
    r"::|:=|->>?|#>>?|@>|<@|@@|\^@|<=|>=|<>|!=|\|\||~~\*|!~\*|!~~|~\*|!~|~~|\.\.|[-+*/<>=~!@%^&|#`?(),;.:\[\]{}]"
)
_ESCAPE = re.compile(r"\\([0-7]{1,3}|.)", re.DOTALL)
_LOWER = {ord(upper): ord(upper) + 32 for upper in string.ascii_uppercase}
_LITERAL_PREFIXES = frozenset({"e", "b", "x", "n"})
_CONTROL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Kind(Enum):
    """The kind of a token."""

    WORD = auto()
    QUOTED = auto()
    STRING = auto()
    NUMBER = auto()
    PARAMETER = auto()
    OPERATOR = auto()


WORD, QUOTED, OPERATOR = Kind.WORD, Kind.QUOTED, Kind.OPERATOR
"""For what is asked of each token: a member of an Enum is slow to look up, and slow to hash."""


class Token(NamedTuple):
    """A token; ``value`` is a folded name, a decoded string, or the text itself."""

    kind: Kind
    value: str
    start: int
    end: int

    @property
    def is_name(self) -> bool:
        """Whether it is a word or a quoted name."""
        return self.kind is WORD or self.kind is QUOTED

    def is_word(self, *words: str) -> bool:
        """Return whether it is one of these unquoted words (given in lower case)."""
        return self.kind is WORD and self.value in words

    def is_operator(self, *texts: str) -> bool:
        """Return whether it is one of these operators or punctuation marks."""
        return self.kind is OPERATOR and self.value in texts


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement's tokens without the semicolon; positions refer to ``text``, the whole query."""

    text: str
    tokens: tuple[Token, ...]

    @property
    def source(self) -> str:
        """The statement's part of the text."""
        return self.text[self.tokens[0].start : self.tokens[-1].end]

    @property
    def parameters(self) -> tuple[Token, ...]:
        """The tokens such as ``$1``, for which a driver gives values."""
        return tuple(token for token in self.tokens if token.kind is Kind.PARAMETER)

    def words(self, count: int) -> tuple[str, ...]:
        """Return the leading words, up to ``count`` of them."""
        found: list[str] = []
        for token in self.tokens[:count]:
            if token.kind is not Kind.WORD:
                break
            found.append(token.value)
        return tuple(found)

    def words_at_end(self, count: int) -> tuple[str, ...]:
        """Return the last tokens' values if all of them are words, else an empty tuple."""
        last = self.tokens[-count:]
        return tuple(t.value for t in last) if all(t.kind is Kind.WORD for t in last) else ()

    def slice(self, first: int, last: int) -> str:
        """Return the text from the token ``first`` up to the token ``last``, which is excluded."""
        if first >= last:
            return ""
        return self.text[self.tokens[first].start : self.tokens[last - 1].end]


def syntax_error(near: str) -> RedshiftError:
    """Build a syntax error, with the text of PostgreSQL and Redshift."""
    return RedshiftError(f'syntax error at or near "{near}"', sqlstate=SYNTAX_ERROR)


def word_at(text: str, position: int) -> str:
    """Return the word, the number or the character at a position; a string is hidden."""
    found = _WORD.match(text, position) or _NUMBER.match(text, position)
    character = "'...'" if text[position] == "'" else text[position]
    return found.group() if found else character


def fold(name: str) -> str:
    """Fold ASCII letters to lower case, as Redshift does in names."""
    return name.lower() if name.isascii() else name.translate(_LOWER)


def literal(text: str) -> str:
    """Write a string literal for the backend, where backslashes do not escape."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """Write a quoted name for the backend."""
    return '"' + name.replace('"', '""') + '"'


def split(text: str, *, case_sensitive: bool = False) -> list[Statement]:
    """Split a query string into its statements, without empty ones."""
    statements: list[Statement] = []
    tokens: list[Token] = []
    text, found = tokenized(text, case_sensitive=case_sensitive)
    for token in found:
        if not token.is_operator(";"):
            tokens.append(token)
        elif tokens:
            statements.append(_statement(text, tokens))
            tokens = []
    if tokens:
        statements.append(_statement(text, tokens))
    return statements


def tokenized(text: str, *, case_sensitive: bool = False) -> tuple[str, list[Token]]:
    """Return a text's tokens, with the semicolons between statements, and the text.

    Where it has long names it has short ones, in quotation marks, and blanks behind them.
    """
    lexer = _Lexer(text, case_sensitive=case_sensitive)
    tokens = lexer.run()
    if not lexer.long_names:
        return text, tokens
    parts: list[str] = []
    position = 0
    for token in lexer.long_names:
        is_plain = token.kind is WORD and token.value.isascii()
        name = token.value if is_plain else quoted(token.value)
        parts += (text[position : token.start], name.ljust(token.end - token.start))
        position = token.end
    text = "".join((*parts, text[position:]))
    return text, _Lexer(text, case_sensitive=case_sensitive).run()


def check_no_nul(string: Token) -> None:
    """Refuse a string that holds the character NUL."""
    if "\0" in string.value:
        raise RedshiftError(NUL_IN_TEXT, sqlstate="22021")


def _statement(text: str, tokens: list[Token]) -> Statement:
    r"""Build a statement; only COPY has a use for NUL in a string: ``NULL AS '\000'``."""
    if not tokens[0].is_word("copy"):
        for token in tokens:
            check_no_nul(token)
    return Statement(text, tuple(tokens))


class _Lexer:
    def __init__(self, text: str, *, case_sensitive: bool) -> None:
        self._text = text
        self._case_sensitive = case_sensitive
        self._position = 0
        self.long_names: list[Token] = []

    def run(self) -> list[Token]:
        tokens: list[Token] = []
        while self._skip_blank() < len(self._text):
            token = self._next()
            self._position = token.end
            tokens.append(token)
        return tokens

    def _skip_blank(self) -> int:
        while True:
            blank = _BLANK.match(self._text, self._position)
            if blank:
                self._position = blank.end()
            elif self._text.startswith("/*", self._position):
                self._skip_comment()
            else:
                return self._position

    def _skip_comment(self) -> None:
        depth, position = 0, self._position
        for mark in re.compile(r"/\*|\*/").finditer(self._text, position):
            depth += 1 if mark.group() == "/*" else -1
            if depth == 0:
                self._position = mark.end()
                return
        raise RedshiftError("unterminated /* comment", sqlstate=SYNTAX_ERROR)

    def _next(self) -> Token:
        start = self._position
        character = self._text[start]
        if character == "'":
            return self._string()
        if character == '"':
            return self._quoted_name()
        if character == "$":
            return self._dollar()
        word = _WORD.match(self._text, start)
        if word:
            return self._word(word)
        for pattern, kind in ((_NUMBER, Kind.NUMBER), (_OPERATOR, Kind.OPERATOR)):
            found = pattern.match(self._text, start)
            if found:
                return Token(kind, found.group(), start, found.end())
        raise syntax_error(character)

    def _word(self, word: re.Match[str]) -> Token:
        value = fold(word.group())
        if value in _LITERAL_PREFIXES and self._text.startswith("'", word.end()):
            raise RedshiftError(f'type "{value}" does not exist', sqlstate="42704")
        if value == "u" and self._text.startswith(("&'", '&"'), word.end()):
            raise syntax_error("&")
        return self._name(Kind.WORD, value, word.end())

    def _name(self, kind: Kind, name: str, end: int) -> Token:
        token = Token(kind, NAMES.short(name), self._position, end)
        if token.value != name:
            self.long_names.append(token)
        return token

    def _string(self) -> Token:
        found = _STRING.match(self._text, self._position)
        if found is None:
            raise RedshiftError("unterminated quoted string", sqlstate=SYNTAX_ERROR)
        return Token(Kind.STRING, _decoded(found[1]), *found.span())

    def _quoted_name(self) -> Token:
        position = self._position + 1
        while True:
            position = self._text.find('"', position)
            if position < 0:
                raise RedshiftError("unterminated quoted identifier", sqlstate=SYNTAX_ERROR)
            if not self._text.startswith('""', position):
                break
            position += 2
        name = self._text[self._position + 1 : position].replace('""', '"')
        if not name:
            raise RedshiftError("zero-length delimited identifier", sqlstate=SYNTAX_ERROR)
        return self._name(Kind.QUOTED, name if self._case_sensitive else fold(name), position + 1)

    def _dollar(self) -> Token:
        start = self._position
        parameter = _PARAMETER.match(self._text, start)
        if parameter:
            return Token(Kind.PARAMETER, parameter.group(), start, parameter.end())
        mark = _DOLLAR.match(self._text, start)
        if not mark:
            raise syntax_error("$")
        end = self._text.find(mark.group(), mark.end())
        if end < 0:
            raise RedshiftError("unterminated dollar-quoted string", sqlstate=SYNTAX_ERROR)
        return Token(Kind.STRING, self._text[mark.end() : end], start, end + len(mark.group()))


def _decoded(body: str) -> str:
    """Decode the content of a string: doubled quotes and backslash escapes."""
    if "\\" not in body:
        return body.replace("''", "'")
    parts: list[str] = []
    position = 0
    for escape in _ESCAPE.finditer(body):
        parts.append(body[position : escape.start()].replace("''", "'"))
        code = escape.group(1)
        parts.append(chr(int(code, 8)) if code[0] in "01234567" else _CONTROL.get(code, code))
        position = escape.end()
    parts.append(body[position:].replace("''", "'"))
    return "".join(parts)

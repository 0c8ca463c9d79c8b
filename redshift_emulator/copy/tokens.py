"""Tokens of a COPY statement; in string literals a backslash escapes, and E'' is unknown.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from redshift_emulator.language.errors import RedshiftError

Kind = Literal["word", "quoted", "string", "number", "symbol", "end"]

_TOKEN = re.compile(
    r"""(?P<space>(?:\s|--[^\n]*|/\*.*?\*/)+)
      | (?P<word>[A-Za-z_\u0080-\U0010ffff][\w$]*)
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<string>'(?:[^'\\]|\\.|'')*')
      | (?P<number>\d+)
      | (?P<symbol>[(),.;\-+=#])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9A-Fa-f]{1,2}|.)|''", re.DOTALL)
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Token:
    """A token: ``value`` is folded or unescaped, ``raw`` is what stands in the statement."""

    kind: Kind
    value: str
    raw: str


def syntax_error(token: Token) -> RedshiftError:
    """Return Redshift's syntax error; a literal, which may be a secret, is not shown."""
    if token.kind == "end":
        return RedshiftError("syntax error at end of input", sqlstate="42601")
    shown = "'...'" if token.kind == "string" else token.raw
    return RedshiftError(f'syntax error at or near "{shown}"', sqlstate="42601")


def tokenize(text: str) -> tuple[Token, ...]:
    """Split a statement into tokens, the last of them of kind ``end``."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unexpected(text[position])
        position = match.end()
        if match.lastgroup != "space":
            tokens.append(_token(match))
    return (*tokens, Token("end", "", ""))


def _unexpected(character: str) -> RedshiftError:
    if character == "'":
        return RedshiftError("unterminated quoted string", sqlstate="42601")
    return syntax_error(Token("symbol", character, character))


def _token(match: re.Match[str]) -> Token:
    raw = match.group()
    match match.lastgroup:
        case "word":
            return Token("word", _fold(raw), raw)
        case "quoted":
            return Token("quoted", _fold(raw[1:-1].replace('""', '"')), raw)
        case "string":
            return Token("string", _ESCAPE.sub(_unescape, raw[1:-1]), raw)
        case "number":
            return Token("number", raw, raw)
    return Token("symbol", raw, raw)


def _fold(name: str) -> str:
    """Fold ASCII letters, as Redshift does with quoted names too, and no others."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in name)


def _unescape(match: re.Match[str]) -> str:
    escaped = match.group(1)
    if escaped is None:
        return "'"
    if escaped[0] in "01234567":
        return chr(int(escaped, 8) & 0xFF)
    if escaped[0] == "x" and len(escaped) > 1:
        return chr(int(escaped[1:], 16))
    return _LETTERS.get(escaped, escaped)

"""Paths: names and subscripts, such as ``c.items[0].price``."""

from collections.abc import Sequence
from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.tokens import Kind, Token, literal, quoted, syntax_error
from redshift_emulator.language.words import NO_FUNCTIONS, RESERVED

_KEYWORDS = RESERVED & NO_FUNCTIONS


@dataclass(frozen=True, slots=True)
class Path:
    """Names and subscripts from the token ``first`` up to ``last``."""

    first: int
    last: int
    steps: tuple[Token | str, ...]
    """The tokens of names, and the texts of subscripts."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names before the first subscript."""
        found: list[str] = []
        for step in self.steps:
            if isinstance(step, str):
                break
            found.append(step.value)
        return tuple(found)


def read_path(tokens: Sequence[Token], index: int, *, array_is_name: bool) -> Path | None:
    """Read a path from a name on, None before ``.*`` and of a keyword, such as SELECT.

    Unless ``array_is_name``, ``ARRAY[`` begins an array of the leader node.
    """
    if tokens[index].is_word(*_KEYWORDS):
        return None
    steps: list[Token | str] = [tokens[index]]
    last = index + 1
    is_array = tokens[index].is_word("array") and not array_is_name
    while last + 1 < len(tokens):
        if tokens[last].is_operator(".") and tokens[last + 1].is_name:
            steps.append(tokens[last + 1])
            last += 2
        elif tokens[last].is_operator("[") and not (is_array and last == index + 1):
            text, last = _subscript(tokens, last)
            steps.append(text)
        else:
            break
    is_star = last < len(tokens) and tokens[last].is_operator(".")
    return None if is_star else Path(index, last, tuple(steps))


def _subscript(tokens: Sequence[Token], bracket: int) -> tuple[str, int]:
    """Return an expression in brackets, and the token after it."""
    last = bracket + 1
    while last < len(tokens) and not tokens[last].is_operator("]"):
        if tokens[last].is_operator(".", "[", ":") or tokens[last].is_word("select"):
            raise NotSupportedError("a path in a subscript: not supported by the emulator")
        last += 1
    if last in {bracket + 1, len(tokens)}:
        raise syntax_error("[")
    parts = [_written(token) for token in tokens[bracket + 1 : last]]
    if parts[0] == "-":
        raise NotSupportedError("a negative subscript: not supported by the emulator")
    return " ".join(parts), last + 1


def _written(token: Token) -> str:
    """Return a token as a client may write it."""
    match token.kind:
        case Kind.QUOTED:
            return quoted(token.value)
        case Kind.STRING:
            return literal(token.value.replace("\\", "\\\\"))
        case _:
            return token.value

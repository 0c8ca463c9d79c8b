"""Paths: names and subscripts, such as ``c.items[0].price``."""

from collections.abc import Sequence
from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.tokens import Kind, Token


@dataclass(frozen=True, slots=True)
class Path:
    """Names and subscripts from the token ``first`` up to ``last``."""

    first: int
    last: int
    steps: tuple[Token | int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names before the first subscript."""
        found: list[str] = []
        for step in self.steps:
            if isinstance(step, int):
                break
            found.append(step.value)
        return tuple(found)


def read_path(tokens: Sequence[Token], index: int, *, array_is_name: bool) -> Path | None:
    """Read a path from a name on, None before ``.*``.

    Unless ``array_is_name``, ``ARRAY[`` begins an array of the leader node.
    """
    steps: list[Token | int] = [tokens[index]]
    last = index + 1
    is_array = tokens[index].is_word("array") and not array_is_name
    while last + 1 < len(tokens):
        if tokens[last].is_operator(".") and tokens[last + 1].is_name:
            steps.append(tokens[last + 1])
            last += 2
        elif tokens[last].is_operator("[") and not (is_array and last == index + 1):
            steps.append(_subscript(tokens[last + 1 : last + 3]))
            last += 3
        else:
            break
    is_star = last < len(tokens) and tokens[last].is_operator(".")
    return None if is_star else Path(index, last, tuple(steps))


def _subscript(tokens: Sequence[Token]) -> int:
    """Return the number of ``number ]``."""
    token = tokens[0]
    is_number = token.kind is Kind.NUMBER and token.value.isdigit()
    if not is_number or not tokens[-1].is_operator("]"):
        raise NotSupportedError(
            "a subscript that is not a number from 0 on: not supported by the emulator"
        )
    return int(token.value)

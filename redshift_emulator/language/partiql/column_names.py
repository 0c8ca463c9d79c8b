"""The names of a result's columns that are paths: those of the last attributes."""

from collections.abc import Mapping

from redshift_emulator.language.parser import Parser
from redshift_emulator.language.partiql.paths import Path
from redshift_emulator.language.tokens import Statement
from redshift_emulator.language.type_names import parse_cast


class ColumnNames:
    """Names items of a select list that have no alias."""

    def __init__(self, statement: Statement, pairs: Mapping[int, int]) -> None:
        self._statement = statement
        self._tokens = statement.tokens
        self._pairs = pairs

    def find(self, path: Path, first: int, last: int) -> str | None:
        """Return the name of the item from ``first`` to ``last`` if a path decides about it.

        The value of ELSE, which decides in PostgreSQL, does not if it is a path.
        """
        begin = first
        while self._is_operator(begin, "("):
            begin += 1
        before = path.first - 1
        while before > begin and (self._is_operator(before, "(") or self._is_cast(before)):
            before -= 1
        is_first = begin == path.first or (self._is_cast(begin) and begin + 2 == path.first)
        is_else = self._is_word(begin, "case") and self._is_word(before, "else")
        if not (is_first or is_else) or self._end(path) != last:
            return None
        names = [step.value for step in path.steps if not isinstance(step, str)]
        return "case" if is_else else names[-1]

    def _end(self, path: Path) -> int:
        """Return the token after a path, its casts, and what ends around it."""
        index = path.last
        if self._is_cast(path.first - 2) and self._is_word(index, "as"):
            index = self._pairs[path.first - 1] + 1
        while True:
            if self._is_operator(index, "::"):
                parser = Parser(self._statement, index + 1)
                parse_cast(parser)
                index = parser.position
            elif self._is_operator(index, ")") or self._is_word(index, "end"):
                index += 1
            else:
                return index

    def _is_cast(self, index: int) -> bool:
        return self._is_word(index, "cast") and self._is_operator(index + 1, "(")

    def _is_word(self, index: int, word: str) -> bool:
        return 0 <= index < len(self._tokens) and self._tokens[index].is_word(word)

    def _is_operator(self, index: int, text: str) -> bool:
        return 0 <= index < len(self._tokens) and self._tokens[index].is_operator(text)

"""The SELECTs of a statement, with their clauses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from redshift_emulator.language.fill import fill
from redshift_emulator.language.partiql.parentheses import find_pairs
from redshift_emulator.language.tokens import Kind, Statement, Token, syntax_error

_CLAUSES = {
    "from": "",
    "into": "",
    "where": "",
    "start": "with",
    "connect": "by",
    "group": "by",
    "having": "",
    "qualify": "",
    "order": "by",
    "limit": "",
    "offset": "",
}
_SETS = ("union", "intersect", "except", "minus")


@dataclass(slots=True)
class Select:
    """A SELECT from its token ``first`` up to ``last``, excluded; ``clauses`` are their words."""

    first: int
    last: int = 0
    clauses: dict[str, int] = field(default_factory=dict)

    def part(self, clause: str) -> tuple[int, int] | None:
        """Return the tokens of a clause without its words, None if it is missing."""
        if clause == "select":
            start = self.first + 1
        elif clause in self.clauses:
            start = self.clauses[clause] + 1 + bool(_CLAUSES[clause])
        else:
            return None
        if start >= self.end(start):
            raise syntax_error(clause)
        return start, self.end(start)

    def end(self, index: int) -> int:
        """Return where the clause of a token ends."""
        return min([each for each in self.clauses.values() if each >= index], default=self.last)


class Selects:
    """Reads a statement from its token ``first`` on."""

    def __init__(self, statement: Statement, first: int) -> None:
        self.tokens = statement.tokens
        self.pairs = find_pairs(self.tokens, first)
        self._first = first
        self.found: list[Select] = []
        self._levels: list[Select | None] = [None]
        for index in range(first, len(self.tokens)):
            self._read(index, self.tokens[index])
        self._end(len(self.tokens))

    def around(self, index: int) -> Select | None:
        """Return the innermost SELECT that has a token."""
        around = [each for each in self.found if each.first < index < each.last]
        return max(around, key=lambda each: each.first, default=None)

    def query_of(self, statement: Statement, select: Select, table: str) -> str:
        """Return a query of all columns of a table of a SELECT, after each WITH around it."""
        text = fill("SELECT * FROM {table:sql}", table=table)
        for number, head in enumerate(self._heads(statement, select)):
            inner = text if number == 0 else fill("SELECT * FROM ({text:sql}) AS q", text=text)
            text = f"{head} {inner}"
        return text

    def _heads(self, statement: Statement, select: Select) -> Iterator[str]:
        """Yield what each WITH around a SELECT defines for it, from inside out; "" if nothing."""
        inside = select.first
        for left in self._around(inside):
            start = left + 1
            end = self._end_of_definitions(start, inside)
            yield statement.slice(start, end) if end > start else ""
            inside = left

    def _around(self, index: int) -> list[int]:
        """Return the parentheses around a token, from inside out, and what is before the query."""
        lefts = [left for left, right in self.pairs.items() if left < index < right]
        return [*sorted(lefts, reverse=True), self._first - 1]

    def _end_of_definitions(self, start: int, inside: int) -> int:
        """Return where the definitions of a WITH end that a query ``inside`` of it can read."""
        if not self.tokens[start].is_word("with"):
            return start
        own = list(outer(self.pairs, start, inside))
        for index in own:
            if self.tokens[index].is_word("select"):
                return index
        if not self.tokens[inside - 1].is_word("as"):
            return inside
        return max((index for index in own if self.tokens[index].is_operator(",")), default=start)

    def _read(self, index: int, token: Token) -> None:
        select = self._levels[-1]
        if token.is_operator("("):
            self._levels.append(None)
        elif token.is_operator(")") and len(self._levels) > 1:
            self._end(index)
            self._levels.pop()
        elif token.kind is not Kind.WORD or self.tokens[index - 1].is_operator("."):
            return
        elif token.value == "select":
            self._end(index)
            self._levels[-1] = Select(index)
        elif token.value in _SETS:
            self._end(index)
        elif select is not None and self._is_clause(select, index, token.value):
            select.clauses[token.value] = index

    def _is_clause(self, select: Select, index: int, word: str) -> bool:
        if word not in _CLAUSES or word in select.clauses:
            return False
        second = _CLAUSES[word]
        return not second or self._is_word(index + 1, second)

    def _end(self, index: int) -> None:
        select = self._levels[-1]
        if select is not None:
            select.last = index
            self.found.append(select)
            self._levels[-1] = None

    def _is_word(self, index: int, word: str) -> bool:
        return index < len(self.tokens) and self.tokens[index].is_word(word)


def outer(pairs: Mapping[int, int], first: int, last: int) -> Iterator[int]:
    """Yield the indexes of a range that are in no parentheses of it."""
    index = first
    while index < last:
        yield index
        index = pairs.get(index, index) + 1


Columns = Callable[[str], Sequence[str]]
"""Returns the names of the columns of a query."""


def alias_of(tokens: Sequence[Token]) -> str | None:
    """Return the name that an item of FROM has: its alias, or the table's own name."""
    return tokens[-1].value if tokens and tokens[-1].is_name else None

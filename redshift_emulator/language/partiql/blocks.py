"""The blocks of a statement: each SELECT, UPDATE or DELETE, with the names of its tables."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from redshift_emulator.language.parser import Name
from redshift_emulator.language.partiql.parentheses import holds_join
from redshift_emulator.language.tokens import Kind, Statement, Token, syntax_error
from redshift_emulator.language.words import AFTER_TABLE, CLAUSES

TABLE, ELEMENT = "table", "element"
Word = Literal["", "unpivot", "unnest"]

_BEGINS = ("select", "with", "(", "values", "delete", "insert")
_CLAUSES = CLAUSES - {"when"}
_ENDS_LIST = _CLAUSES | {"from", "into"}
_NO_ALIAS = AFTER_TABLE | {"at"}


@dataclass(slots=True)
class Block:
    """A query, and the one around it.

    ``items`` are those of FROM; ``kinds`` maps their names to TABLE or ELEMENT, ``tables`` to the
    relations; ``qualified`` and ``unqualified`` are the names of tables without an alias, such as
    ``("sales", "orders")`` and ``orders``; ``columns`` are the token ranges of the select list's
    items; ``is_known``: nothing outside of the statement gives names to it.
    """

    outer: "Block | None"
    is_known: bool = True
    items: list["Source"] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    tables: dict[str, Name] = field(default_factory=dict)
    qualified: set[tuple[str, ...]] = field(default_factory=set)
    unqualified: set[str] = field(default_factory=set)
    columns: list[tuple[int, int]] = field(default_factory=list)

    def around(self) -> Iterator["Block"]:
        """Yield the block and those around it, from the inside to the outside."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.outer

    def kind(self, name: str) -> str | None:
        """Return what a name is in the block: TABLE, ELEMENT or None."""
        return next((each.kinds[name] for each in self.around() if name in each.kinds), None)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An item of FROM: tokens ``first`` up to ``last``.

    ``value`` are those of its table or value, none for a subquery.
    """

    block: Block
    word: Word
    first: int
    last: int
    value: tuple[int, int]
    aliases: tuple[str, ...]
    """Names of the element (or table), and of its place or attribute."""


@dataclass(slots=True)
class _Level:
    """A level of parentheses."""

    outer: Block | None
    block: Block | None
    opening: int = -1
    in_from: bool = False
    expects: bool = False
    is_source: bool = False
    is_derived: bool = False
    """A subquery of FROM, which does not see the other items."""
    awaits_from: bool = False
    column: int = -1
    """The first token of the current item of the select list, -1 outside of the list."""


class Blocks:
    """Reads a statement from its token ``first`` on."""

    def __init__(self, statement: Statement, first: int, pairs: dict[int, int]) -> None:
        self._tokens = statement.tokens
        self.pairs = pairs
        self.sources: list[Source] = []
        self.all: list[Block] = []
        """The blocks, each after those around it."""
        self.of: dict[int, Block] = {}
        """The block of each token."""
        start = self._tokens[first]
        self._changes = start.is_word("update", "delete") and not self._is_word(first + 1, "set")
        self._is_known = self._changes or start.value in _BEGINS
        self._levels = [_Level(None, None)]
        if self._changes:
            self._begin_change(first)
        index = first + self._changes
        while index < len(self._tokens):
            index = self._token(index)
        self._end_column(len(self._tokens))

    @property
    def _level(self) -> _Level:
        return self._levels[-1]

    def _begin_change(self, first: int) -> None:
        level = self._level
        level.block = Block(None)
        self.all.append(level.block)
        level.in_from = level.expects = not self._is_word(first + 1, "from")

    def _token(self, index: int) -> int:
        """Read one token; return the index of the next."""
        token, level = self._tokens[index], self._level
        if level.block is not None:
            self.of[index] = level.block
        if token.is_operator("("):
            self._open(index)
        elif token.is_operator(")"):
            return self._close(index)
        elif token.is_operator(","):
            self._comma(index)
        elif level.expects and (token.is_name or token.is_word("unpivot", "unnest")):
            if not token.is_word("lateral", "only"):
                return self._source(index)
        elif token.kind is Kind.WORD and not self._is_part(index):
            self._word(index, token.value)
        return index + 1

    def _open(self, index: int) -> None:
        parent = self._level
        joined = parent.expects and holds_join(self._tokens, self.pairs, index)
        outer = parent.block if parent.block is not None else parent.outer
        block = parent.block if joined else None
        level = _Level(outer, block if joined else outer, index, joined, joined, parent.expects)
        inherits = parent.is_derived and parent.block is parent.outer
        level.is_derived = (parent.expects or inherits) and not self._is_word(index - 1, "lateral")
        parent.expects = False
        self._levels.append(level)

    def _close(self, index: int) -> int:
        if len(self._levels) == 1:
            raise syntax_error(")")
        self._end_column(index)
        level = self._levels.pop()
        block = self._level.block
        if not level.is_source or block is None:
            return index + 1
        last, aliases = self._aliases(index + 1)
        if aliases:
            first = level.opening
            block.items.append(Source(block, "", first, last, (first, first), aliases))
        return last

    def _comma(self, index: int) -> None:
        level = self._level
        level.expects = level.in_from
        if level.column >= 0:
            self._end_column(index)
            level.column = index + 1

    def _word(self, index: int, word: str) -> None:
        level = self._level
        if word == "select":
            self._select(index)
        elif level.awaits_from and word in _ENDS_LIST and not self._is_word(index - 1, "within"):
            self._end_column(index)
            level.column = -1
            level.awaits_from = word == "into"
            level.in_from = level.expects = word == "from"
        elif level.in_from and word == "join":
            level.expects = True
        elif level.block is not None and word in _CLAUSES:
            level.in_from = level.expects = False
        elif self._changes and len(self._levels) == 1 and word in {"from", "using"}:
            level.in_from = level.expects = True

    def _select(self, index: int) -> None:
        level = self._level
        outer = level.outer
        if level.is_derived and outer is not None:
            outer = outer.outer
        level.block = Block(outer, self._is_known)
        self.all.append(level.block)
        self.of[index] = level.block
        level.in_from = level.expects = False
        level.awaits_from = True
        level.column = index + 1
        while self._is_word(level.column, "distinct", "all"):
            level.column += 1
        if self._is_word(level.column, "top"):
            level.column += 2

    def _end_column(self, index: int) -> None:
        level = self._level
        if level.column >= 0 and level.block is not None:
            level.block.columns.append((level.column, index))

    # --- items of FROM --------------------------------------------------------------------------

    def _source(self, index: int) -> int:
        """Read a table, a function or a value of FROM; return the index of the token after it."""
        level = self._level
        level.expects = False
        block = level.block
        if block is None:
            raise syntax_error(self._tokens[index].value)
        word: Word = ""
        first = index
        if self._is_word(index, "unpivot"):
            word, first = "unpivot", index + 1
            if first >= len(self._tokens):
                raise syntax_error("unpivot")
        end = self._end_of_value(first)
        value = (first, end)
        called = self.pairs.get(end) if self._is_operator(end, "(") else None
        if called is not None and self._is_word(first, "unnest") and end == first + 1:
            word, value = "unnest", (end + 1, called)
        end = called + 1 if called is not None else end
        last, aliases = self._aliases(end)
        for each in range(index, last):
            self.of[each] = block
        source = Source(block, word, index, last, value, aliases)
        block.items.append(source)
        self.sources.append(source)
        return last

    def _end_of_value(self, index: int) -> int:
        """Return the token after names and subscripts."""
        while True:
            index += 1
            if self._is_operator(index, "["):
                while index < len(self._tokens) and not self._is_operator(index, "]"):
                    index += 1
            elif self._is_operator(index, "."):
                index += 1
            else:
                return index

    def _aliases(self, index: int) -> tuple[int, tuple[str, ...]]:
        """Read ``[WITH OFFSET] [AS] alias [(columns)] [AT alias]``; return the token after it."""
        found: list[str] = []
        has_as = self._is_word(index, "as")
        index += has_as
        token = self._at(index)
        if token is not None and token.is_name and (has_as or self._is_alias(index)):
            found.append(token.value)
            index += 1
            if self._is_operator(index, "("):
                found += [each.value for each in self._tokens[index + 1 : self.pairs[index] : 2]]
                index = self.pairs[index] + 1
        if self._is_word(index, "at") and index + 1 < len(self._tokens):
            found.append(self._tokens[index + 1].value)
            index += 2
        return index, tuple(found)

    def _is_alias(self, index: int) -> bool:
        """Return whether a name is an alias without AS; ``at`` is one unless a name follows."""
        token, after = self._at(index), self._at(index + 1)
        if token is None or token.kind is Kind.QUOTED:
            return True
        if token.value == "at":
            return after is None or not after.is_name or after.is_word(*_NO_ALIAS)
        return token.value not in _NO_ALIAS

    # --- tokens ---------------------------------------------------------------------------------

    def _at(self, index: int) -> Token | None:
        return self._tokens[index] if 0 <= index < len(self._tokens) else None

    def _is_word(self, index: int, *words: str) -> bool:
        token = self._at(index)
        return token is not None and token.is_word(*words)

    def _is_operator(self, index: int, text: str) -> bool:
        token = self._at(index)
        return token is not None and token.is_operator(text)

    def _is_part(self, index: int) -> bool:
        return self._is_operator(index - 1, ".")

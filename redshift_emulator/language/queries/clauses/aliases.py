"""Aliases of a select list that are used in the list itself, WHERE, GROUP BY or HAVING.

Redshift replaces such a name by the expression, unless the tables have a column of this name.
https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_list.html
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from redshift_emulator.language.queries.text.splice import Splice, Spliced
from redshift_emulator.language.tokens import Kind, Statement, Token

_ENDS_SELECT = ("order", "limit", "offset", "union", "intersect", "except", "minus")
_ENDS_LIST = ("from", "where", "group", "having", *_ENDS_SELECT)
_HEAD = ("distinct", "all")


@dataclass(slots=True)
class _Item:
    """An item of a select list: tokens ``first`` up to ``last``, excluded, without the alias."""

    first: int
    last: int
    alias: str


@dataclass(slots=True)
class _Select:
    """A SELECT up to its ORDER BY, with the items that have an alias."""

    depth: int
    first: int
    last: int = 0
    in_list: bool = True
    item: int = 0
    items: list[_Item] = field(default_factory=list)


class Aliases:
    """The aliases of a statement's select lists."""

    def __init__(self, statement: Statement, first: int) -> None:
        self._statement = statement
        self._tokens = statement.tokens
        self._first = first
        self._selects: list[_Select] = []
        self._scan()

    def are_used(self) -> bool:
        """Return whether a name in a SELECT may be one of its own aliases."""
        return any(self._find(index) is not None for index in self._names())

    def inlined(self, position: int) -> Spliced | None:
        """Replace the alias at a position of the text; None if it is not one."""
        index = next((i for i in self._names() if self._tokens[i].start == position), None)
        item = None if index is None else self._find(index)
        if index is None or item is None:
            return None
        splice = Splice(self._statement.text)
        expression = self._statement.slice(item.first, item.last)
        token = self._tokens[index]
        splice.replace(token.start, token.end, f"({expression})")
        return splice.apply(self._tokens[self._first].start, self._tokens[-1].end)

    def _names(self) -> Iterator[int]:
        """Yield the tokens that are names without a table, and not called."""
        for index in range(self._first + 1, len(self._tokens)):
            before, following = self._tokens[index - 1], self._at(index + 1)
            if (
                self._tokens[index].is_name
                and not before.is_operator(".")
                and not before.is_word("as")
                and not (following is not None and following.is_operator(".", "("))
            ):
                yield index

    def _find(self, index: int) -> _Item | None:
        """Return the item whose alias a name is, of the innermost SELECT that has it."""
        name = self._tokens[index].value
        around = [select for select in self._selects if select.first < index < select.last]
        for select in sorted(around, key=lambda each: each.last - each.first):
            for item in reversed(select.items):
                if item.alias == name and index > item.last:
                    return item
        return None

    def _scan(self) -> None:
        depth = 0
        open_selects: list[_Select] = []
        for index in range(self._first, len(self._tokens)):
            token = self._tokens[index]
            if token.is_operator(")"):
                while open_selects and open_selects[-1].depth == depth:
                    self._close(open_selects.pop(), index)
            depth += token.is_operator("(") - token.is_operator(")")
            current = open_selects[-1] if open_selects else None
            here = current is not None and current.depth == depth
            if token.is_word("select") and not self._is_part(index):
                open_selects.append(_Select(depth, index, item=index + 1))
            elif current is not None and here and self._is_end(index, token, current):
                open_selects.pop()
            elif current is not None and here and current.in_list:
                self._list_token(index, token, current)
        for select in open_selects:
            self._close(select, len(self._tokens))

    def _is_end(self, index: int, token: Token, select: _Select) -> bool:
        if not token.is_word(*_ENDS_SELECT) or self._is_part(index):
            return False
        self._close(select, index)
        return True

    def _list_token(self, index: int, token: Token, select: _Select) -> None:
        if token.is_operator(","):
            self._add_item(select, index)
            select.item = index + 1
        elif token.is_word(*_ENDS_LIST) and not self._is_part(index):
            if self._tokens[index - 1].is_word("within"):
                return  # WITHIN GROUP, of LISTAGG
            self._end_list(select, index)

    def _end_list(self, select: _Select, index: int) -> None:
        if select.in_list:
            self._add_item(select, index)
            select.in_list = False

    def _close(self, select: _Select, index: int) -> None:
        self._end_list(select, index)
        select.last = index
        self._selects.append(select)

    def _add_item(self, select: _Select, end: int) -> None:
        """Add the item that ends before a token, if it has an alias."""
        first = select.item
        while first < end and self._tokens[first].is_word(*_HEAD):
            first += 1
        if end - first < 2 or not self._tokens[end - 1].is_name:
            return
        before = self._tokens[end - 2]
        alias = self._tokens[end - 1].value
        implicit = before.is_operator(")") or before.kind not in {Kind.OPERATOR, Kind.WORD}
        if before.is_word("as") and end - first > 2:
            select.items.append(_Item(first, end - 2, alias))
        elif implicit or end - first == 2:
            select.items.append(_Item(first, end - 1, alias))

    def _at(self, index: int) -> Token | None:
        return self._tokens[index] if index < len(self._tokens) else None

    def _is_part(self, index: int) -> bool:
        return index > 0 and self._tokens[index - 1].is_operator(".")

"""The shape of a query: the tables that it names and the functions that it calls."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from redshift_emulator.language.parser import Name
from redshift_emulator.language.tokens import Kind, Statement, Token, syntax_error
from redshift_emulator.language.words import AFTER_TABLE, CLAUSES, NO_FUNCTIONS, RESERVED, words

_TYPES_WITH_LENGTH = words(
    """
    varchar char character numeric decimal float nvarchar nchar bpchar varbyte varbinary
    varying second
    """
)
_MAY_PRECEDE_CALL = RESERVED | NO_FUNCTIONS | {"approximate", "escape", "values", "nulls"}


@dataclass(frozen=True, slots=True)
class TableReference:
    """A table or view in a FROM clause; its tokens are ``first`` up to ``last``, excluded.

    ``database`` is that of ``database.schema.table``, which must be the session's.
    """

    name: Name
    first: int
    last: int
    aliased: bool
    database: str | None = None


@dataclass(slots=True)
class Call:
    """A function call: the tokens of its name (``first``: of its schema) and parentheses."""

    name: str
    schema: str | None
    first: int
    index: int
    opening: int
    closing: int = 0
    commas: list[int] = field(default_factory=list)

    @property
    def arguments(self) -> list[tuple[int, int]]:
        """The arguments, each as the indexes of its first token and of the token after it."""
        if self.closing == self.opening + 1:
            return []
        edges = [self.opening, *self.commas, self.closing]
        return [(left + 1, right) for left, right in pairwise(edges)]


@dataclass(slots=True)
class Shape:
    """The shape of a statement; ``pairs`` maps opening parentheses to closing ones.

    ``ctes`` has the names of common table expressions, each with the opening parenthesis of its
    query, behind which the name is known; None: everywhere, by WITH RECURSIVE.
    """

    tables: list[TableReference] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    ctes: list[tuple[str, int | None]] = field(default_factory=list)
    pairs: dict[int, int] = field(default_factory=dict)

    @property
    def relations(self) -> list[TableReference]:
        """The tables that are not names of common table expressions."""
        return [table for table in self.tables if not self._is_cte(table)]

    def outer(self, opening: int, closing: int) -> Iterator[int]:
        """Yield the indexes between two parentheses, without what is in inner parentheses."""
        position = opening + 1
        while position < closing:
            yield position
            position = self.pairs.get(position, position) + 1

    def _is_cte(self, table: TableReference) -> bool:
        return table.name.schema is None and any(
            opening is None or self.pairs.get(opening, opening) < table.first
            for name, opening in self.ctes
            if name == table.name.name
        )


@dataclass(slots=True)
class _Frame:
    """One level of parentheses."""

    opening: int
    call: Call | None = None
    queries: bool = False
    deletes: bool = False
    in_from: bool = False
    expects_table: bool = False
    in_with: bool = False
    expects_cte: bool = False
    recursive: bool = False


def scan(statement: Statement, first: int = 0) -> Shape:
    """Return the shape of a statement, beginning at its token ``first``."""
    return _Scanner(statement, first).run()


class _Scanner:
    def __init__(self, statement: Statement, first: int) -> None:
        self._statement = statement
        self._tokens = statement.tokens
        self._position = first
        self._first = first
        self._frames = [_Frame(-1)]
        self._shape = Shape()

    def run(self) -> Shape:
        while self._position < len(self._tokens):
            token = self._tokens[self._position]
            if token.kind is Kind.OPERATOR:
                self._operator(token)
            elif token.is_name:
                self._name(token)
            self._position += 1
        if len(self._frames) > 1:
            raise syntax_error("(")
        return self._shape

    @property
    def _frame(self) -> _Frame:
        return self._frames[-1]

    def _at(self, position: int) -> Token | None:
        return self._tokens[position] if self._first <= position < len(self._tokens) else None

    def _operator(self, token: Token) -> None:
        frame = self._frame
        if token.value == "(":
            self._open()
        elif token.value == ")":
            self._close()
        elif token.value == ",":
            frame.expects_table = frame.in_from
            frame.expects_cte = frame.in_with
            if frame.call is not None and not frame.queries:
                frame.call.commas.append(self._position)

    def _open(self) -> None:
        parent = self._frame
        call = None if parent.expects_table else self._call()
        following = self._at(self._position + 1)
        # FROM (a JOIN b ...): the parentheses hold tables, not a query
        joined = parent.expects_table and not _is_word(following, "select", "with", "values")
        frame = _Frame(self._position, call, in_from=joined, expects_table=joined)
        parent.expects_table = False
        self._frames.append(frame)

    def _close(self) -> None:
        if len(self._frames) == 1:
            raise syntax_error(")")
        frame = self._frames.pop()
        self._shape.pairs[frame.opening] = self._position
        if frame.call is not None:
            frame.call.closing = self._position
            self._shape.calls.append(frame.call)

    def _call(self) -> Call | None:
        """Return the call whose arguments the parenthesis begins, or None."""
        index = self._position - 1
        name = self._at(index)
        if name is None or not name.is_name or self._frame.expects_cte:
            return None
        if name.kind is Kind.WORD and name.value in NO_FUNCTIONS | _TYPES_WITH_LENGTH:
            return None
        before = self._at(index - 1)
        if before is not None and before.is_operator("."):
            schema = self._at(index - 2)
            if schema is not None and schema.is_name:
                return Call(name.value, schema.value, index - 2, index, self._position)
        if before is not None and _ends_operand(before):
            return None  # a list of column names after an alias
        return Call(name.value, None, index, index, self._position)

    def _name(self, token: Token) -> None:
        frame = self._frame
        if frame.expects_cte and not token.is_word("recursive"):
            self._cte(token)
        elif token.kind is Kind.WORD and self._keyword(token.value):
            return
        elif frame.expects_table:
            self._table()

    def _cte(self, token: Token) -> None:
        self._frame.expects_cte = False
        following = self._at(self._position + 1)
        if following is not None and following.is_operator("("):
            while not self._tokens[self._position].is_operator(")"):
                self._position += 1
                if self._position == len(self._tokens):
                    raise syntax_error("(")
        query = None if self._frame.recursive else self._position + 2
        self._shape.ctes.append((token.value, query))

    def _keyword(self, word: str) -> bool:
        """Process a keyword; return whether it affects the scan."""
        frame = self._frame
        if word == "select":
            frame.queries, frame.in_with = True, False
            frame.in_from = frame.expects_table = False
        elif word in {"delete", "update"} and self._begins_change():
            frame.queries, frame.in_with = True, False
            frame.deletes = word == "delete"
            from_follows = _is_word(self._at(self._position + 1), "from")
            frame.in_from = frame.expects_table = not from_follows
        elif word == "with" and not _is_word(self._at(self._position + 1), "time", "no"):
            frame.expects_cte = frame.in_with = True
            frame.recursive = _is_word(self._at(self._position + 1), "recursive")
        elif word == "from":
            return self._from()
        elif word == "join" or (word == "using" and frame.deletes):
            frame.in_from = frame.expects_table = True
        elif word in CLAUSES:
            frame.in_from = frame.expects_table = False
        else:
            return False
        return True

    def _begins_change(self) -> bool:
        """Return whether a word is the first one of a statement, or of one after WITH."""
        after_with = self._frame.in_with and _is_operator(self._at(self._position - 1), ")")
        return self._position == self._first or (len(self._frames) == 1 and after_with)

    def _from(self) -> bool:
        frame = self._frame
        if frame.queries:
            frame.in_from = frame.expects_table = True
        return True

    def _table(self) -> None:
        first = self._position
        parts = [self._tokens[first].value]
        while _is_operator(self._at(self._position + 1), "."):
            part = self._at(self._position + 2)
            if part is None or not part.is_name:
                raise syntax_error(".")
            parts.append(part.value)
            self._position += 2
        following = self._at(self._position + 1)
        if _is_operator(following, "("):
            self._frame.expects_table = False
            return  # a function in FROM
        self._frame.expects_table = False
        aliased = following is not None and (
            following.kind is Kind.QUOTED
            or following.is_word("as")
            or (following.kind is Kind.WORD and following.value not in AFTER_TABLE)
        )
        if len(parts) > 3:
            raise syntax_error(".")
        name = Name(parts[-2] if len(parts) > 1 else None, parts[-1])
        database = parts[0] if len(parts) == 3 else None
        table = TableReference(name, first, self._position + 1, aliased, database)
        self._shape.tables.append(table)


def _is_word(token: Token | None, *words: str) -> bool:
    return token is not None and token.is_word(*words)


def _is_operator(token: Token | None, text: str) -> bool:
    return token is not None and token.is_operator(text)


def _ends_operand(token: Token) -> bool:
    if token.kind is Kind.OPERATOR:
        return token.value in {")", "]", "::"}
    if token.kind is Kind.WORD:
        return token.value == "as" or token.value not in _MAY_PRECEDE_CALL
    return token.kind in {Kind.QUOTED, Kind.STRING, Kind.NUMBER}


def end_of_select(tokens: Sequence[Token], index: int) -> int:
    """Return the position in the text where the SELECT of a token ends, before its LIMIT."""
    depth = 0
    for position in range(index, len(tokens)):
        token = tokens[position]
        depth += token.is_operator("(") - token.is_operator(")")
        ends = depth == 0 and token.is_word("union", "intersect", "except", "minus", "limit")
        if depth < 0 or ends:
            return tokens[position - 1].end
    return tokens[-1].end

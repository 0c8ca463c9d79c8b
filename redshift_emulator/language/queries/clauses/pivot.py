"""PIVOT and UNPIVOT: where they stand, and the subquery that each of them means.

https://docs.aws.amazon.com/redshift/latest/dg/r_FROM_clause-pivot-unpivot-examples.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError
from redshift_emulator.language.fill import fill
from redshift_emulator.language.long_names import LONGEST_BACKEND_NAME
from redshift_emulator.language.parser import Parser
from redshift_emulator.language.queries.calls.intervals import qualified
from redshift_emulator.language.queries.clauses.unpivot import (
    QUERY,
    check_known,
    take_alias,
    take_unpivot,
)
from redshift_emulator.language.queries.text.splice import Splice, Spliced
from redshift_emulator.language.tokens import Kind, Statement, Token, quoted

_WITH_PARTS = ("date_part", "date_trunc", "dateadd", "datediff", "extract")
_AGGREGATES = ("avg", "count", "max", "min", "sum")
_UNNAMED = "?column?"


@dataclass(frozen=True, slots=True)
class Rotation:
    """A PIVOT or UNPIVOT: the tokens of the table that it rotates, and its own."""

    statement: Statement
    first: int
    source: tuple[int, int]
    word: int
    last: int

    @property
    def table(self) -> str:
        """The table reference that is rotated, as it is written."""
        return self.statement.slice(*self.source)

    @property
    def probe(self) -> str:
        """A query of all columns of the table, after the common table expressions before it."""
        if self._is_in_with():
            what = self.statement.tokens[self.word].value.upper()
            message = f"{what} in a subquery with WITH: not supported by the emulator"
            raise NotSupportedError(message)
        before = self.statement.slice(self.first, self._end_of_with())
        return fill("{before:sql} SELECT * FROM {table:sql}", before=before, table=self.table)

    def _is_in_with(self) -> bool:
        """Return whether a WITH in parentheses is around the table, whose names are unknown."""
        tokens, opened = self.statement.tokens, list[bool]()
        for index in range(self.first, self.word):
            if tokens[index].is_operator("("):
                opened.append(tokens[index + 1].is_word("with"))
            elif tokens[index].is_operator(")") and opened:
                opened.pop()
        return any(opened)

    def _end_of_with(self) -> int:
        """Return the token after the common table expressions that the table may name."""
        tokens, end, depth = self.statement.tokens, self.first, 0
        if not tokens[self.first].is_word("with"):
            return end
        for index in range(self.first, self.word):
            depth += tokens[index].is_operator("(") - tokens[index].is_operator(")")
            if depth == 0 and tokens[index].is_word("select"):
                return index
            is_body = tokens[index].is_operator("(") and tokens[index - 1].is_operator(")")
            if depth == 1 and is_body:
                return index
            if depth == 0 and tokens[index].is_operator(","):
                end = index
        return end

    def replaced(self, columns: Sequence[str]) -> Spliced:
        """Return the statement with a subquery instead; ``columns`` are those of the table."""
        parser = Parser(self.statement, self.word)
        if parser.accept("pivot"):
            query = _Pivot.take(parser).query(self.table, columns)
        else:
            query = take_unpivot(parser, self.table, columns)
        tokens = self.statement.tokens
        splice = Splice(self.statement.text)
        splice.replace(tokens[self.source[0]].start, tokens[self.last - 1].end, f"({query})")
        return splice.apply(tokens[self.first].start, tokens[-1].end)


def find_rotation(statement: Statement, first: int) -> Rotation | None:
    """Return the first PIVOT or UNPIVOT of a table or subquery, or None."""
    tokens = statement.tokens
    for index in range(first + 1, len(tokens) - 1):
        if _is_rotation(tokens, index):
            opening = index + 1
            while opening < len(tokens) and not tokens[opening].is_operator("("):
                opening += 1
            last = _closing(statement, opening) + 1
            return Rotation(statement, first, _source(statement, index), index, last)
    return None


def _is_rotation(tokens: Sequence[Token], index: int) -> bool:
    before, token, after = tokens[index - 1 : index + 2]
    if not token.is_word("pivot", "unpivot") or before.is_word("from", "as"):
        return False
    opens = after.is_operator("(") or (
        token.value == "unpivot" and after.is_word("include", "exclude")
    )
    return opens and (before.is_name or before.is_operator(")"))


def _closing(statement: Statement, opening: int) -> int:
    depth = 0
    for index in range(opening, len(statement.tokens)):
        token = statement.tokens[index]
        depth += token.is_operator("(") - token.is_operator(")")
        if depth == 0:
            return index
    raise Parser(statement, len(statement.tokens)).fail()


def _source(statement: Statement, word: int) -> tuple[int, int]:
    """Return the tokens of the table reference before a PIVOT or UNPIVOT."""
    depth = 0
    for index in range(word - 1, -1, -1):
        token = statement.tokens[index]
        depth += token.is_operator(")") - token.is_operator("(")
        if depth == 0 and token.is_word("join", "on", "using", "pivot", "unpivot"):
            what = statement.tokens[word].value.upper()
            raise NotSupportedError(f"{what} of a join, PIVOT or UNPIVOT is not supported")
        if depth == 0 and (token.is_word("from") or token.is_operator(",")):
            return index + 1, word
        if depth < 0:
            break
    raise Parser(statement, word).fail()


@dataclass(frozen=True, slots=True)
class _Pivot:
    """The parts of PIVOT (aggregate(argument) alias FOR column IN (value alias, ...))."""

    aggregate: str
    argument: Sequence[Token]
    text: str
    alias: str
    column: str
    column_text: str
    values: Sequence[tuple[str, str]]

    @classmethod
    def take(cls, parser: Parser) -> "_Pivot":
        """Parse what is behind the word."""
        parser.expect_operator("(")
        aggregate = parser.accept_any(*_AGGREGATES)
        if aggregate is None:
            known = ", ".join(_AGGREGATES).upper()
            raise NotSupportedError(f"PIVOT takes one call of {known}")
        start = parser.position
        parser.position = _closing(parser.statement, start) + 1
        argument = parser.statement.tokens[start + 1 : parser.position - 1]
        text = parser.statement.slice(start + 1, parser.position - 1)
        alias = "" if parser.at("for") else take_alias(parser) or ""
        parser.expect("for")
        start = parser.position
        column = parser.take_name()
        while parser.accept_operator("."):
            column = parser.take_name()
        column_text = parser.text_from(start)
        parser.expect("in")
        parser.expect_operator("(")
        values = parser.take_list(lambda: _take_value(parser))
        parser.expect_operator(")")
        parser.expect_operator(")")
        return cls(aggregate, argument, text, alias, column, column_text, values)

    def query(self, table: str, columns: Sequence[str]) -> str:
        """Return the query: one row for each combination of the other columns' values."""
        check_known(columns, [self.column])
        used = {self.column}
        for index, token in enumerate(self.argument):
            is_qualifier = self.argument[index + 1 : index + 2] and self.argument[
                index + 1
            ].is_operator(".")
            if token.is_name and not is_qualifier:
                _check_certain(self.argument, index, columns)
                used.add(token.value)
        others = [quoted(name) for name in columns if name not in used]
        items = [*others, *(self._item(value, name) for value, name in self.values)]
        end = f"GROUP BY {', '.join(others)}" if others else ""
        return fill(QUERY, items=", ".join(items), table=table, end=end)

    def _item(self, value: str, name: str) -> str:
        distinct = self.argument[0].is_word("distinct") if self.argument else False
        argument = self.text[len("distinct") :] if distinct else self.text
        if argument.strip() == "*":
            argument = "1"
        is_null = value.lower() == "null"
        condition = f"{self.column_text} IS NULL" if is_null else f"{self.column_text} = ({value})"
        chosen = f"CASE WHEN {condition} THEN {argument} END"
        label = f"{name}_{self.alias}" if self.alias else name
        if len(label.encode("utf-8")) > LONGEST_BACKEND_NAME:
            message = f'column "{label}" of PIVOT, longer than {LONGEST_BACKEND_NAME} bytes'
            raise NotSupportedError(f"{message}: not supported by the emulator")
        return f"{self.aggregate}({'DISTINCT ' if distinct else ''}{chosen}) AS {quoted(label)}"


def _check_certain(argument: Sequence[Token], index: int, columns: Sequence[str]) -> None:
    """Refuse a column's name that may be that of a function, a type or a part of a date."""
    name = argument[index].value
    after = argument[index + 1] if index + 1 < len(argument) else None
    before = argument[index - 1] if index else None
    is_other = (
        (after is not None and (after.is_operator("(") or after.is_word("from")))
        or (before is not None and (before.is_operator("::") or before.is_word("as")))
        or (
            index >= 2
            and before is not None
            and before.is_operator("(")
            and argument[index - 2].is_word(*_WITH_PARTS)
        )
    )
    if is_other and name in columns:
        raise NotSupportedError(
            f'PIVOT with "{name}", a column and another word: not supported by the emulator'
        )


def _take_value(parser: Parser) -> tuple[str, str]:
    """Take a value of PIVOT's list; return its text and the name of its column."""
    start, depth = parser.position, 0
    while (token := parser.peek) is not None:
        depth += token.is_operator("(") - token.is_operator(")")
        if depth < 0 or (depth == 0 and token.is_operator(",")):
            break
        if parser.position > start and depth == 0 and _ends_value(parser):
            break
        parser.position += 1
    tokens = parser.statement.tokens[start : parser.position]
    if not tokens:
        raise parser.fail()
    _check_constant(tokens)
    if qualified(parser.statement, parser.position - 2):
        message = "PIVOT with a qualified INTERVAL in its list: not supported by the emulator"
        raise NotSupportedError(message)
    value = parser.text_from(start)
    return value, take_alias(parser) or _default_name(tokens)


def _check_constant(tokens: Sequence[Token]) -> None:
    """Refuse subqueries and columns, which the list cannot have."""
    for index, token in enumerate(tokens):
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        is_call = after is not None and (after.is_operator("(") or after.kind is Kind.STRING)
        is_type = index > 0 and tokens[index - 1].is_operator("::")
        is_word = token.is_word("null", "true", "false", "as")
        if token.is_word("select") or (token.is_name and not (is_call or is_type or is_word)):
            raise NotSupportedError("PIVOT takes constants in its list, no columns and subqueries")


def _ends_value(parser: Parser) -> bool:
    """Return whether an alias follows: behind AS, or a name behind a value that is complete."""
    before, token = parser.statement.tokens[parser.position - 1 : parser.position + 1]
    complete = before.kind in {Kind.STRING, Kind.NUMBER} or before.is_operator(")")
    complete = complete or before.is_word("null", "true", "false")
    return token.is_word("as") or (complete and token.is_name)


def _default_name(tokens: Sequence[Token]) -> str:
    """Return the name of a value's column: a constant itself."""
    if len(tokens) == 1 and (
        tokens[0].kind in {Kind.STRING, Kind.NUMBER} or tokens[0].is_word("null")
    ):
        return tokens[0].value
    return _UNNAMED

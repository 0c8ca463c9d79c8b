"""QUALIFY, and window functions that PostgreSQL does not have.

A query is written without them before it is rewritten for PostgreSQL.
https://docs.aws.amazon.com/redshift/latest/dg/r_QUALIFY_clause.html
"""

from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.queries.clauses.percentiles import ADDED as PERCENTILES
from redshift_emulator.language.queries.clauses.percentiles import (
    NAMES,
    Percentiles,
    start_of_name,
)
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.queries.text.splice import Splice
from redshift_emulator.language.tokens import Kind, Statement, Token, syntax_error

# The functions that this module adds, which queries of clients must not call.
ADDED: frozenset[tuple[str | None, str]] = frozenset(
    {("pg_catalog", "generate_series"), (INTERNAL, "not_nulls"), (INTERNAL, "picked")}
    | PERCENTILES
)
_ENDS = ("order", "limit", "offset", "union", "intersect", "except", "minus")
_SETS = ("union", "intersect", "except", "minus")
_PICKED = {"first_value": "1", "last_value": "-1", "nth_value": "", "lag": "-", "lead": ""}
_FRAMES = {
    "lag": " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
    "lead": " ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING",
}
_WHOLE = " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
FRAMELESS = "Aggregate window functions with an ORDER BY clause require a frame clause"


@dataclass(slots=True)
class _Select:
    """A SELECT: the token of its word, and whether its tables have begun."""

    first: int = -1
    in_from: bool = False


class Plain:
    """Edits of a statement that remove what PostgreSQL does not have."""

    def __init__(self, statement: Statement, first: int, pairs: dict[int, int]) -> None:
        self._tokens = statement.tokens
        self._first = first
        self._pairs = pairs
        self.splice = Splice(statement.text)
        self.edited = False
        self._percentiles = Percentiles(self._tokens, pairs, self.splice)

    def run(self) -> None:
        """Edit the statement from its token ``first`` on."""
        stack = [_Select()]
        for index in range(self._first, len(self._tokens)):
            token = self._tokens[index]
            if token.is_operator("("):
                stack.append(_Select())
            elif token.is_operator(")") and len(stack) > 1:
                stack.pop()
            elif token.kind is Kind.WORD and not self._is_part(index):
                self._word(index, token, stack[-1])

    def _word(self, index: int, token: Token, select: _Select) -> None:
        match token.value:
            case "select":
                select.first, select.in_from = index, False
            case "from":
                select.in_from = True
            case "qualify" if select.in_from and self._begins_clause(index):
                self._qualify(index, select)
            case "ignore" if self._word_at(index + 1, "nulls"):
                self._ignore_nulls(index)
            case "listagg":
                self._listagg(index)
            case name if name in NAMES:
                self.edited |= self._percentiles.edit(index)

    # --- QUALIFY --------------------------------------------------------------------------------

    def _begins_clause(self, index: int) -> bool:
        """Return whether QUALIFY is the clause, not a name of a column."""
        before, after = self._tokens[index - 1], self._at(index + 1)
        ends = before.is_operator(")") or before.kind not in {Kind.OPERATOR, Kind.WORD}
        if before.kind is Kind.WORD:
            words = ("from", "join", "and", "or", "not", "by", "on", "where", "having", "as")
            ends = not before.is_word(*words)
        begins = after is not None and (
            after.kind is not Kind.OPERATOR or after.value in {"(", "-", "+"}
        )
        if ends and begins and self._is_table(index - 1):
            raise syntax_error(after.value if after else "")
        return ends and begins

    def _is_table(self, index: int) -> bool:
        """Return whether a token ends a table without an alias."""
        while index > 1 and self._tokens[index - 1].is_operator("."):
            index -= 2
        return self._tokens[index].is_name and self._tokens[index - 1].is_word("from", "join")

    def _qualify(self, index: int, select: _Select) -> None:
        """Filter by a function in ORDER BY that returns no row if the condition is not true.

        PostgreSQL calls it after the window functions, and removes the row.
        """
        end = self._end_of_condition(index + 1)
        if self._word_at(select.first + 1, "distinct"):
            raise NotSupportedError("QUALIFY with DISTINCT: not supported by the emulator")
        tokens, splice = self._tokens, self.splice
        splice.replace(tokens[index].start, tokens[index].end, "ORDER BY")
        splice.insert(tokens[index].end, " pg_catalog.generate_series(1, ((")
        close = tokens[end - 1].end
        splice.insert(close, ") IS TRUE)::int)")
        if self._in_set(select, end):
            splice.insert(tokens[select.first].start, "(")
            splice.insert(close, ")")
        elif self._word_at(end, "order"):
            splice.replace(tokens[end].start, tokens[end + 1].end, ",")
        self.edited = True

    def _in_set(self, select: _Select, end: int) -> bool:
        before = self._at(select.first - 1) if select.first > self._first else None
        if before is not None and before.is_word("all"):
            before = self._at(select.first - 2)
        follows = self._at(end)
        return any(token is not None and token.is_word(*_SETS) for token in (before, follows))

    def _end_of_condition(self, index: int) -> int:
        while index < len(self._tokens):
            token = self._tokens[index]
            if token.is_operator(")") or (token.is_word(*_ENDS) and not self._is_part(index)):
                return index
            index = self._pairs.get(index, index) + 1
        return index

    # --- window functions -----------------------------------------------------------------------

    def _ignore_nulls(self, index: int) -> None:
        """Convert ``first_value(x) IGNORE NULLS OVER (w)`` to an element of an array."""
        closing = index - 1
        if not self._tokens[closing].is_operator(")"):
            closing = index + 2  # IGNORE NULLS inside of the parentheses
        opening = next((left for left, right in self._pairs.items() if right == closing), 0)
        name = self._tokens[opening - 1]
        over = max(closing, index + 1) + 1
        window = over + 1
        if name.value not in _PICKED or not self._word_at(over, "over"):
            raise syntax_error("ignore")
        if window not in self._pairs:
            raise syntax_error("over")
        self._check_window(name.value, window)
        value, position = self._arguments(name.value, opening, min(closing, index))
        tokens, splice = self._tokens, self.splice
        start = tokens[start_of_name(tokens, opening - 1)].start
        splice.replace(start, name.end, f"{INTERNAL}.picked({INTERNAL}.not_nulls")
        splice.replace(tokens[value].end, tokens[over - 1].end, ")")
        end = self._pairs[window]
        splice.insert(tokens[end].start, _FRAMES.get(name.value, ""))
        splice.insert(tokens[end].end, f", {position})")
        self.edited = True

    def _check_window(self, name: str, window: int) -> None:
        words = {token.value for token in self._tokens[window : self._pairs[window]]}
        framed = bool(words & {"rows", "range"})
        if name in _FRAMES and (framed or "order" not in words):
            raise RedshiftError(f"{name} needs ORDER BY and takes no frame", sqlstate="42601")
        if name not in _FRAMES and "order" in words and not framed:
            raise RedshiftError(FRAMELESS, sqlstate="42601")

    def _arguments(self, name: str, opening: int, closing: int) -> tuple[int, str]:
        """Return the last token of the value, and the place to pick, from the end if negative."""
        index = opening + 1
        while index < closing and not self._tokens[index].is_operator(","):
            index = self._pairs.get(index, index) + 1
        position = _PICKED[name]
        rest = self._tokens[index + 1 : closing]
        if name in {"first_value", "last_value"}:
            rest = self._tokens[index:closing]
            if rest:
                raise RedshiftError(f"{name} takes one argument", sqlstate="42883")
            return index - 1, position
        if not rest and name != "nth_value":
            return index - 1, f"{position}1"
        if len(rest) != 1 or not rest[0].value.isdigit() or rest[0].value == "0":
            raise NotSupportedError(
                f"{name} IGNORE NULLS with an offset that is not a number from 1 on: not supported"
                " by the emulator"
            )
        return index - 1, f"{position}{rest[0].value}"

    def _listagg(self, index: int) -> None:
        """Move the order of LISTAGG(x) WITHIN GROUP (ORDER BY y) OVER (w) into the window."""
        closing = self._pairs.get(index + 1)
        if closing is None:
            return
        order, over = None, closing + 1
        if self._word_at(closing + 1, "within") and self._word_at(closing + 2, "group"):
            order = closing + 3
            over = self._pairs.get(order, order) + 1
        if not self._word_at(over, "over") or over + 1 not in self._pairs:
            return
        if self._word_at(index + 2, "distinct"):
            raise NotSupportedError("LISTAGG(DISTINCT) OVER: not supported by the emulator")
        end = self._pairs[over + 1]
        if any(token.is_word("order", "rows") for token in self._tokens[over + 1 : end]):
            raise RedshiftError("LISTAGG OVER takes PARTITION BY only", sqlstate="42601")
        if order is not None:
            tokens, splice = self._tokens, self.splice
            text = splice.text[tokens[order].end : tokens[self._pairs[order]].start]
            splice.replace(tokens[closing].end, tokens[over - 1].end, "")
            splice.insert(tokens[end].start, f" {text}{_WHOLE}")
            self.edited = True

    # --- tokens ---------------------------------------------------------------------------------

    def _at(self, index: int) -> Token | None:
        return self._tokens[index] if index < len(self._tokens) else None

    def _word_at(self, index: int, word: str) -> bool:
        token = self._at(index)
        return token is not None and token.is_word(word)

    def _is_part(self, index: int) -> bool:
        """Return whether a word is a part of a name, after a dot."""
        first = start_of_name(self._tokens, index)
        return first > 0 and self._tokens[first - 1].is_operator(".")


def needs_plain(statement: Statement, first: int) -> bool:
    """Return whether a statement may contain what ``Plain`` removes."""
    words = {"qualify", "ignore", "listagg"} | NAMES
    return any(token.value in words for token in statement.tokens[first:])

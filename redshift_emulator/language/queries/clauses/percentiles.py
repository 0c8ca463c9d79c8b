"""MEDIAN, PERCENTILE_CONT and PERCENTILE_DISC as functions of an array of the sorted values.

``percentile_cont(0.5) WITHIN GROUP (ORDER BY x DESC) OVER (w)`` becomes
``percentile_cont(sorted(x) OVER (w), 0.5, true)``.
https://docs.aws.amazon.com/redshift/latest/dg/r_WF_PERCENTILE_CONT.html
"""

from collections.abc import Mapping, Sequence

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.queries.names.functions import INTERNAL
from redshift_emulator.language.queries.text.splice import Splice
from redshift_emulator.language.tokens import Kind, Token, syntax_error

NAMES = frozenset({"median", "percentile_cont", "percentile_disc"})
# The functions that this module adds, which queries of clients must not call.
ADDED: frozenset[tuple[str | None, str]] = frozenset(
    (INTERNAL, name) for name in (*NAMES, "sorted")
)


def start_of_name(tokens: Sequence[Token], index: int) -> int:
    """Return the first token of a function's name, which may have the schema pg_catalog."""
    before = tokens[max(index - 2, 0) : index]
    if len(before) == 2 and before[0].is_word("pg_catalog") and before[1].is_operator("."):
        return index - 2
    return index


class Percentiles:
    """Edits calls of a statement; ``pairs`` maps opening parentheses to closing ones."""

    def __init__(self, tokens: Sequence[Token], pairs: Mapping[int, int], splice: Splice) -> None:
        self._tokens = tokens
        self._pairs = pairs
        self._splice = splice

    def edit(self, index: int) -> bool:
        """Edit the call whose name is the token ``index``; return whether there was one."""
        closing = self._pairs.get(index + 1)
        first = start_of_name(self._tokens, index)
        if closing is None or (first > 0 and self._tokens[first - 1].is_operator(".")):
            return False
        if self._tokens[index].value == "median":
            self._replace(first, index + 1, f"{INTERNAL}.median({INTERNAL}.sorted(")
            self._splice.insert(self._tokens[self._end(closing)].end, ")")
            return True
        return self._within_group(index, closing)

    def _within_group(self, index: int, closing: int) -> bool:
        order = closing + 3
        if not self._are_words(closing + 1, "within", "group") or order not in self._pairs:
            raise syntax_error(self._tokens[index].value)
        last = self._pairs[order]
        end = self._end(last)
        name = self._tokens[index].value
        if name == "percentile_disc" and end == last:
            return False  # PostgreSQL's
        if not self._are_words(order + 1, "order", "by") or closing != index + 3:
            raise syntax_error(self._tokens[index].value)
        fraction = self._tokens[index + 2]
        if fraction.kind is not Kind.NUMBER or float(fraction.value) > 1:
            message = f"{name} takes a number between 0 and 1"
            raise RedshiftError(message, sqlstate="42601")
        descending = self._tokens[last - 1].is_word("desc")
        ends = last - self._tokens[last - 1].is_word("asc", "desc")
        self._check_alone(order + 3, ends)
        start = start_of_name(self._tokens, index)
        self._replace(start, order + 2, f"{INTERNAL}.{name}({INTERNAL}.sorted(")
        self._replace(ends, last, ")")
        arguments = f", {fraction.value}, {'true' if descending else 'false'})"
        self._splice.insert(self._tokens[end].end, arguments)
        return True

    def _check_alone(self, first: int, last: int) -> None:
        """Refuse several expressions of ORDER BY, and NULLS FIRST or LAST."""
        while first < last:
            token = self._tokens[first]
            if token.is_operator(",") or token.is_word("nulls"):
                raise syntax_error(token.value)
            first = self._pairs.get(first, first) + 1

    def _end(self, closing: int) -> int:
        """Return the last token of a call and its OVER clause, which has no order."""
        window = closing + 2
        if not self._are_words(closing + 1, "over") or window not in self._pairs:
            return closing
        end = self._pairs[window]
        for token in self._tokens[window:end]:
            if token.is_word("order", "rows", "range"):
                message = "the OVER clause of a percentile takes PARTITION BY only"
                raise RedshiftError(message, sqlstate="42601")
        return end

    def _are_words(self, index: int, *words: str) -> bool:
        found = self._tokens[index : index + len(words)]
        return len(found) == len(words) and all(
            token.is_word(word) for token, word in zip(found, words, strict=True)
        )

    def _replace(self, first: int, last: int, new: str) -> None:
        self._splice.replace(self._tokens[first].start, self._tokens[last].end, new)

"""Compare the rows that a query returned with those expected, and show what differs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from pipeline.figures import count

Row = Mapping[str, Any]
"""Values by column."""

SHOWN = 20
"""Differences that are shown; the others are counted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that differs: missing if ``found`` is None, unexpected if ``expected`` is."""

    expected: Row | None
    found: Row | None

    @property
    def kind(self) -> str:
        """Return the difference in a word."""
        if self.found is None:
            return "missing"
        return "unexpected" if self.expected is None else "different"

    def has(self, column: str) -> bool:
        """Return whether the values of a column differ."""
        return (
            self.expected is not None
            and self.found is not None
            and self.expected[column] != self.found[column]
        )


def compare(
    expected: Sequence[Row], found: Sequence[Row], key: Sequence[str], *, ordered: bool = False
) -> tuple[Difference, ...]:
    """Return the differences in the order of the expected rows; unexpected rows come last.

    An expected row that is missing is shown with the returned row that has the same ``key``, else
    with the most similar one, if half of its values are equal. ``ordered`` rows are compared one
    by one.
    """
    if ordered:
        pairs = (Difference(*pair) for pair in zip_longest(expected, found))
        return tuple(each for each in pairs if each.expected != each.found)
    rest, missing = list(found), []
    for row in expected:
        if row in rest:
            rest.remove(row)
        else:
            missing.append(row)
    similar = [(row, _similar(row, rest, key)) for row in missing] if rest else []
    paired: dict[int, Row] = {}
    for number, (_, others) in sorted(enumerate(similar), key=lambda each: -_best(each[1][1])):
        free = [other for _, other in others if not any(other is row for row in paired.values())]
        if free:
            paired[number] = free[0]
    taken = {id(row) for row in paired.values()}
    return (
        *(Difference(row, paired.get(number)) for number, row in enumerate(missing)),
        *(Difference(None, row) for row in rest if id(row) not in taken),
    )


Ranked = list[tuple[float, Row]]


def _best(ranked: Ranked) -> float:
    return ranked[0][0] if ranked else 0


def _similar(row: Row, others: Sequence[Row], key: Sequence[str]) -> Ranked:
    """Return the rows that may be the same one, the most similar first."""
    ranked = []
    for other in others:
        share = sum(row[name] == other[name] for name in row) / len(row)
        same = bool(key) and all(name in row and row[name] == other[name] for name in key)
        if same or share >= 0.5:
            ranked.append((share + same, other))
    return sorted(ranked, key=lambda each: -each[0])


def headings(
    names: Sequence[str], differences: Sequence[Difference], key: Sequence[str]
) -> tuple[str, ...]:
    """Return the columns to show: if all rows differ in part, their key and what differs."""
    is_known = bool(key) and set(key) <= set(names)
    if not is_known or any(each.kind != "different" for each in differences):
        return ("row", *names)
    return (
        "row",
        *(name for name in names if name in key or any(each.has(name) for each in differences)),
    )


def lines(names: Sequence[str], differences: Sequence[Difference]) -> Iterator[list[str]]:
    """Yield a line for each difference; ``names`` are the columns after the first."""
    for each in differences[:SHOWN]:
        row = each.expected if each.found is None else each.found
        yield [each.kind, *(_cell(each, name, row or {}) for name in names)]


def _cell(difference: Difference, name: str, row: Row) -> str:
    if not difference.has(name) or difference.expected is None:
        return show(row[name])
    return f"expected {show(difference.expected[name])}, found {show(row[name])}"


def show(value: Any) -> str:
    """Show a value; a text in quotes where it could be mistaken: ``NULL``, ``'NULL'``, ``''``."""
    if value is None:
        return "NULL"
    text = str(value)
    if isinstance(value, str) and (text in {"", "NULL"} or text != text.strip()):
        return f"'{text}'"
    return text


def summarize(differences: Sequence[Difference]) -> str:
    """Count the differences by kind: ``1 row different, 2 rows missing``."""
    kinds = [each.kind for each in differences]
    counted = [f"{count(kinds.count(kind), 'row')} {kind}" for kind in dict.fromkeys(kinds)]
    more = len(differences) - SHOWN
    return ", ".join(counted) + (f"; the first {SHOWN} are shown" if more > 0 else "")

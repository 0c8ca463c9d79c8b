"""Compare the rows that a query returned with those expected, and show what differs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest
from operator import itemgetter
from typing import Any

from pipeline.designs.model.types import SqlType
from pipeline.figures import count

Row = Mapping[str, Any]
"""Values by column."""

SHOWN = 20
"""Differences that are shown; the others are counted."""

SIMILAR = 0.5
"""The share of equal values from which two rows are shown as one that differs."""


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


@dataclass(frozen=True, slots=True)
class Json:
    """A value of SUPER: 1.5 equals 1.50, and the order in an object does not count."""

    text: str = field(compare=False)
    value: Any

    @classmethod
    def parse(cls, text: str) -> "Json | str":
        """Parse a text; return it as it is if it is not JSON."""
        try:
            return cls(text, _JSON.decode(text))
        except (ValueError, RecursionError):
            return text

    def __str__(self) -> str:
        return self.text


def _json_number(text: str) -> tuple[str, Decimal]:
    return "number", Decimal(text)  # which true is not, although it equals 1 in Python


def _json_object(pairs: list[tuple[str, Any]]) -> tuple[str, list[tuple[str, Any]]]:
    return "object", sorted(pairs, key=itemgetter(0))


_JSON = json.JSONDecoder(
    parse_int=_json_number, parse_float=_json_number, object_pairs_hook=_json_object
)


def comparable(rows: Sequence[Row], types: Mapping[str, SqlType]) -> list[Row]:
    """Return rows of the warehouse with values that are equal if the warehouse has them equal.

    The driver returns a CHAR with the blanks that fill it, and a SUPER as the text of its JSON.
    """
    return [
        {name: _comparable(value, types.get(name)) for name, value in row.items()} for row in rows
    ]


def _comparable(value: Any, kind: SqlType | None) -> Any:
    if kind is None or not isinstance(value, str):
        return value
    if kind.base == "char":
        return value.rstrip(" ")
    return Json.parse(value) if kind.base == "super" else value


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
    paired = _paired(missing, rest, key)
    return (
        *(
            Difference(row, rest[paired[number]] if number in paired else None)
            for number, row in enumerate(missing)
        ),
        *(Difference(None, row) for at, row in enumerate(rest) if at not in paired.values()),
    )


def _paired(missing: Sequence[Row], rest: Sequence[Row], key: Sequence[str]) -> dict[int, int]:
    """Return the positions of rows that may be the same ones, the most similar first."""
    ranked = [
        (-score, number, at)
        for number, row in enumerate(missing)
        for at, other in enumerate(rest)
        if (score := _similarity(row, other, key)) >= SIMILAR
    ]
    paired: dict[int, int] = {}
    for _, number, at in sorted(ranked):
        if number not in paired and at not in paired.values():
            paired[number] = at
    return paired


def _similarity(row: Row, other: Row, key: Sequence[str]) -> float:
    """Return the share of equal values, at least 1 for rows with the same key."""
    share = sum(1 for name in row if row[name] == other[name]) / len(row)
    is_same = bool(key) and all(name in row and row[name] == other[name] for name in key)
    return share + is_same


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

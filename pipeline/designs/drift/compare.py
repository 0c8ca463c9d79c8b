"""Differences between a design and the table upstream, found before a dump starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from pipeline.designs.drift.mentions import mentioned
from pipeline.designs.model import Column, Design
from pipeline.names import did_you_mean

DriftKind = Literal["missing", "new", "retyped", "not null lost"]


class ColumnFacts(Protocol):
    """A column upstream; ``str(type)`` is what format_type writes."""

    @property
    def name(self) -> str:
        """The column's name, case kept."""

    @property
    def type(self) -> object:
        """The column's type."""

    @property
    def not_null(self) -> bool:
        """Whether the column is declared NOT NULL."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference; ``column`` is the name upstream. Only ``new`` leaves a dump right."""

    kind: DriftKind
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.column}: {self.message}"


def compare(design: Design, upstream: Iterable[ColumnFacts]) -> tuple[Drift, ...]:
    """Compare a design with the columns upstream; an empty tuple when they fit."""
    facts = {column.name: column for column in upstream}
    differences = [
        drift for column in design.data_columns for drift in _compare_column(column, facts)
    ]
    covered = _mentioned(design)
    for name, found in facts.items():
        if name not in covered:
            message = f"is new upstream ({found.type}); add it, or say skipped: true"
            differences.append(Drift("new", name, message))
    return tuple(differences)


def upstream_name(column: Column) -> str:
    """Return the name that the column has upstream."""
    return column.source_name or column.name


def _compare_column(column: Column, facts: dict[str, ColumnFacts]) -> Iterator[Drift]:
    name = upstream_name(column)
    found = facts.get(name)
    if found is None:
        if column.expression is None or column.source_sql_type is not None:
            message = f"is missing upstream{did_you_mean(name, facts)}"
            yield Drift("missing", name, message)
        return
    expected = column.source_sql_type
    if expected is not None and normal_type(expected) != normal_type(str(found.type)):
        yield Drift("retyped", name, f"is {found.type} upstream, the design says {expected}")
    if column.not_null and not found.not_null and column.expression is None:
        message = "may be NULL upstream, the design says not_null"
        yield Drift("not null lost", name, message)


def normal_type(text: str) -> str:
    """Render a type so that case, blanks and the schema of a type of one's own do not count."""
    words = " ".join(text.lower().split())
    head, paren, rest = words.partition("(")
    return head.rpartition(".")[2] + paren + rest.replace(" ", "")


def _mentioned(design: Design) -> set[str]:
    """Return the columns upstream that the design names, be it within an expression."""
    named = {upstream_name(column) for column in design.columns if not column.identity}
    for column in design.columns:
        named |= mentioned(column.expression or "")
    return named

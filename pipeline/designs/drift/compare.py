"""Compare the columns of a design with those of its upstream table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from pipeline.designs.drift.mentions import mentioned
from pipeline.designs.model import Column, Design
from pipeline.names import did_you_mean

DriftKind = Literal["missing", "new", "retyped", "not null lost"]


class ColumnFacts(Protocol):
    """An upstream column; ``str(type)`` is the output of format_type."""

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
    """One difference; ``column`` is the upstream name. A dump is correct only with ``new``."""

    kind: DriftKind
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.column}: {self.message}"


def compare(design: Design, upstream: Iterable[ColumnFacts]) -> tuple[Drift, ...]:
    """Return the differences between a design and the upstream columns."""
    facts = {column.name: column for column in upstream}
    differences = [
        drift for column in design.data_columns for drift in _compare_column(column, facts)
    ]
    covered = _mentioned(design)
    for name, found in facts.items():
        if name not in covered:
            message = f"is new upstream ({found.type}); add it, or set skipped: true"
            differences.append(Drift("new", name, message))
    return tuple(differences)


def _compare_column(column: Column, facts: dict[str, ColumnFacts]) -> Iterator[Drift]:
    name = column.upstream_name
    found = facts.get(name)
    if found is None:
        if column.expression is None or column.source_sql_type is not None:
            message = f"is missing upstream{did_you_mean(name, facts)}"
            yield Drift("missing", name, message)
        return
    expected = column.source_sql_type
    if expected is not None and normal_type(expected) != normal_type(str(found.type)):
        yield Drift("retyped", name, f"is {found.type} upstream, but {expected} in the design")
    if column.not_null and not found.not_null and column.expression is None:
        message = "is nullable upstream, but not_null in the design"
        yield Drift("not null lost", name, message)


def normal_type(text: str) -> str:
    """Normalize case and white space of a type, and remove the schema of a user-defined one."""
    words = " ".join(text.lower().split())
    head, paren, rest = words.partition("(")
    return head.rpartition(".")[2] + paren + rest.replace(" ", "")


def _mentioned(design: Design) -> set[str]:
    """Return the upstream columns that the design names, also in expressions."""
    named = {column.upstream_name for column in design.columns if not column.identity}
    for column in design.columns:
        named |= mentioned(column.expression or "")
    return named

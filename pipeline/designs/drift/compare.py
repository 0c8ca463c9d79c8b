"""Compare the columns of a design with those of its upstream table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.designs.mapping.generated import keeps_null
from pipeline.designs.mentions import mentioned
from pipeline.designs.model.design import Column, Design
from pipeline.designs.model.upstream import UpstreamColumn
from pipeline.names import did_you_mean

DriftKind = Literal["missing", "new", "back", "retyped", "not null lost"]
"""``back`` is a new column that the design has as ``skipped: missing``."""

ADDED = frozenset({"new", "back"})
"""Differences with which a dump is correct, but lacks a column."""

_BACK = "load it with --update of pipeline design, or set skipped: true"

_NEEDED = "extract_settings.incremental names it"


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference; ``column`` is the upstream name."""

    kind: DriftKind
    column: str
    message: str

    def __str__(self) -> str:
        return f"{self.column}: {self.message}"


def compare(design: Design, upstream: Iterable[UpstreamColumn]) -> tuple[Drift, ...]:
    """Return the differences between a design and the upstream columns."""
    facts = {column.name: column for column in upstream}
    differences = [
        drift for column in design.data_columns for drift in _compare_column(column, facts)
    ]
    reported = {drift.column for drift in differences}
    needed = design.extract.incremental_columns
    differences += [
        Drift("missing", name, f"is missing upstream{did_you_mean(name, facts)}; {_NEEDED}")
        for name in needed
        if name not in facts and name not in reported
    ]
    covered = {*_mentioned(design), *needed}
    returned = {column.upstream_name for column in design.columns if column.missing}
    for name, found in facts.items():
        if name in returned:
            message = (
                f"is upstream again ({found.type}), but skipped: missing in the design; {_BACK}"
            )
            differences.append(Drift("back", name, message))
        elif name not in covered:
            message = f"is new upstream ({found.type}); add it, or set skipped: true"
            differences.append(Drift("new", name, message))
    return tuple(differences)


def _compare_column(column: Column, facts: dict[str, UpstreamColumn]) -> Iterator[Drift]:
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
    may_be_null = column.not_null and not found.not_null
    if may_be_null and keeps_null(found.type, name, column.sql_type, column.expression):
        message = f"{found.unproven or 'is nullable upstream'}, but not_null in the design"
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

"""A design against its table upstream: what no longer fits, where, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.designs.drift.compare import ColumnFacts, Drift, compare, upstream_name
from pipeline.designs.drift.mentions import mentioned
from pipeline.designs.model import Design
from pipeline.designs.upstream import UpstreamTable
from pipeline.documents import Path
from pipeline.names import TableName, did_you_mean

Policy = Literal["fail", "warn", "ignore"]

DECLARES_NOT_NULL = frozenset("rpf")
"""Kinds of relation whose columns can be declared NOT NULL; those of a view never are."""

ENFORCES_KEYS = frozenset("rp")


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not fit, at a place of the design's file; a ``warning`` stops nothing."""

    path: Path
    message: str
    warning: bool = False


def no_table(design: Design, known: Iterable[TableName]) -> Finding:
    """Say that the table is not upstream, and which is near."""
    hint = did_you_mean(str(design.source), map(str, known))
    message = f"there is no {design.source} upstream{hint}; mend or remove the design"
    return Finding(("source_name",), message)


def check_upstream(
    design: Design,
    table: UpstreamTable,
    unreadable: Collection[str] = (),
    new_columns: Policy = "fail",
) -> Iterator[Finding]:
    """Yield what does not fit; the columns in ``unreadable`` may not be selected."""
    places = _places(design)
    declares = table.kind in DECLARES_NOT_NULL
    for drift in relevant(design, table.columns, new_columns):
        if declares or drift.kind != "not null lost":
            path = places.get(drift.column, ("columns",))
            yield Finding(path, str(drift), warning=drift.kind == "new" and new_columns == "warn")
    yield from _rights(design, table, unreadable)
    if table.kind in ENFORCES_KEYS and design.extract.condition is None:
        yield from _keys(design, table)


def relevant(
    design: Design, columns: Iterable[ColumnFacts], new_columns: Policy
) -> tuple[Drift, ...]:
    """Return the differences between a design and columns upstream, without new ones to ignore."""
    found = compare(design, columns)
    return tuple(drift for drift in found if drift.kind != "new" or new_columns != "ignore")


def _places(design: Design) -> Mapping[str, Path]:
    return {
        upstream_name(column): ("columns", index) for index, column in enumerate(design.columns)
    }


def _rights(
    design: Design, table: UpstreamTable, unreadable: Collection[str]
) -> Iterator[Finding]:
    needed = _selected(design) & {column.name for column in table.columns}
    missing = sorted(needed & set(unreadable))
    if not missing:
        return
    grant = f"the user of the connection string needs GRANT SELECT ON {table.name}"
    if needed <= set(unreadable):
        yield Finding(("source_name",), f"{table.name} may not be read; {grant}")
        return
    yield Finding(("columns",), f"{', '.join(missing)}: may not be read; {grant}")


def _selected(design: Design) -> set[str]:
    """Return the names upstream that a dump would ask for, be it within an expression."""
    names: set[str] = set()
    for column in design.data_columns:
        if column.expression is None:
            names.add(upstream_name(column))
        else:
            names |= mentioned(column.expression)
    return names


def _keys(design: Design, table: UpstreamTable) -> Iterator[Finding]:
    """Yield declared keys that upstream does not guarantee; computed columns cannot be judged."""
    there = {column.name for column in table.columns}
    names = {column.name: upstream_name(column) for column in design.columns}
    guaranteed = [set(key) for key in (table.primary_key, *table.unique) if key]
    for kind, columns in _declared(design):
        upstream = {names[name] for name in columns}
        if upstream <= there and not any(key <= upstream for key in guaranteed):
            message = (
                f"{kind} ({', '.join(columns)}) is not enforced upstream: {table.name} has no "
                "such key; a row that stands twice would stop the load"
            )
            yield Finding(("constraints",), message)


def _declared(design: Design) -> Iterator[tuple[str, tuple[str, ...]]]:
    constraints = design.constraints
    for kind, columns in (
        ("primary_key", constraints.primary_key),
        ("natural_key", constraints.natural_key),
        *(("unique", columns) for columns in constraints.unique),
    ):
        if columns:
            yield kind, columns

"""What to look at in a table's rows before its first design is written, and what follows from it.

Widths make columns as narrow as their values allow; a conversion that would make values NULL is
found before somebody relies on the column.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace

from pipeline.designs.drafting.draft import Draft
from pipeline.designs.drafting.typemap import TypeMaps, map_type
from pipeline.designs.types import MAX_VARCHAR
from pipeline.designs.upstream import UpstreamColumn, UpstreamTable

ENOUGH = 100
"""From so many rows on the widest value tells something about those to come."""

ENDLESS = 2**40
"""Wider than anything, to see whether a type's map depends on the width at all."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What to ask of a column, in PostgreSQL's SQL over the table; None asks nothing.

    ``width`` is the value whose bytes count, ``lost`` the value that is NULL where one was lost.
    """

    column: str
    width: str | None = None
    lost: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What a scan found: rows, and by column the widest value and the number of values lost."""

    rows: int
    widths: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[str, int] = field(default_factory=dict)


def probes(
    table: UpstreamTable, type_maps: TypeMaps = (), skip: Container[str] = ()
) -> tuple[Probe, ...]:
    """Return what is worth asking of a table; columns in ``skip`` are left out."""
    found = (_probe(column, type_maps) for column in table.columns if column.name not in skip)
    return tuple(probe for probe in found if probe.width or probe.lost)


def _probe(column: UpstreamColumn, type_maps: TypeMaps) -> Probe:
    mapped = map_type(column.type, type_maps)
    value = mapped.expression_for(column.name)
    plain = '"' + column.name.replace('"', '""') + '"'
    sizes = {map_type(replace(column.type, measured=size), type_maps) for size in (0, ENDLESS)}
    width = None
    if sizes != {mapped}:
        width = plain if value is None or column.type.base == "bytea" else value
    return Probe(column.name, width, value if may_lose(value) else None)


def may_lose(expression: str | None) -> bool:
    """Tell whether a conversion is one that makes some values NULL."""
    return expression is not None and expression.startswith(("CASE ", "NULLIF("))


def with_measured(table: UpstreamTable, measured: Measured) -> UpstreamTable:
    """Return the table with the number of its rows and the widths of its columns.

    Of few rows only those widths count that are too much for a varchar.
    """
    widths = {
        name: width
        for name, width in measured.widths.items()
        if measured.rows >= ENOUGH or width > MAX_VARCHAR
    }
    columns = (
        replace(column, type=replace(column.type, measured=widths.get(column.name)))
        for column in table.columns
    )
    return replace(table, rows=measured.rows, columns=tuple(columns))


def with_losses(draft: Draft, measured: Measured) -> Draft:
    """Let the design say what the conversion of the present values does.

    Where values become NULL, the column cannot be NOT NULL, nor a part of the primary key.
    """
    names = {column.source_name or column.name: column.name for column in draft.design.columns}
    lost = {names[name]: count for name, count in measured.lost.items() if count}
    if not lost:
        return draft
    design = draft.design
    notes = {name: _note(count, measured, draft.notes.get(name)) for name, count in lost.items()}
    constraints = design.constraints
    if not lost.keys().isdisjoint(constraints.primary_key):
        constraints = replace(constraints, primary_key=())
    columns = tuple(
        replace(column, not_null=False) if column.name in lost else column
        for column in design.columns
    )
    changed = replace(design, columns=columns, constraints=constraints)
    return replace(draft, design=changed, notes={**draft.notes, **notes})


def _note(count: int, measured: Measured, reason: str | None) -> str:
    found = f"{count:,} of {measured.rows:,} rows become NULL here"
    return f"{found}: {reason}" if reason else found

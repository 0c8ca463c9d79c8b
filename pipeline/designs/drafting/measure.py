"""Measure a table's rows before its design is drafted.

Widths determine the sizes of columns. Counting the values that a conversion makes NULL reveals
losses before anyone relies on a column.
"""

from collections.abc import Container
from dataclasses import replace

from pipeline.designs.drafting.draft import Draft
from pipeline.designs.mapping.typemap import TypeMaps, is_beyond_varchar, map_type
from pipeline.designs.model.upstream import (
    Digits,
    Measured,
    Probe,
    UpstreamColumn,
    UpstreamTable,
    UpstreamType,
    quoted,
)

ENOUGH = 100
"""The number of rows from which the widest value predicts future widths."""

ENDLESS = 2**40
"""A width beyond all limits, to find out whether a mapping depends on the width."""


def probes(
    table: UpstreamTable, type_maps: TypeMaps = (), skip: Container[str] = ()
) -> tuple[Probe, ...]:
    """Return what to measure of a table's columns, without those in ``skip``."""
    found = (_probe(column, type_maps) for column in table.columns if column.name not in skip)
    return tuple(probe for probe in found if probe.width or probe.lost)


def _probe(column: UpstreamColumn, type_maps: TypeMaps) -> Probe:
    mapped = map_type(column.type, type_maps)
    value = mapped.expression_for(column.name)
    sizes = {map_type(replace(column.type, measured=size), type_maps) for size in (0, ENDLESS)}
    binary = column.type.base == "bytea"
    width = None
    if sizes != {mapped}:
        width = quoted(column.name) if value is None or binary else value
    if map_type(replace(column.type, digits=Digits(1, 1)), type_maps) != mapped:
        number = quoted(column.name)
        return Probe(column.name, width, f"NULLIF({number}, 'NaN')", number)
    empty = f"NULLIF({quoted(column.name)}, '')" if binary else None  # lost if it is too long
    return Probe(column.name, width, value if may_lose(value) else empty, binary=binary)


def may_lose(expression: str | None) -> bool:
    """Return whether a conversion makes some values NULL."""
    return expression is not None and expression.startswith(("CASE ", "NULLIF("))


def with_measured(table: UpstreamTable, measured: Measured) -> UpstreamTable:
    """Return the table with its number of rows, and the widths and digits of its columns.

    With few rows, only widths that exceed a varchar are used.
    """
    columns = (
        replace(column, type=_measured(column.type, column.name, measured))
        for column in table.columns
    )
    return replace(table, rows=measured.rows, columns=tuple(columns))


def _measured(upstream: UpstreamType, name: str, measured: Measured) -> UpstreamType:
    few = measured.rows < ENOUGH
    digits = measured.digits.get(name)
    found = replace(
        upstream,
        measured=measured.widths.get(name),
        digits=digits and replace(digits, few=few),
    )
    return replace(found, measured=None) if few and not is_beyond_varchar(found) else found


def with_losses(draft: Draft, measured: Measured) -> Draft:
    """Return the draft with notes on lost values.

    A column with lost values cannot be NOT NULL or part of the primary key.
    """
    converted = {
        column.upstream_name: column.name
        for column in draft.design.columns
        if may_lose(column.expression)
    }
    lost = {
        converted[name]: count
        for name, count in measured.lost.items()
        if count and name in converted
    }
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

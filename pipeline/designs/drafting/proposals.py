"""Propose checks that upstream guarantees: enums, CHECK constraints and foreign keys."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.designs.checking.read import default_name
from pipeline.designs.checking.references import problem_of_relationship
from pipeline.designs.checking.rules import argument_faults
from pipeline.designs.model.checks import AcceptedValues, Check, Relationship
from pipeline.designs.model.design import Design
from pipeline.designs.model.upstream import UpstreamTable
from pipeline.names import TableName

if TYPE_CHECKING:
    from pipeline.designs.drafting.constraint import Translated


def proposals(table: UpstreamTable, design: Design, names: Mapping[str, str]) -> tuple[Check, ...]:
    """Return the checks that enums and CHECK constraints of a table guarantee.

    ``names`` maps the columns whose values stay the same to those of the design. Checks that a
    design cannot state of the types in the warehouse are omitted.
    """
    rules = [rule for rule in _guaranteed(table) if rule.column in names]
    renamed = [replace(rule, column=names[rule.column]) for rule in rules]
    checks = [Check(default_name(rule), rule) for rule in renamed]
    return tuple(check for check in checks if not any(argument_faults(design, check)))


def _guaranteed(table: UpstreamTable) -> "Iterator[Translated]":
    from pipeline.designs.drafting.constraint import (  # noqa: PLC0415  (only drafts need it)
        translate,
    )

    for column in table.columns:
        if column.labels:
            yield AcceptedValues(column.name, column.labels)
        for condition in column.conditions:
            for rule in translate(condition, {"VALUE": column.type}):
                yield replace(rule, column=column.name)
    types = {column.name: column.type for column in table.columns}
    for condition in table.conditions:
        yield from translate(condition, types)


def relationships(design: Design, known: Mapping[TableName, Design]) -> tuple[Check, ...]:
    """Return the checks that the foreign keys of a drafted design guarantee."""
    found = (
        Relationship(key.columns[0], key.table, key.references[0])
        for key in design.constraints.foreign_keys
        if len(key.columns) == 1
    )
    return tuple(
        Check(default_name(rule), rule)
        for rule in found
        if not problem_of_relationship(design, rule, known)
    )

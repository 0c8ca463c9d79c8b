"""Checks against the designs of the relations that they read."""

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline.designs.checking import values
from pipeline.designs.checking.read import Entry, named
from pipeline.designs.checking.rules import type_of
from pipeline.designs.checking.sql import ROWS, as_query, assumed_by, explain, reads_of
from pipeline.designs.model.checks import Check, Query, Relationship, SumEquals
from pipeline.designs.model.design import Design
from pipeline.designs.queries.relations import CheckColumns, Known, unread
from pipeline.designs.rules.keys import Finding
from pipeline.documents import Path
from pipeline.errors import DesignError
from pipeline.names import TableName, did_you_mean

Designs = dict[TableName, Design | None]
"""Designs by name; None for a faulty one."""


def check_references(
    design: Design, data: Callable[[], Mapping[str, Any]], known: Designs, columns: CheckColumns
) -> Iterator[Finding]:
    """Yield the faults of checks that read a relation or column that does not exist.

    ``data`` reads the file of the design, for the places of faults.
    """
    found = [
        (check.name, *finding)
        for check in design.checks
        for finding in _findings(design, check, known, columns)
    ]
    if found:
        places = {check.name: entry for entry, check in named(data())}
        yield from ((_place(places[name], path), problem) for name, path, problem in found)


def place_of(data: Mapping[str, Any], reader: Design, table: TableName) -> Path:
    """Return the place of the check of ``reader`` that names a relation."""
    places = {check.name: entry for entry, check in named(data)}
    name = next(
        check.name for check in reader.checks if table in reads_of(check) | assumed_by(check)
    )
    return _place(places[name], ())


def _place(entry: Entry, path: Path) -> Path:
    return (*entry.path, entry.rules[0], *path)


def _findings(
    design: Design, check: Check, known: Designs, columns: CheckColumns
) -> Iterator[Finding]:
    """Yield the faults of a check, with their keys below its rule."""
    place: Path = () if isinstance(check.rule, Query) else ("to",)
    unknown = [name for name in design.checks_read if name not in known]
    if unknown:
        reads = _reads(check)
        yield from ((place, unread(name, known)) for name in unknown if name in reads)
    if isinstance(check.rule, Relationship):
        if problem := problem_of_relationship(design, check.rule, known):
            yield place, problem
    elif isinstance(check.rule, Query | SumEquals):
        faults = columns(as_query(design, check), ChainMap({ROWS: design}, known))
        yield from ((place, explain(design, fault)) for fault in faults)


def _reads(check: Check) -> frozenset[TableName]:
    try:
        return reads_of(check)
    except DesignError:
        return frozenset()  # reported at the query


def problem_of_relationship(design: Design, rule: Relationship, known: Known) -> str | None:
    """Return why values of a column cannot be those of another relation's column, or None."""
    target = known.get(rule.table)
    if target is None:
        return None  # reported as unknown, or faulty itself
    columns = [column.name for column in target.loaded_columns]
    if rule.references not in columns:
        hint = did_you_mean(rule.references, columns)
        return (
            f"'{target.name}' has no column '{rule.references}'{hint}" if target.is_exact else None
        )
    if rule.column not in [column.name for column in design.loaded_columns]:
        return None  # reported at the column
    own, other = type_of(design, rule.column), type_of(target, rule.references)
    if own is None or other is None:
        return None
    if values.family(own) != values.family(other) or own.base in values.NOT_UNIQUE:
        return f"'{rule.column}' is {own}, '{rule.references}' of '{target.name}' is {other}"
    return None

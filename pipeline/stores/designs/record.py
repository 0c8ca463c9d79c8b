"""Convert designs to records that can be stored as JSON, and back."""

import datetime as dt
from dataclasses import astuple
from typing import Any

from pipeline.designs.incremental import Incremental
from pipeline.designs.model import (
    Attributes,
    Column,
    Constraints,
    Design,
    ExtractSettings,
    ForeignKey,
)
from pipeline.freshness import Freshness
from pipeline.names import TableName

Record = tuple[Any, ...]


def to_record(design: Design) -> Record:
    """Return the record of a design: nested tuples of texts, numbers, flags and None.

    A duration is a tuple of its seconds.
    """
    record: Record = _plain(astuple(design))
    return record


def from_record(record: Record | list[Any]) -> Design:
    """Return the design of a record; ValueError or TypeError if it is not valid."""
    name, kind, stem, columns, source, query, constraints, attributes, *rest = record
    extract, depends_on, description, tags, unload_target, reads, external, *others = rest
    is_exact, freshness = others
    return Design(
        name=TableName(*name),
        kind=kind,
        stem=stem,
        columns=tuple([Column(*column) for column in columns]),
        source=None if source is None else TableName(*source),
        query=query,
        constraints=_constraints(*constraints),
        attributes=Attributes(*map(_frozen, attributes)),
        extract=_extract(*extract),
        depends_on=tuple(TableName(*needed) for needed in depends_on),
        description=description,
        tags=tuple(tags),
        unload_target=unload_target,
        reads=tuple(TableName(*read) for read in reads),
        external=tuple(TableName(*read) for read in external),
        is_exact=is_exact,
        freshness=freshness and Freshness(*map(_duration, freshness)),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dt.timedelta):
        return (value.total_seconds(),)
    return tuple(map(_plain, value)) if isinstance(value, tuple) else value


def _extract(condition: str | None, incremental: Any) -> ExtractSettings:
    if incremental is None:
        return ExtractSettings(condition)
    return ExtractSettings(condition, Incremental(*map(_duration, incremental)))


def _duration(value: Any) -> Any:
    is_duration = isinstance(value, list | tuple)
    return dt.timedelta(seconds=value[0]) if is_duration else value


def _constraints(*parts: Any) -> Constraints:
    primary, natural, surrogate, unique, foreign_keys = parts
    foreign = (
        ForeignKey(tuple(columns), TableName(*table), tuple(references))
        for columns, table, references in foreign_keys
    )
    return Constraints(
        primary_key=tuple(primary),
        natural_key=tuple(natural),
        surrogate_key=tuple(surrogate),
        unique=tuple(map(tuple, unique)),
        foreign_keys=tuple(foreign),
    )


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

"""Convert designs to records that can be stored as JSON, and back."""

import datetime as dt
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, get_args

from pipeline.designs.model.checks import AcceptedValues, Check, Relationship, Rule, Unique
from pipeline.designs.model.design import (
    Attributes,
    Column,
    Constraints,
    Design,
    ExtractSettings,
    ForeignKey,
)
from pipeline.designs.model.incremental import Incremental
from pipeline.freshness import Freshness
from pipeline.names import TableName

Record = tuple[Any, ...]

RULES = {rule.kind: rule for rule in get_args(Rule)}


def to_record(design: Design) -> Record:
    """Return the record of a design: nested tuples of texts, numbers, flags and None.

    A duration is a tuple of its seconds, a decimal number in a check one of its digits.
    """
    record: Record = _plain(design)
    return record


def from_record(record: Record | list[Any]) -> Design:
    """Return the design of a record; ValueError or TypeError if it is not valid."""
    name, kind, stem, columns, source, query, constraints, attributes, *rest = record
    extract, depends_on, description, tags, unload_target, reads, external, *rest = rest
    is_exact, freshness, checks, checks_read, assumed = rest
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
        checks=tuple(_to_check(*check) for check in checks),
        checks_read=tuple(TableName(*read) for read in checks_read),
        assumed=tuple(TableName(*name) for name in assumed),
    )


@lru_cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _plain(value: Any) -> Any:
    # Not `astuple`, which copies every value and takes five times as long.
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if convert := _CONVERT.get(value.__class__):
        return convert(value)
    if is_dataclass(value):
        return tuple([_plain(getattr(value, name)) for name in _names(value.__class__)])
    return value


def _of_check(check: Check) -> Record:
    return check.name, check.rule.kind, _plain(check.rule), check.severity, check.where


_CONVERT: dict[type, Callable[[Any], Record]] = {
    Column: attrgetter(*_names(Column)),  # texts, flags and None
    Check: _of_check,
    dt.timedelta: lambda value: (value.total_seconds(),),
    Decimal: lambda value: (str(value),),
}


def _to_check(name: str, kind: str, parts: Any, severity: Any, where: str | None) -> Check:
    return Check(name, _rule(RULES[kind], *parts), severity, where)


def _rule(rule: type[Rule], first: Any, *rest: Any) -> Rule:
    if rule is Unique:
        return Unique(tuple(first))
    if rule is AcceptedValues:
        return AcceptedValues(first, tuple(map(_decimal, rest[0])))
    if rule is Relationship:
        table, references = rest
        return Relationship(first, TableName(*table), references)
    return rule(first, *map(_decimal, rest))


def _decimal(value: Any) -> Any:
    return Decimal(value[0]) if isinstance(value, list | tuple) else value


def _extract(condition: str | None, incremental: Any, engine: Any) -> ExtractSettings:
    if incremental is not None:
        incremental = Incremental(*map(_duration, incremental))
    return ExtractSettings(condition, incremental, engine)


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

"""The model of a case: what a query reads, and what it must return."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.designs.model.design import Design
from pipeline.names import TableName


@dataclass(frozen=True, slots=True)
class Sql:
    """A value that the warehouse computes: ``DATEADD(day, -1, GETDATE())``."""

    text: str


class JsonText(str):
    """JSON of a mapping or list, for a column whose type is not known yet: that must be SUPER."""

    __slots__ = ()


Value = str | Sql | None
"""A value as the warehouse reads it, ``2026-11-28``; None is NULL."""

Row = Mapping[str, Value]
"""The values that a case names, by column."""

Rows = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One test of a query.

    ``inputs`` holds the rows of every relation that the query reads, in the order of their names;
    the designs of views and external relations have the types that the file states. ``compared``
    are the columns of the expected rows. ``now`` is in UTC.
    """

    name: str
    design: Design
    inputs: tuple[tuple[Design, Rows], ...]
    compared: tuple[str, ...]
    expected: Rows
    file: str
    line: int
    now: dt.datetime | None = None
    ordered: bool = False

    @property
    def relation(self) -> TableName:
        """Return the relation whose query is tested."""
        return self.design.name

    def __str__(self) -> str:
        return f"{self.relation}::{self.name}"

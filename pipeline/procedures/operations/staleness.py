"""Which relations are older than what they read, directly or by way of others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pipeline.designs.catalog import Catalog
from pipeline.names import TableName


@dataclass(frozen=True, slots=True)
class Age:
    """What makes a relation stale."""

    newer: tuple[TableName, ...] = ()
    """What it reads, itself or through views, and what was loaded after it."""
    stale: tuple[TableName, ...] = ()
    """What it reads and what is stale itself."""

    @property
    def is_stale(self) -> bool:
        """Tell whether anything does."""
        return bool(self.newer or self.stale)

    @property
    def words(self) -> tuple[str, ...]:
        """Say what does."""
        said = (("older than", self.newer), ("reads stale", self.stale))
        return tuple(f"{word} {', '.join(map(str, names))}" for word, names in said if names)


FRESH = Age()


class Loaded(Protocol):
    """A load, as far as its moment is concerned."""

    @property
    def loaded_at(self) -> dt.datetime:
        """When it ended."""


def find_ages(
    catalog: Catalog, load: Callable[[TableName], Loaded | None]
) -> dict[TableName, Age]:
    """Return the age of each relation of a catalogue.

    A view shows what its relations hold, whenever it was made: it is never older than they are,
    and who reads it reads them.
    """
    ages: dict[TableName, Age] = {}
    tables: dict[TableName, frozenset[TableName]] = {}
    for name in catalog.graph.order:
        design = catalog[name]
        is_view = design.kind == "VIEW"
        read = frozenset[TableName]().union(*(tables[need] for need in design.needs))
        tables[name] = read if is_view else frozenset({name})
        own = load(name)
        if own is None:
            ages[name] = FRESH
            continue
        newer = () if is_view else tuple(each for each in sorted(read) if _after(load(each), own))
        stale = (each for each in design.needs if ages[each].is_stale and each not in newer)
        ages[name] = Age(newer, tuple(stale))
    return ages


def _after(one: Loaded | None, other: Loaded) -> bool:
    return one is not None and one.loaded_at > other.loaded_at

"""Find relations that are older than the relations they read, directly or indirectly."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.designs.catalog import Catalog
from pipeline.names import TableName


@dataclass(frozen=True, slots=True)
class Age:
    """The relations that make another one stale."""

    newer: tuple[TableName, ...] = ()
    """Relations it reads, directly or through views, that were loaded after it."""
    stale: tuple[TableName, ...] = ()
    """Relations it reads that are stale themselves."""

    @property
    def is_stale(self) -> bool:
        """Whether there is any."""
        return bool(self.newer or self.stale)

    @property
    def words(self) -> tuple[str, ...]:
        """The reasons: ``older than www.orders``, ``reads stale dw.totals``."""
        reasons = (("older than", self.newer), ("reads stale", self.stale))
        return tuple(
            f"{reason} {', '.join(map(str, names))}" for reason, names in reasons if names
        )


FRESH = Age()


def find_ages(catalog: Catalog, loaded: Mapping[TableName, dt.datetime]) -> dict[TableName, Age]:
    """Return the age of each relation of a catalog, by the time of each one's last load.

    A view shows the current rows of its relations, whenever it was created. So it is never older
    than they are, and reading it counts as reading them.
    """
    ages: dict[TableName, Age] = {}
    tables: dict[TableName, frozenset[TableName]] = {}
    for name in catalog.graph.order:
        design = catalog[name]
        is_view = design.kind == "VIEW"
        read = frozenset[TableName]().union(*(tables[need] for need in design.needs))
        tables[name] = read if is_view else frozenset({name})
        if name not in loaded:
            ages[name] = FRESH
            continue
        later = (each for each in sorted(read) if each in loaded and loaded[each] > loaded[name])
        newer = () if is_view else tuple(later)
        stale = (each for each in design.needs if ages[each].is_stale and each not in newer)
        ages[name] = Age(newer, tuple(stale))
    return ages

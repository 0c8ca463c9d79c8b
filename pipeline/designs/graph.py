"""Which relation must be ready before which.

Queries and ``depends_on`` make edges, foreign keys never do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from pipeline.errors import DesignError
from pipeline.names import TableName

Edges = Mapping[TableName, tuple[TableName, ...]]


@dataclass(frozen=True, slots=True)
class Graph:
    """What each relation needs (``needs``) and what needs it (``feeds``).

    What is in one of the ``levels`` can run in parallel, one level after another.
    """

    needs: Edges
    feeds: Edges = field(repr=False)
    levels: tuple[tuple[TableName, ...], ...] = field(repr=False)

    @classmethod
    def build(cls, needs: Mapping[TableName, Iterable[TableName]]) -> Self:
        """Build from direct dependencies; DesignError prints a cycle's path, ``a → b → a``."""
        sorted_needs = {name: tuple(sorted(set(needs[name]))) for name in sorted(needs)}
        feeds: dict[TableName, list[TableName]] = {name: [] for name in sorted_needs}
        for name, direct in sorted_needs.items():
            for needed in direct:
                feeds[needed].append(name)
        frozen = {name: tuple(fed) for name, fed in feeds.items()}
        return cls(sorted_needs, frozen, _levels(sorted_needs, frozen))

    def ancestors(self, names: Iterable[TableName]) -> frozenset[TableName]:
        """Return all that these relations need, directly or not, without themselves."""
        start = set(names)
        return frozenset(_reach(self.needs, start) - start)

    def descendants(self, names: Iterable[TableName]) -> frozenset[TableName]:
        """Return all that depends on these relations, directly or not, without themselves."""
        start = set(names)
        return frozenset(_reach(self.feeds, start) - start)

    def longest_ways(self, own: Mapping[TableName, int]) -> dict[TableName, int]:
        """Return the largest sum of ``own`` on any way from each relation to what it feeds."""
        ways: dict[TableName, int] = {}
        for name in reversed(self.order):
            ways[name] = own[name] + max((ways[fed] for fed in self.feeds[name]), default=0)
        return ways

    @property
    def order(self) -> tuple[TableName, ...]:
        """Return all relations, each after everything that it needs."""
        return tuple(name for level in self.levels for name in level)


def _reach(edges: Edges, start: set[TableName]) -> set[TableName]:
    reached = set(start)
    waiting = list(start)
    while waiting:
        for name in edges[waiting.pop()]:
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached


def _levels(needs: Edges, feeds: Edges) -> tuple[tuple[TableName, ...], ...]:
    missing = {name: len(direct) for name, direct in needs.items()}
    level = tuple(name for name, count in missing.items() if count == 0)
    levels = []
    while level:
        levels.append(level)
        fed = Counter(above for name in level for above in feeds[name])
        for name, count in fed.items():
            missing[name] -= count
        level = tuple(sorted(name for name in fed if missing[name] == 0))
    left = {name for name, count in missing.items() if count}
    if left:
        raise DesignError(_describe_cycle(needs, left))
    return tuple(levels)


def _describe_cycle(needs: Edges, left: set[TableName]) -> str:
    """Walk from need to need within what could not be ordered until a relation comes again."""
    path = [min(left)]
    while path[-1] not in path[:-1]:
        path.append(next(name for name in needs[path[-1]] if name in left))
    cycle = path[path.index(path[-1]) :]
    return f"relations depend on each other: {' → '.join(map(str, cycle))}"

"""The order of relations: which must be ready before which.

Queries and ``depends_on`` make edges; foreign keys do not.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Self

from pipeline.errors import DesignError
from pipeline.names import TableName


class DependencyCycleError(DesignError):
    """Relations depend on each other; ``path`` begins and ends with the same one."""

    def __init__(self, path: Iterable[TableName]) -> None:
        self.path = tuple(path)
        super().__init__(f"relations depend on each other: {' → '.join(map(str, self.path))}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a derived relation reads: ``direct`` relations, and the tables whose ``rows`` it holds.

    Rows that are read through a view count. A view holds none.
    """

    direct: frozenset[TableName]
    rows: frozenset[TableName]


Edges = Mapping[TableName, tuple[TableName, ...]]


@dataclass(frozen=True, slots=True)
class Graph:
    """What each relation needs (``needs``) and which relations need it (``feeds``).

    ``order`` holds all relations, each after everything that it needs.
    """

    needs: Edges
    feeds: Edges = field(repr=False)
    order: tuple[TableName, ...] = field(repr=False)

    @classmethod
    def build(cls, needs: Mapping[TableName, Iterable[TableName]]) -> Self:
        """Build the graph from direct dependencies.

        DependencyCycleError shows a cycle as a path, ``www.a → www.b → www.a``.
        """
        sorted_needs = {name: tuple(sorted(set(needs[name]))) for name in sorted(needs)}
        feeds: dict[TableName, list[TableName]] = {name: [] for name in sorted_needs}
        for name, direct in sorted_needs.items():
            for needed in direct:
                feeds[needed].append(name)
        frozen = {name: tuple(fed) for name, fed in feeds.items()}
        return cls(sorted_needs, frozen, tuple(_ordered(sorted_needs)))

    def ancestors(self, names: Iterable[TableName]) -> frozenset[TableName]:
        """Return all direct and indirect dependencies of the relations, without themselves."""
        start = set(names)
        return frozenset(_reach(self.needs, start) - start)

    def descendants(self, names: Iterable[TableName]) -> frozenset[TableName]:
        """Return all direct and indirect dependents of the relations, without themselves."""
        start = set(names)
        return frozenset(_reach(self.feeds, start) - start)

    def groups(self, starts: Iterable[TableName]) -> tuple[tuple[TableName, ...], ...]:
        """Return each start with its descendants, in order; groups that overlap are one."""
        groups: list[set[TableName]] = []
        for start in starts:
            group = {start, *self.descendants([start])}
            group = group.union(*(other for other in groups if other & group))
            groups = [*(other for other in groups if not other & group), group]
        return tuple(tuple(name for name in self.order if name in group) for group in groups)

    def longest_paths(self, own: Mapping[TableName, int]) -> dict[TableName, int]:
        """Return the largest sum of ``own`` on any path from each relation to what it feeds."""
        paths: dict[TableName, int] = {}
        for name in reversed(self.order):
            paths[name] = own[name] + max((paths[fed] for fed in self.feeds[name]), default=0)
        return paths


def _reach(edges: Edges, start: set[TableName]) -> set[TableName]:
    reached = set(start)
    waiting = list(start)
    while waiting:
        for name in edges[waiting.pop()]:
            if name not in reached:
                reached.add(name)
                waiting.append(name)
    return reached


def _ordered(needs: Edges) -> Iterator[TableName]:
    """Yield level by level, by name within each, so that the order is always the same."""
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError as error:
        raise DependencyCycleError(reversed(error.args[1])) from error
    while sorter.is_active():
        level = sorted(sorter.get_ready())
        yield from level
        sorter.done(*level)

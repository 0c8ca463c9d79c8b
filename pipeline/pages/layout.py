"""Place the nodes of a graph in layers from left to right, with few crossings of edges.

The library fast-sugiyama does it in milliseconds, without a program such as Graphviz.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import fast_sugiyama

from pipeline.names import TableName

Node = TypeVar("Node", TableName, str)

Place = tuple[int, float]
"""A layer, 0 at the left, and a place from the top in it, in nodes."""

TRANSPOSED = 300
"""Edges up to which crossings are reduced further, which takes four times as long."""

BETWEEN = 1.5
"""The distance of the parts of a graph that no edge connects, in nodes."""


@dataclass(frozen=True, slots=True)
class Layout(Generic[Node]):
    """The place of each node, and by edge the places that it passes between its two nodes."""

    places: dict[Node, Place] = field(default_factory=dict)
    bends: dict[tuple[Node, Node], tuple[Place, ...]] = field(default_factory=dict)


def place(edges: Iterable[tuple[Node, Node]]) -> Layout[Node]:
    """Return the layout of all nodes that edges connect; parts that none connects are stacked."""
    found = sorted(set(edges))
    nodes = sorted({node for edge in found for node in edge})
    numbers = {node: number for number, node in enumerate(nodes)}
    parts = fast_sugiyama.from_edges(
        [(numbers[one], numbers[other]) for one, other in found],
        vertex_spacing=1,
        transpose=len(found) <= TRANSPOSED,
        check_layout=False,
    )
    layout: Layout[Node] = Layout()
    top = 0.0
    for positions, _, _, links in sorted(parts, key=lambda part: (-len(part[0]), min(part[0]))):
        spots = _spots({int(number): spot for number, spot in positions}, top)
        top = max(line for _, line in spots.values()) + BETWEEN
        layout.places.update(
            {nodes[number]: spot for number, spot in spots.items() if number < len(nodes)}
        )
        chained = [(int(one), int(other)) for one, other in links or ()]
        for one, other, passed in _chains(chained, len(nodes)):
            layout.bends[nodes[one], nodes[other]] = tuple(spots[number] for number in passed)
    return layout


def _spots(positions: dict[int, tuple[float, float]], top: float) -> dict[int, Place]:
    """Return the places of a part, which the library draws from top to bottom."""
    layers = sorted({y for _, y in positions.values()}, reverse=True)
    left = min(x for x, _ in positions.values())
    return {number: (layers.index(y), top + x - left) for number, (x, y) in positions.items()}


def _chains(
    links: Sequence[tuple[int, int]], nodes: int
) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Yield the edges that pass a layer: both nodes, and the numbers of the bends between.

    Numbers from ``nodes`` on are those of bends, each of which has one link to it and one from it.
    """
    after = {one: other for one, other in links if one >= nodes}
    for one, other in links:
        if one < nodes <= other:
            passed = [other]
            while after[passed[-1]] >= nodes:
                passed.append(after[passed[-1]])
            yield one, after[passed[-1]], tuple(passed)

"""Pictures of graphs: boxes in layers from left to right, and the curves that connect them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.designs.graph import Graph
from pipeline.names import TableName
from pipeline.pages.layout import Layout, place
from pipeline.pages.model import Site
from pipeline.pages.paths import page_of

WIDTH, HEIGHT = 184, 28
GAP, STEP = 52, 38
"""Between layers, and from a box to the one below it."""
MARGIN = 6
LETTERS = 22
"""Characters of a label that fit into a box."""

SHOWN = 9
"""The relations of one step that the picture of a relation shows."""


@dataclass(frozen=True, slots=True)
class Box:
    """One relation in a picture; ``x`` and ``y`` of its upper left corner."""

    name: TableName
    x: float
    y: float
    kind: str
    level: str
    hue: int
    """The number of the color of its schema, 0 to 7."""
    is_own: bool = False

    @property
    def schema(self) -> str:
        """The schema and a dot if both names fit into the box, else empty."""
        return f"{self.name.schema}." if len(str(self.name)) <= LETTERS else ""

    @property
    def label(self) -> str:
        """The relation's own name as it fits into the box."""
        text = self.name.table
        return text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"

    @property
    def page(self) -> str:
        """The path of the relation's page."""
        return page_of(self.name)


@dataclass(frozen=True, slots=True)
class Picture:
    """A graph to be drawn: ``curves`` are paths of SVG, ``omitted`` relations have no box."""

    boxes: tuple[Box, ...]
    curves: tuple[str, ...]
    width: float
    height: float
    omitted: int = 0


def whole(site: Site) -> Picture:
    """Return the picture of all relations that read others or are read."""
    edges = all_edges(site.catalog.graph)
    layout = place(edges)
    return _draw(site, layout, edges, omitted=len(site.catalog) - len(layout.places))


def all_edges(graph: Graph) -> list[tuple[TableName, TableName]]:
    """Return each relation that is read, with the one that reads it."""
    return [(need, name) for name, needs in graph.needs.items() for need in needs]


def around(site: Site, name: TableName) -> Picture:
    """Return the picture of what a relation reads and of what reads it, in two steps."""
    graph = site.catalog.graph
    shown, omitted = {name}, 0
    for edges in (graph.needs, graph.feeds):
        step: tuple[TableName, ...] = (name,)
        for _ in range(2):
            found = sorted({each for one in step for each in edges[one]} - shown)
            step = tuple(found[:SHOWN])
            omitted += len(found) - len(step)
            shown.update(step)
    drawn = [(need, each) for each in sorted(shown) for need in graph.needs[each] if need in shown]
    layout = place(drawn) if drawn else Layout({name: (0, 0.0)})
    return _draw(site, layout, drawn, own=name, omitted=omitted)


def _draw(
    site: Site,
    layout: Layout[TableName],
    edges: Iterable[tuple[TableName, TableName]],
    *,
    own: TableName | None = None,
    omitted: int = 0,
) -> Picture:
    corners = {name: corner(*found) for name, found in layout.places.items()}
    boxes = []
    for name, (x, y) in sorted(corners.items()):
        facts = site.facts.get(name)
        kind, level = site.catalog[name].kind, facts.level if facts else ""
        boxes.append(Box(name, x, y, kind, level, site.hues[name.schema], is_own=name == own))
    curves = []
    for one, other in edges:
        bends = (corner(*bend) for bend in layout.bends.get((one, other), ()))
        curves.append(curve([corners[one], *bends, corners[other]]))
    return Picture(
        tuple(boxes),
        tuple(curves),
        max((box.x for box in boxes), default=0) + WIDTH + MARGIN,
        max((box.y for box in boxes), default=0) + HEIGHT + MARGIN,
        omitted,
    )


def corner(layer: int, line: float) -> tuple[float, float]:
    """Return the upper left corner of the box at a place."""
    return MARGIN + layer * (WIDTH + GAP), round(MARGIN + line * STEP, 1)


def curve(corners: Sequence[tuple[float, float]]) -> str:
    """Return the path from the right of a box to the left of another, between those it passes."""
    x, y = corners[0]
    path = f"M{x + WIDTH:g},{y + HEIGHT / 2:g}"
    for (left, above), (right, below) in pairwise(corners):
        x1, y1, x2, y2 = left + WIDTH, above + HEIGHT / 2, right, below + HEIGHT / 2
        middle = (x1 + x2) / 2
        path += f"C{middle:g},{y1:g} {middle:g},{y2:g} {x2:g},{y2:g}"
        if (right, below) != corners[-1]:
            path += f"H{right + WIDTH:g}"
    return path


def schema_edges(graph: Graph) -> dict[tuple[str, str], int]:
    """Return how many relations of a schema are read by how many of another, by both names."""
    counts: dict[tuple[str, str], int] = {}
    for name, needs in graph.needs.items():
        for need in needs:
            pair = (need.schema, name.schema)
            if need.schema != name.schema:
                counts[pair] = counts.get(pair, 0) + 1
    return counts

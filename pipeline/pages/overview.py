"""What the index, the page of the lineage and the search know of all relations."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.designs.model.design import Design
from pipeline.names import TableName
from pipeline.pages.layout import Layout, Place, place
from pipeline.pages.model import BAD, WARN, Facts, Site
from pipeline.pages.paths import page_of, safe
from pipeline.pages.picture import all_edges, schema_edges
from pipeline.pages.relation import KINDS, anchor_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index."""

    design: Design
    kind: str
    page: str
    facts: Facts | None


@dataclass(frozen=True, slots=True)
class Schema:
    """The relations of one schema; ``anchor`` is its fragment in the index."""

    name: str
    anchor: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class IndexPage:
    """Everything on the index."""

    schemas: tuple[Schema, ...]
    attention: tuple[Entry, ...]
    """The relations whose state needs attention, the worst first."""
    states: tuple[tuple[str, str, int], ...]
    """State, its level, and the number of relations in it; ok first, then the largest."""
    kinds: tuple[tuple[str, int], ...]


def index_page(site: Site) -> IndexPage:
    """Collect the content of the index."""
    entries = [_entry(site, design) for design in site.catalog]
    found = [each for each in entries if each.facts and each.facts.level in {BAD, WARN}]
    counts = Counter((each.facts.summary, each.facts.level) for each in entries if each.facts)
    states = sorted(counts.items(), key=lambda each: (each[0][0] != "ok", -each[1], each[0]))
    return IndexPage(
        schemas=tuple(
            Schema(
                name, f"s-{safe(name)}", tuple(e for e in entries if e.design.name.schema == name)
            )
            for name in site.schemas
        ),
        attention=tuple(sorted(found, key=lambda each: (_level(each) != BAD, each.design.name))),
        states=tuple((word, level, number) for (word, level), number in states),
        kinds=tuple(sorted(Counter(each.kind for each in entries).items())),
    )


def _entry(site: Site, design: Design) -> Entry:
    return Entry(design, KINDS[design.kind], page_of(design.name), site.facts.get(design.name))


def _level(entry: Entry) -> str:
    return entry.facts.level if entry.facts else ""


def search_script(site: Site) -> str:
    """Return the script with the search index.

    ``SEARCH`` holds of each relation name, kind, page, description, and of each column name,
    fragment and description.
    """
    return _script("SEARCH", [_searchable(design) for design in site.catalog])


def _searchable(design: Design) -> list[Any]:
    columns = [
        [column.name, anchor_of(column.name), column.description or ""]
        for column in design.loaded_columns
    ]
    name = str(design.name)
    description = design.description or ""
    return [
        name,
        KINDS[design.kind],
        page_of(design.name),
        description,
        list(design.tags),
        columns,
    ]


def lineage_script(site: Site) -> str:
    """Return the script with the graph of all relations that read others or are read.

    ``LINEAGE`` holds names of schemas with their places, edges between schemas with their numbers,
    relations with their places, and edges, by the numbers of relations, with their bends.
    """
    graph, names = site.catalog.graph, site.schemas
    edges = all_edges(graph)
    layout = place(edges)
    order = sorted(site.catalog.designs)
    numbers = {name: number for number, name in enumerate(order)}
    between = schema_edges(graph)
    spots = place(_without_cycles(between)).places
    counts = Counter(name.schema for name in order)
    content = {
        "schemas": [[name, counts[name], *spots.get(name, (-1, 0))] for name in names],
        "between": [
            [names.index(one), names.index(other), number]
            for (one, other), number in sorted(between.items())
        ],
        "nodes": [
            _node(site, name, names.index(name.schema), layout.places.get(name, (-1, 0)))
            for name in order
        ],
        "edges": [
            [numbers[one], numbers[other], *_bends(layout, one, other)] for one, other in edges
        ],
    }
    return _script("LINEAGE", content)


def _bends(layout: Layout[TableName], one: TableName, other: TableName) -> list[list[float]]:
    return [[layer, round(line, 2)] for layer, line in layout.bends.get((one, other), ())]


def _node(site: Site, name: TableName, schema: int, at: Place) -> list[Any]:
    design, facts = site.catalog[name], site.facts.get(name)
    state = [facts.summary, facts.level] if facts else ["", ""]
    layer, line = at[0], round(at[1], 2)
    return [
        name.table,
        schema,
        KINDS[design.kind],
        *state,
        list(design.tags),
        page_of(name),
        layer,
        line,
    ]


def _without_cycles(edges: dict[tuple[str, str], int]) -> Iterator[tuple[str, str]]:
    """Yield the edges between schemas; of two opposite ones, that of more relations."""
    for (one, other), number in sorted(edges.items()):
        opposite = edges.get((other, one), 0)
        if number > opposite or (number == opposite and one < other):
            yield one, other


def _script(variable: str, content: object) -> str:
    """Return a script that sets a variable: pages of files cannot read other files."""
    return f"window.{variable} = {json.dumps(content, separators=(',', ':'))};\n"

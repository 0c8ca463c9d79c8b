"""Checks and the order of loads: what a check reads is loaded before the relation is checked."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise

from pipeline.designs.graph import DependencyCycleError, Graph
from pipeline.designs.model.design import Design
from pipeline.names import TableName

_ADVICE = (
    "what a check reads is loaded before the relation is checked; write this check as a query of"
    " a relation that is loaded after both, such as a view that reads both"
)


def check_order(
    designs: Mapping[TableName, Design], graph: Graph
) -> Iterator[tuple[TableName, TableName, str]]:
    """Yield relation, relation that a check of it reads, and why it cannot be loaded before it.

    ``graph`` has the dependencies of rows, which have no cycle. Relations that are refreshed in
    one transaction are one node; each of them can read those before it.
    """
    pairs = [
        (name, read)
        for name, design in designs.items()
        for read in design.checks_read
        if read in designs
    ]
    if not pairs:
        return
    starts = [name for name, each in designs.items() if each.kind == "CTAS" and each.renumbers]
    node = {name: group[0] for group in graph.groups(starts) for name in group}
    edges: defaultdict[TableName, set[TableName]] = defaultdict(set)
    for name, needed in [*((n, each) for n in graph.needs for each in graph.needs[n]), *pairs]:
        first, second = node.get(name, name), node.get(needed, needed)
        if first != second:
            edges[first].add(second)
    yield from _together(pairs, node, graph)
    yield from _cycle(pairs, node, {name: edges[name] for name in designs})


def _together(
    pairs: list[tuple[TableName, TableName]], node: Mapping[TableName, TableName], graph: Graph
) -> Iterator[tuple[TableName, TableName, str]]:
    for name, read in pairs:
        is_one = name in node and node[name] == node.get(read)
        if is_one and read not in graph.ancestors([name]):
            message = f"'{read}' is refreshed in the same transaction, and not before '{name}'"
            yield name, read, f"{message}; {_ADVICE}"


def _cycle(
    pairs: list[tuple[TableName, TableName]],
    node: Mapping[TableName, TableName],
    edges: Mapping[TableName, set[TableName]],
) -> Iterator[tuple[TableName, TableName, str]]:
    try:
        Graph.build(edges)
    except DependencyCycleError as error:
        steps = set(pairwise(error.path))
        for name, read in pairs:
            if (node.get(name, name), node.get(read, read)) in steps:
                yield name, read, f"{error}; {_ADVICE}"
                return

"""Graphs in layers: edges point to the right, boxes do not overlap, layouts are repeatable."""

import subprocess
import sys
from itertools import pairwise

from pipeline.pages.layout import place
from pipeline.pages.picture import all_edges
from tests.support.paths import ROOT
from tests.support.values.catalogs import many

DIAMOND = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("a", "d"), ("x", "y")]


def check(edges):
    layout = place(edges)
    places = layout.places
    assert set(places) == {node for edge in edges for node in edge}
    for one, other in edges:
        route = [places[one], *layout.bends.get((one, other), ()), places[other]]
        assert all(after[0] - before[0] == 1 for before, after in pairwise(route))
    spots = sorted([*places.values(), *(spot for each in layout.bends.values() for spot in each)])
    for (layer, line), (other, below) in pairwise(spots):
        assert layer != other or below - line > 0.99
    assert min(line for _, line in spots) == 0
    return layout


def test_edges_point_to_the_right_and_pass_between_boxes():
    layout = check(DIAMOND)
    assert [layer for layer, _ in (layout.places[node] for node in "abd")] == [0, 1, 2]
    assert [len(bends) for bends in layout.bends.values()] == [1]


def test_a_large_graph():
    check(all_edges(many(400).graph))


def test_no_edges_no_places():
    assert place([]).places == {}


def test_a_layout_is_the_same_in_every_process():
    code = (
        "from tests.support.values.catalogs import many\n"
        "from pipeline.pages.picture import all_edges\n"
        "from pipeline.pages.layout import place; layout = place(all_edges(many(100).graph))\n"
        "print(sorted(layout.places.items()), sorted(layout.bends.items()))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    layout = place(all_edges(many(100).graph))
    assert other == f"{sorted(layout.places.items())} {sorted(layout.bends.items())}\n"

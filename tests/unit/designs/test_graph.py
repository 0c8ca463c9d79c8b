"""Dependencies order relations, and a cycle is shown as a path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.designs.graph import Graph
from pipeline.errors import DesignError
from pipeline.names import TableName


def names(text):
    return tuple(TableName("s", name) for name in text.split())


def graph(**needs):
    return Graph.build({TableName("s", name): names(direct) for name, direct in needs.items()})


DIAMOND = {"a": "", "b": "a", "c": "a", "d": "b c", "e": ""}


def test_order_is_by_level_and_then_by_name():
    assert graph(**DIAMOND).order == names("a e b c d")


@pytest.mark.parametrize(
    ("starts", "groups"),
    [
        ("", ()),
        ("e", ("e",)),
        ("b", ("b d",)),
        ("b e", ("b d", "e")),
        ("c b", ("b c d",)),
        ("e c a", ("e", "a b c d")),
    ],
)
def test_groups_hold_each_start_with_its_descendants_and_overlap_nowhere(starts, groups):
    assert graph(**DIAMOND).groups(names(starts)) == tuple(map(names, groups))


@pytest.mark.parametrize(
    ("start", "ancestors", "descendants"),
    [
        ("a", "", "b c d"),
        ("d", "a b c", ""),
        ("b c", "a", "d"),
        ("e", "", ""),
        ("a d", "b c", "b c"),
    ],
)
def test_ancestors_and_descendants_exclude_the_start(start, ancestors, descendants):
    built = graph(**DIAMOND)
    assert built.ancestors(names(start)) == set(names(ancestors))
    assert built.descendants(names(start)) == set(names(descendants))


@pytest.mark.parametrize(
    ("needs", "path"),
    [
        ({"a": "a"}, "s.a → s.a"),
        ({"a": "b", "b": "a"}, "s.a → s.b → s.a"),
        ({"x": "", "a": "x c", "b": "a", "c": "b", "d": "a"}, "s.a → s.c → s.b → s.a"),
        # What only depends on the cycle is not part of the path.
        ({"a": "z", "y": "z", "z": "y"}, "s.z → s.y → s.z"),
    ],
)
def test_cycle_is_printed_as_a_path(needs, path):
    with pytest.raises(DesignError) as caught:
        graph(**needs)
    assert str(caught.value) == f"relations depend on each other: {path}"


@given(st.lists(st.lists(st.integers(0, 30), max_size=5), max_size=30))
def test_every_relation_comes_after_its_dependencies(edges):
    needs = {
        TableName("s", str(index)): [TableName("s", str(each)) for each in direct if each < index]
        for index, direct in enumerate(edges)
    }
    built = Graph.build(needs)
    place = {name: index for index, name in enumerate(built.order)}
    assert set(place) == set(needs)
    assert all(place[each] < place[name] for name in needs for each in needs[name])


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"a": 1, "b": 1, "c": 1, "d": 1}, {"a": 3, "b": 2, "c": 1, "d": 2}),
        ({"a": 1, "b": 50, "c": 1, "d": 100}, {"a": 52, "b": 51, "c": 1, "d": 101}),
    ],
)
def test_longest_path_adds_the_relation_and_its_longest_chain_of_dependents(own, expected):
    chain = graph(a="", b="a", c="b d", d="")
    paths = chain.longest_paths({TableName("s", name): each for name, each in own.items()})
    assert {name.table: path for name, path in paths.items()} == expected


def test_long_chain_needs_no_recursion():
    chain = {f"t{n:05}": f"t{n - 1:05}" if n else "" for n in range(5000)}
    assert len(graph(**chain).order) == 5000

"""Patterns select relations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.designs.graph import Graph
from pipeline.designs.selection import as_text, parse_patterns, select
from pipeline.errors import UsageError
from pipeline.names import TableName

NEEDS = {
    "www.orders": [],
    "www.order_items": [],
    "www.users": [],
    "www.gift cards": [],
    "hyppo.sent_emails": [],
    "analytics.dim_order": ["www.orders"],
    "analytics.fct_sales": ["analytics.dim_order", "www.order_items"],
}
GRAPH = Graph.build(
    {TableName.parse(name): map(TableName.parse, direct) for name, direct in NEEDS.items()}
)
WWW = ["www.gift cards", "www.order_items", "www.orders", "www.users"]


def chosen(patterns):
    return [str(name) for name in select(GRAPH.needs, GRAPH, patterns)]


SELECTED = [
    ("", sorted(NEEDS)),
    ([], sorted(NEEDS)),
    ("  ", sorted(NEEDS)),
    ("*", sorted(NEEDS)),
    ("www", WWW),
    ("WWW", WWW),
    ("www.*", WWW),
    ("w*", WWW),
    ("www.orders", ["www.orders"]),
    ("www.orders*", ["www.orders"]),
    ("www.order*", ["www.order_items", "www.orders"]),
    ("WWW.Order*", ["www.order_items", "www.orders"]),
    ("*.dim_*", ["analytics.dim_order"]),
    ("www.[ou]*", ["www.order_items", "www.orders", "www.users"]),
    ("www.users,hyppo", ["hyppo.sent_emails", "www.users"]),
    ("www.users hyppo", ["hyppo.sent_emails", "www.users"]),
    ("www.users, hyppo", ["hyppo.sent_emails", "www.users"]),
    (["www.users", "hyppo"], ["hyppo.sent_emails", "www.users"]),
    (["www.users,hyppo", "www.users"], ["hyppo.sent_emails", "www.users"]),
    ("www !www.order*", ["www.gift cards", "www.users"]),
    ("!www", ["analytics.dim_order", "analytics.fct_sales", "hyppo.sent_emails"]),
    ("!www.orders+ !hyppo", ["www.gift cards", "www.order_items", "www.users"]),
    ("+analytics.dim_order", ["analytics.dim_order", "www.orders"]),
    ("www.orders+", ["analytics.dim_order", "analytics.fct_sales", "www.orders"]),
    ("+analytics.dim_order+", ["analytics.dim_order", "analytics.fct_sales", "www.orders"]),
    ("+analytics !www", ["analytics.dim_order", "analytics.fct_sales"]),
    ("www.gift cards", ["www.gift cards"]),
    ("www.gift?cards", ["www.gift cards"]),
    ("WWW.Gift Cards+", ["www.gift cards"]),
    ("!www.gift cards", sorted(set(NEEDS) - {"www.gift cards"})),
    (["www.gift cards", "www.orders"], ["www.gift cards", "www.orders"]),
    (
        ["www.orders,hyppo", "Www.Gift Cards"],
        ["hyppo.sent_emails", "www.gift cards", "www.orders"],
    ),
    (["www", "!www.gift cards", "!www.order*"], ["www.users"]),
    (["+www.gift cards+", "www.users"], ["www.gift cards", "www.users"]),
    ('"www.gift cards" www.orders', ["www.gift cards", "www.orders"]),
    ("www.orders,'WWW.Gift Cards'", ["www.gift cards", "www.orders"]),
    ('www !"www.gift cards" "!www.order*"', ["www.users"]),
    ('"www.orders"+', ["analytics.dim_order", "analytics.fct_sales", "www.orders"]),
    (['"www.gift c*" hyppo', "www.users"], ["hyppo.sent_emails", "www.gift cards", "www.users"]),
]


@pytest.mark.parametrize(("patterns", "expected"), SELECTED)
def test_patterns_select(patterns, expected):
    assert chosen(patterns) == expected


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ("www.ordrs", "no relation matches 'www.ordrs'; did you mean 'www.orders'"),
        ("wwww", "no relation matches 'wwww'; did you mean 'www'?"),
        ("www !www.usrs", "no relation matches '!www.usrs'; did you mean 'www.users'"),
        ("xyzzy.*", "no relation matches 'xyzzy.*'"),
        ("www +", "the pattern '+' has no name"),
        ("!", "the pattern '!' has no name"),
        ("www.gift cards www.orders", "no relation matches 'www.gift'"),
        ('"www.gift cards', "no relation matches '\"www.gift'"),
    ],
)
def test_a_pattern_that_matches_nothing_is_an_error(patterns, expected):
    with pytest.raises(UsageError) as caught:
        chosen(patterns)
    assert expected in str(caught.value)


@given(st.sets(st.sampled_from(sorted(NEEDS))), st.booleans())
def test_a_name_selects_its_relation_in_any_case(names, upper):
    patterns = [name.upper() if upper else name for name in names]
    assert chosen(patterns) == (sorted(names) or sorted(NEEDS))


@given(
    st.lists(
        st.sampled_from(
            [f"{a}{name}{b}" for name in NEEDS for a in ("", "!", "+") for b in ("", "+")]
        )
    )
)
def test_patterns_joined_to_one_text_mean_the_same(patterns):
    parsed = parse_patterns(patterns, GRAPH.needs)
    again = parse_patterns(as_text(parsed), GRAPH.needs)
    assert [(each.glob, each.exclude, each.ancestors, each.descendants) for each in again] == [
        (each.glob, each.exclude, each.ancestors, each.descendants) for each in parsed
    ]


@pytest.mark.parametrize(
    "name", ['www.the "best" of', "www.o'brien & sons", "www.a, b", "www.o'brien"]
)
def test_names_with_quotes_and_commas_can_be_selected_among_others(name):
    names = [TableName.parse(name), TableName("www", "orders")]
    graph = Graph.build(dict.fromkeys(names, ()))
    patterns = [name, "www.orders"]
    for form in (patterns, as_text(parse_patterns(patterns, names))):
        assert select(names, graph, form) == tuple(sorted(names))


def test_commas_and_spaces_separate_unless_the_text_is_a_name():
    assert [each.text for each in parse_patterns("www.gift cards, www.orders")] == [
        "www.gift",
        "cards",
        "www.orders",
    ]


@pytest.mark.parametrize("patterns", ["www.orders !www.*", ["www.gift cards", "!*"], "!*"])
def test_patterns_that_exclude_everything_are_an_error(patterns):
    with pytest.raises(UsageError, match="selects nothing: everything is excluded by '!"):
        chosen(patterns)


def test_an_empty_selection_is_reported_with_the_reasons():
    with pytest.raises(UsageError) as caught:
        select(GRAPH.needs, GRAPH, "www.order* !www.order_items", EXCLUDED)
    first, *reasons = str(caught.value).splitlines()
    assert first.startswith(
        "'www.order* !www.order_items' selects nothing: everything is excluded"
    )
    assert reasons == list(EXCLUDED.values())


@pytest.mark.parametrize("empty", ["", " ", ","])
def test_an_empty_pattern_in_a_list_is_an_error(empty):
    with pytest.raises(UsageError, match="a pattern is empty"):
        chosen(["www.users", empty])
    with pytest.raises(UsageError, match="a pattern is empty"):
        chosen([empty])


def test_without_patterns_an_empty_selection_is_allowed():
    assert select((), Graph.build({}), "") == ()


@given(st.sampled_from(sorted(NEEDS)))
def test_an_exclusion_alone_selects_the_rest(name):
    glob = name.replace(" ", "?")
    assert sorted([*chosen(glob), *chosen(f"!{glob}")]) == sorted(NEEDS)


EXCLUDED = {TableName("www", "orders"): "www.orders: excluded by exclude_tables"}


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ("", sorted(set(NEEDS) - {"www.orders"})),
        ("www", [name for name in WWW if name != "www.orders"]),
        ("www.order*", ["www.order_items"]),
        ("+analytics.dim_order", ["analytics.dim_order"]),
        ("!www", ["analytics.dim_order", "analytics.fct_sales", "hyppo.sent_emails"]),
        ("!www.orders", sorted(set(NEEDS) - {"www.orders"})),
    ],
)
def test_excluded_relations_are_never_selected(patterns, expected):
    assert [str(name) for name in select(GRAPH.needs, GRAPH, patterns, EXCLUDED)] == expected


@pytest.mark.parametrize("patterns", ["www.orders", "www.users WWW.ORDERS", "www.ord?rs"])
def test_a_pattern_that_matches_only_excluded_relations_raises_the_reason(patterns):
    with pytest.raises(UsageError, match=r"^www\.orders: excluded by exclude_tables$"):
        select(GRAPH.needs, GRAPH, patterns, EXCLUDED)

from dataclasses import replace

import pytest

from pipeline.designs.model.design import Column
from pipeline.names import TableName
from pipeline.procedures.dump.job import Split
from pipeline.procedures.dump.split import plan_splits, split_pages
from pipeline.settings import Dump
from pipeline.sql.upstream.extract import Extract, PageRange
from pipeline.sql.upstream.since import Since
from pipeline.stores.upstream.facts import Plan, Relation, SessionFacts, Table

MB = 1024 * 1024
NAME = TableName("public", "orders")
EXTRACT = Extract(NAME, (Column("id"),))
FACTS = SessionFacts(version=140000, standby=False, snapshot="1:1:", block_size=8192)
SETTINGS = Dump(connections=2, slices=4, part_size=128 * MB, chunk_threshold=64 * MB)


def relation(name=NAME, mb=300, **more):
    facts = {"kind": "r", "method": "heap", "rows": 1000, "readable": True, **more}
    return Relation(
        name=name,
        heap_bytes=int(mb * MB),
        bytes=int(more.pop("all", mb) * MB),
        **{key: value for key, value in facts.items() if key != "all"},
    )


def table(*partitions, kind="r", row_security=False):
    return Table(NAME, kind, partitions, row_security)


def plan(*partitions, nodes=("Seq Scan",), rows=1000):
    return Plan(rows, 100, nodes, frozenset(each.name for each in partitions))


def splits(*partitions, extract=EXTRACT, facts=FACTS, settings=SETTINGS, **more):
    described = {key: more.pop(key) for key in ("kind", "row_security") if key in more}
    return plan_splits(
        extract, table(*partitions, **described), plan(*partitions, **more), facts, settings
    )


WHOLE = (Split(0, (None,)),)


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 10])
@pytest.mark.parametrize("pages", [(10,), (1, 1, 1), (0, 9, 0, 4), (100, 1), (3, 0)])
def test_ranges_cover_every_page_once(pages, parts):
    names = [TableName("s", f"t{n}") for n in range(len(pages))]
    partitions = list(zip(names, pages, strict=True))
    ranges = [each for part in split_pages(partitions, parts) for each in part]
    for name, count in zip(names, pages, strict=True):
        own = [each for each in ranges if each.relation == name]
        covered = [
            page
            for each in own
            for page in range(each.first or 0, count if each.end is None else each.end)
        ]
        assert covered == list(range(count))
        assert [each.end is None for each in own] == [False] * (len(own) - 1) + [True] * bool(own)


def test_part_sizes_differ_by_at_most_one_page():
    sizes = []
    for (pages,) in split_pages([(NAME, 1003)], 4):
        sizes.append((pages.end or 1003) - (pages.first or 0))
    assert max(sizes) - min(sizes) <= 1
    assert sum(sizes) == 1003


def test_a_part_can_span_several_partitions():
    one, two = TableName("s", "one"), TableName("s", "two")
    assert list(split_pages([(one, 3), (two, 5)], 2)) == [
        (PageRange(one), PageRange(two, None, 1)),
        (PageRange(two, 1, None),),
    ]


@pytest.mark.parametrize(
    ("mb", "slices", "connections", "expected"),
    [
        (300, 4, 2, 12),  # 100 MB compressed are 12 parts of 8 MB
        (300, 5, 2, 15),
        (300, 1, 1, 12),
        (30_000, 4, 2, 80),  # 10 GB: the largest size decides
        (3_000, 4, 2, 64),
        (70, 64, 2, 23),  # no part below 1 MB
    ],
)
def test_the_number_of_parts_is_a_multiple_of_the_slices(mb, slices, connections, expected):
    settings = replace(SETTINGS, slices=slices, connections=connections)
    assert len(splits(relation(mb=mb), settings=settings)) == expected


def test_a_small_table_is_one_part():
    assert splits(relation(mb=63.9)) == WHOLE
    assert splits(relation(mb=0)) == WHOLE
    assert splits(relation(mb=0), settings=replace(SETTINGS, chunk_threshold=0))[0].ranges == ()


def test_a_table_without_main_pages_gives_one_part():
    assert len(splits(relation(mb=0, all=500))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": replace(FACTS, version=130009)},
        {"nodes": ("WindowAgg", "Seq Scan")},
        {"nodes": ("ProjectSet", "Seq Scan")},
        {"nodes": ("Limit", "Seq Scan")},
        {"nodes": ("Index Scan",)},
        {"nodes": ("Hash Join", "Seq Scan", "Seq Scan")},
    ],
)
def test_a_query_that_ranges_would_change_or_slow_down_is_one_stream(changes):
    (split,) = splits(relation(), **changes)
    assert split.ranges == (None,)
    assert split.roll_bytes == 100 * MB // 12


@pytest.mark.parametrize("changes", [{"method": "columnar"}, {"kind": "f"}, {"readable": False}])
def test_one_partition_without_page_ranges_makes_the_table_one_stream(changes):
    one = relation(TableName("public", "one"))
    two = relation(TableName("public", "two"), **changes)
    assert len(splits(one, relation(TableName("public", "two")), kind="p", nodes=("Append",))) > 1
    assert len(splits(one, two, kind="p", nodes=("Append",))) == 1


def test_a_partitioned_table_with_row_security_is_one_stream():
    one = relation(TableName("public", "one"))
    assert len(splits(one, kind="p", row_security=True)) == 1
    assert len(splits(relation(), row_security=True)) > 1


@pytest.mark.parametrize(
    ("changes", "divided"),
    [
        ({"columns": (Column("a", expression="row_to_json(orders)"),)}, False),
        ({"condition": "public.orders.id > 0"}, False),
        ({"condition": "orders.id > 0"}, True),
    ],
)
def test_a_partitioned_table_that_an_expression_names_is_one_stream(changes, divided):
    one = relation(TableName("public", "one"))
    extract = replace(EXTRACT, **changes)
    assert (len(splits(one, extract=extract, kind="p")) > 1) is divided
    assert len(splits(relation(), extract=extract)) > 1


def test_partitions_excluded_by_a_condition_are_not_read():
    one, two = relation(TableName("public", "one")), relation(TableName("public", "two"))
    found = plan_splits(EXTRACT, table(one, two, kind="p"), plan(one), FACTS, SETTINGS)
    assert {pages.relation for split in found for pages in split.ranges} == {one.name}


def test_a_view_is_split_by_the_planners_estimate():
    view = Table(NAME, "v", (relation(kind="v", mb=0),), row_security=False)
    below = frozenset({TableName("public", "other")})
    small = plan_splits(EXTRACT, view, Plan(10, 100, ("Seq Scan",), below), FACTS, SETTINGS)
    assert small == (Split(0, (None,), roll_bytes=128 * MB),)
    large = plan_splits(EXTRACT, view, Plan(3 * MB, 100, ("Seq Scan",), below), FACTS, SETTINGS)
    assert large == (Split(0, (None,), roll_bytes=100 * MB // 12),)


def test_a_condition_reduces_the_estimate():
    extract = replace(EXTRACT, condition="id > 1")
    assert len(splits(relation(mb=600), extract=extract, rows=500)) == 12
    assert splits(relation(mb=100), extract=extract, rows=10)[0].roll_bytes == 128 * MB


def test_a_delta_that_an_index_finds_is_one_stream():
    since = replace(EXTRACT, since=Since("at", "7", "int8"))
    by_index = splits(relation(), extract=since, nodes=("Bitmap Heap Scan",), rows=10)
    assert [split.ranges for split in by_index] == [(None,)]
    assert len(splits(relation(), extract=since)) > 1


def test_a_delta_of_few_rows_is_one_part():
    since = replace(EXTRACT, since=Since("at", "7", "int8"))
    assert [split.ranges for split in splits(relation(), extract=since, rows=10)] == [(None,)]

from dataclasses import replace

import pytest

from pipeline.designs.model import Column
from pipeline.names import TableName
from pipeline.procedures.dump.parts import PartOrder
from pipeline.procedures.dump.split import cut_pages, plan_parts
from pipeline.settings import Dump
from pipeline.sql.upstream.extract import Extract, Piece
from pipeline.stores.upstream.database import Plan, Relation, SessionFacts, Table

MB = 1024 * 1024
NAME = TableName("public", "orders")
EXTRACT = Extract(NAME, (Column("id"),))
FACTS = SessionFacts(version=140000, standby=False, snapshot="1:1:", block_size=8192)
SETTINGS = Dump(connections=2, slices=4, part_size=128 * MB, chunk_threshold=64 * MB)


def leaf(name=NAME, mb=300, **more):
    facts = {"kind": "r", "method": "heap", "rows": 1000, "readable": True, **more}
    return Relation(
        name=name,
        heap_bytes=int(mb * MB),
        bytes=int(more.pop("all", mb) * MB),
        **{key: value for key, value in facts.items() if key != "all"},
    )


def table(*leaves, kind="r", row_security=False):
    return Table(NAME, kind, leaves, row_security)


def plan(*leaves, nodes=("Seq Scan",), rows=1000):
    return Plan(rows, 100, nodes, frozenset(leaf.name for leaf in leaves))


def orders(*leaves, extract=EXTRACT, facts=FACTS, settings=SETTINGS, **more):
    described = {key: more.pop(key) for key in ("kind", "row_security") if key in more}
    return plan_parts(extract, table(*leaves, **described), plan(*leaves, **more), facts, settings)


WHOLE = (PartOrder(0, (None,)),)


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 10])
@pytest.mark.parametrize("pages", [(10,), (1, 1, 1), (0, 9, 0, 4), (100, 1), (3, 0)])
def test_ranges_cover_every_page_once(pages, parts):
    names = [TableName("s", f"t{n}") for n in range(len(pages))]
    pieces = [
        piece for part in cut_pages(list(zip(names, pages, strict=True)), parts) for piece in part
    ]
    for name, count in zip(names, pages, strict=True):
        mine = [piece for piece in pieces if piece.relation == name]
        covered = [
            page
            for piece in mine
            for page in range(piece.first or 0, count if piece.end is None else piece.end)
        ]
        assert covered == list(range(count))
        assert [piece.end is None for piece in mine] == [False] * (len(mine) - 1) + [True] * bool(
            mine
        )


def test_parts_are_equal_to_a_page():
    sizes = []
    for (piece,) in cut_pages([(NAME, 1003)], 4):
        sizes.append((piece.end or 1003) - (piece.first or 0))
    assert max(sizes) - min(sizes) <= 1
    assert sum(sizes) == 1003


def test_a_part_takes_pieces_of_several_partitions():
    one, two = TableName("s", "one"), TableName("s", "two")
    assert list(cut_pages([(one, 3), (two, 5)], 2)) == [
        (Piece(one), Piece(two, None, 1)),
        (Piece(two, 1, None),),
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
    assert len(orders(leaf(mb=mb), settings=settings)) == expected


def test_a_small_table_is_one_part():
    assert orders(leaf(mb=63.9)) == WHOLE
    assert orders(leaf(mb=0)) == WHOLE
    assert orders(leaf(mb=0), settings=replace(SETTINGS, chunk_threshold=0))[0].pieces == ()


def test_a_table_without_main_pages_gives_one_part():
    assert len(orders(leaf(mb=0, all=500))) == 1


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
def test_what_ranges_would_change_or_slow_down_is_one_stream(changes):
    (job,) = orders(leaf(), **changes)
    assert job.pieces == (None,)
    assert job.cut == 100 * MB // 12


@pytest.mark.parametrize("changes", [{"method": "columnar"}, {"kind": "f"}, {"readable": False}])
def test_a_partition_that_cannot_be_read_by_pages_makes_one_stream_of_all(changes):
    one = leaf(TableName("public", "one"))
    two = leaf(TableName("public", "two"), **changes)
    assert len(orders(one, leaf(TableName("public", "two")), kind="p", nodes=("Append",))) > 1
    assert len(orders(one, two, kind="p", nodes=("Append",))) == 1


def test_row_security_of_a_partitioned_table_holds_only_for_the_whole():
    one = leaf(TableName("public", "one"))
    assert len(orders(one, kind="p", row_security=True)) == 1
    assert len(orders(leaf(), row_security=True)) > 1


def test_partitions_that_a_condition_excludes_are_not_read():
    one, two = leaf(TableName("public", "one")), leaf(TableName("public", "two"))
    found = plan_parts(EXTRACT, table(one, two, kind="p"), plan(one), FACTS, SETTINGS)
    assert {piece.relation for job in found for piece in job.pieces} == {one.name}


def test_a_view_is_cut_by_what_the_planner_expects():
    view = Table(NAME, "v", (leaf(kind="v", mb=0),), row_security=False)
    below = frozenset({TableName("public", "other")})
    small = plan_parts(EXTRACT, view, Plan(10, 100, ("Seq Scan",), below), FACTS, SETTINGS)
    assert small == (PartOrder(0, (None,), cut=128 * MB),)
    large = plan_parts(EXTRACT, view, Plan(3 * MB, 100, ("Seq Scan",), below), FACTS, SETTINGS)
    assert large == (PartOrder(0, (None,), cut=100 * MB // 12),)


def test_a_condition_lessens_what_is_expected():
    extract = replace(EXTRACT, condition="id > 1")
    assert len(orders(leaf(mb=600), extract=extract, rows=500)) == 12
    assert orders(leaf(mb=100), extract=extract, rows=10)[0].cut == 128 * MB

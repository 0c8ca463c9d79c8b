"""Decide how a table is dumped: as one stream, or as ranges of pages for several connections."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.names import TableName
from pipeline.procedures.dump.parts import PartOrder
from pipeline.settings import Dump
from pipeline.sql.upstream.extract import Extract, Piece
from pipeline.stores.upstream.database import Plan, Relation, SessionFacts, Table

TID_RANGE_SCAN = 140000
"""Older servers read the whole table for every range of ctid.

https://www.postgresql.org/docs/release/14.0/
"""

SCANS = frozenset({"Seq Scan", "Append", "Gather", "Result", "Tid Range Scan"})
"""Plans of these nodes alone treat each row by itself: ranges of pages together are the whole."""

RATIO = 3
"""CSV is about as large as the heap, compressed a third of it; TOAST is compressed already."""

SMALLEST = 1024 * 1024
"""Redshift wants 1 MB to 1 GB: https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-multiple-files.html"""

SMOOTH = 8 * 1024 * 1024
ROUNDS = 32
"""Parts for each connection, of at least SMOOTH: so that all end at about the same time."""


def plan_parts(
    extract: Extract, table: Table, plan: Plan, facts: SessionFacts, settings: Dump
) -> tuple[PartOrder, ...]:
    """Return the orders that together take every row once."""
    leaves = _leaves(table, plan)
    share = _share(extract, leaves, plan)
    raw = share * sum(leaf.bytes for leaf in leaves) if leaves else plan.rows * plan.width
    compressed = share * sum(_compressed(leaf) for leaf in leaves) if leaves else raw / RATIO
    large = raw >= settings.chunk_threshold
    parts = _count(int(compressed), settings) if large else 1
    if large and _divisible(table, leaves, plan, facts):
        return _ranges(leaves, parts, facts)
    if leaves and not large and extract.condition is None and extract.limit is None:
        return (PartOrder(0, (None,)),)
    equal = int(compressed) // parts if large else settings.part_size
    return (PartOrder(0, (None,), cut=max(SMALLEST, min(settings.part_size, equal))),)


def cut_pages(leaves: Sequence[tuple[TableName, int]], parts: int) -> Iterator[tuple[Piece, ...]]:
    """Lay the pages of all relations end to end and cut them into equal parts.

    The last piece of a relation is open: what is appended after the pages were counted is newer
    than the snapshot and invisible to it, but nothing depends on that.
    """
    total = sum(pages for _, pages in leaves)
    bounds = [total * n // parts for n in range(parts + 1)]
    for low, high in pairwise(bounds):
        yield tuple(_within(leaves, low, high))


def _within(leaves: Sequence[tuple[TableName, int]], low: int, high: int) -> Iterator[Piece]:
    offset = 0
    for name, pages in leaves:
        first, end = max(low - offset, 0), min(high - offset, pages)
        if first < end:
            yield Piece(name, first or None, end if end < pages else None)
        offset += pages


def _leaves(table: Table, plan: Plan) -> tuple[Relation, ...]:
    """Return the relations on disk that the plan reads: a condition may exclude partitions."""
    return tuple(leaf for leaf in table.leaves if leaf.name in plan.scanned and leaf.kind in "rm")


def _share(extract: Extract, leaves: Sequence[Relation], plan: Plan) -> float:
    """Estimate how much of the relations the query takes."""
    rows = sum(leaf.rows for leaf in leaves)
    if (extract.condition is None and extract.limit is None) or rows <= 0:
        return 1.0
    return min(1.0, plan.rows / rows)


def _compressed(leaf: Relation) -> float:
    return leaf.heap_bytes / RATIO + (leaf.bytes - leaf.heap_bytes)


def _divisible(table: Table, leaves: Sequence[Relation], plan: Plan, facts: SessionFacts) -> bool:
    """Tell whether ranges of pages, read from each relation, give the same rows as the table.

    A partition read by itself needs a right of its own, and the table's row security does not
    hold for it.
    """
    alone = all(leaf.name == table.name for leaf in leaves)
    scanned = frozenset(leaf.name for leaf in leaves)
    return (
        facts.version >= TID_RANGE_SCAN
        and scanned == plan.scanned
        and all(leaf.method == "heap" for leaf in leaves)
        and (alone or (not table.row_security and all(leaf.readable for leaf in leaves)))
        and SCANS.issuperset(plan.nodes)
    )


def _ranges(leaves: Sequence[Relation], parts: int, facts: SessionFacts) -> tuple[PartOrder, ...]:
    pages = [(leaf.name, -(-leaf.heap_bytes // facts.block_size)) for leaf in leaves]
    total = sum(count for _, count in pages)
    cut = cut_pages(pages, max(1, min(parts, total)))
    return tuple(
        PartOrder(number, pieces, weight=max(1, total // parts))
        for number, pieces in enumerate(cut)
    )


def _count(compressed: int, settings: Dump) -> int:
    """Return how many parts: a multiple of the slices, of a good size, enough to keep all busy."""
    slices = settings.slices
    needed = math.ceil(compressed / settings.part_size)
    busy = min(ROUNDS * settings.connections, compressed // SMOOTH)
    parts = math.ceil(max(needed, busy, 1) / slices) * slices
    most = max(1, compressed // SMALLEST)
    return min(parts, most if most < slices else most // slices * slices)

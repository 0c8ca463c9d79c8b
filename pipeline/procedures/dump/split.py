"""Split a table: into one stream, or into ranges of pages for several connections.

A page is a block of the heap, by default 8 KiB; ``ctid`` is a row's page and its position there.
Ranges of pages are read in parallel and together contain every row once:
https://www.postgresql.org/docs/current/ddl-system-columns.html
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.designs.mentions import names_relation
from pipeline.names import TableName
from pipeline.procedures.dump.job import Split
from pipeline.settings import Dump
from pipeline.sql.upstream.extract import Extract, PageRange
from pipeline.stores.upstream.facts import Plan, Relation, SessionFacts, Table

TID_RANGE_SCAN = 140000
"""Older servers read the whole table for each range of ctid.

https://www.postgresql.org/docs/release/14.0/
"""

SCANS = frozenset({"Seq Scan", "Append", "Gather", "Result", "Tid Range Scan"})
"""Plans of only these nodes treat each row by itself: ranges of pages make up the whole."""

RATIO = 3
"""CSV is about as large as the heap, and a third of it compressed; TOAST is compressed already."""

SMALLEST = 1024 * 1024
"""Redshift recommends 1 MB to 1 GB: https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-use-multiple-files.html"""

SMOOTH = 8 * 1024 * 1024
ROUNDS = 32
"""Maximum of parts of at least SMOOTH bytes per connection; all then end at about one time."""


def plan_splits(
    extract: Extract, table: Table, plan: Plan, facts: SessionFacts, settings: Dump
) -> tuple[Split, ...]:
    """Return the splits that together contain every row once."""
    partitions = _scanned(table, plan)
    share = _share(extract, partitions, plan)
    raw = share * sum(p.bytes for p in partitions) if partitions else plan.rows * plan.width
    compressed = share * sum(map(_compressed, partitions)) if partitions else raw / RATIO
    large = raw >= settings.chunk_threshold
    parts = _count(int(compressed), settings) if large else 1
    if large and _is_divisible(extract, table, partitions, plan, facts):
        return _ranges(partitions, parts, facts)
    if partitions and not large and _is_everything(extract):
        return (Split(0, (None,)),)
    equal = int(compressed) // parts if large else settings.part_size
    return (Split(0, (None,), roll_bytes=max(SMALLEST, min(settings.part_size, equal))),)


def split_pages(
    partitions: Sequence[tuple[TableName, int]], parts: int
) -> Iterator[tuple[PageRange, ...]]:
    """Split the pages of all relations, end to end, into equal parts.

    The last range of a relation has no end. Pages that are appended after the count hold only
    rows that the snapshot does not see; the result does not depend on that.

    Example: ``a`` of 3 pages and ``b`` of 5 in 2 parts give ``(a[:], b[:1])`` and ``(b[1:],)``.
    """
    total = sum(pages for _, pages in partitions)
    bounds = [total * n // parts for n in range(parts + 1)]
    for low, high in pairwise(bounds):
        yield tuple(_within(partitions, low, high))


def _within(
    partitions: Sequence[tuple[TableName, int]], low: int, high: int
) -> Iterator[PageRange]:
    offset = 0
    for name, pages in partitions:
        first, end = max(low - offset, 0), min(high - offset, pages)
        if first < end:
            yield PageRange(name, first or None, end if end < pages else None)
        offset += pages


def _scanned(table: Table, plan: Plan) -> tuple[Relation, ...]:
    """Return the relations on disk that the plan reads: a condition may exclude partitions."""
    return tuple(p for p in table.partitions if p.name in plan.scanned and p.kind in "rm")


def _share(extract: Extract, partitions: Sequence[Relation], plan: Plan) -> float:
    """Estimate the fraction of the relations that the query returns."""
    rows = sum(partition.rows for partition in partitions)
    if _is_everything(extract) or rows <= 0:
        return 1.0
    return min(1.0, plan.rows / rows)


def _is_everything(extract: Extract) -> bool:
    return extract.condition is None and extract.limit is None and extract.since is None


def _compressed(partition: Relation) -> float:
    return partition.heap_bytes / RATIO + (partition.bytes - partition.heap_bytes)


def _is_divisible(
    extract: Extract,
    table: Table,
    partitions: Sequence[Relation],
    plan: Plan,
    facts: SessionFacts,
) -> bool:
    """Return whether ranges of pages, read from each relation, give the same rows as the table.

    Reading a partition directly needs a privilege on it, and applies its row security instead of
    the table's. The row as a whole is the partition's, with its columns in its order.
    """
    alone = all(partition.name == table.name for partition in partitions)
    scanned = frozenset(partition.name for partition in partitions)
    return (
        facts.version >= TID_RANGE_SCAN
        and scanned == plan.scanned
        and all(partition.method == "heap" for partition in partitions)
        and (
            alone
            or (
                not (table.row_security or _names_table(extract))
                and all(partition.readable for partition in partitions)
            )
        )
        and SCANS.issuperset(plan.nodes)
    )


def _names_table(extract: Extract) -> bool:
    expressions = [extract.condition, *(column.expression for column in extract.columns)]
    return any(
        expression and names_relation(expression, extract.table.table)
        for expression in expressions
    )


def _ranges(partitions: Sequence[Relation], parts: int, facts: SessionFacts) -> tuple[Split, ...]:
    pages = [(p.name, -(-p.heap_bytes // facts.block_size)) for p in partitions]
    total = sum(count for _, count in pages)
    return tuple(
        Split(number, ranges, weight=max(1, total // parts))
        for number, ranges in enumerate(split_pages(pages, max(1, min(parts, total))))
    )


def _count(compressed: int, settings: Dump) -> int:
    """Return the number of parts: a multiple of the slices, of a good size, enough for all."""
    slices = settings.slices
    needed = math.ceil(compressed / settings.part_size)
    busy = min(ROUNDS * settings.connections, compressed // SMOOTH)
    parts = math.ceil(max(needed, busy, 1) / slices) * slices
    most = max(1, compressed // SMALLEST)
    return min(parts, most if most < slices else most // slices * slices)

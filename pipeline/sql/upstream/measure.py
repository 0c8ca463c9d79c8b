"""The scan of an upstream table for the sizes of its columns."""

from collections.abc import Iterator, Sequence

from pipeline.designs.model.upstream import Probe
from pipeline.names import TableName
from pipeline.sql.statement import Statement, doubled, upstream_identifier, upstream_table

MIN_SCALE = 130000
"""https://www.postgresql.org/docs/release/13.0/"""

_SPECIAL = "('NaN', 'Infinity', '-Infinity')"


def measure(
    name: TableName, probes: Sequence[Probe], version: int, *, in_utf8: bool = True
) -> Statement:
    """Scan a table once, for its ``rows`` and for the probes by their number.

    ``width_n`` is the maximum number of bytes of a value, NULL if there is none; ``lost_n`` counts
    the values that become NULL; ``whole_n`` and ``decimals_n`` are the most digits before and
    after the point, ``infinite_n`` counts infinities. Without ``in_utf8``, texts are converted to
    UTF-8, which the dump writes, before their bytes are counted.
    """
    items = ["pg_catalog.count(*) AS rows"]
    for number, probe in enumerate(probes):
        items += _items(number, probe, version, in_utf8=in_utf8)
    return Statement("SELECT\n  " + ",\n  ".join(items) + f"\nFROM {upstream_table(name)}")


def _items(number: int, probe: Probe, version: int, *, in_utf8: bool) -> Iterator[str]:
    if probe.width is not None:
        value = doubled(probe.width)
        if not in_utf8 and not probe.binary:
            value = f"pg_catalog.convert_to({value}, 'UTF8')"
        yield f"pg_catalog.max(pg_catalog.octet_length({value})) AS width_{number}"
    if probe.lost is not None:
        column = upstream_identifier(probe.column)
        lost = f"{column} IS NOT NULL AND ({doubled(probe.lost)}) IS NULL"
        yield f"pg_catalog.count(*) FILTER (WHERE {lost}) AS lost_{number}"
    if probe.digits is not None:
        yield from _digits(number, doubled(probe.digits), version)


def _digits(number: int, value: str, version: int) -> Iterator[str]:
    scale = "min_scale" if version >= MIN_SCALE else "scale"
    whole = f"pg_catalog.length(pg_catalog.trunc(pg_catalog.abs({value}))::text)"
    finite = f"{value}::text NOT IN {_SPECIAL}"
    yield f"pg_catalog.max({whole}) FILTER (WHERE {finite}) AS whole_{number}"
    yield f"pg_catalog.max(pg_catalog.{scale}({value})) AS decimals_{number}"
    infinite = f"{value}::text IN ('Infinity', '-Infinity')"
    yield f"pg_catalog.count(*) FILTER (WHERE {infinite}) AS infinite_{number}"

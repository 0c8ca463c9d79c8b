"""Check a design against its upstream table."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.designs.drift.compare import ADDED, Drift, compare
from pipeline.designs.mentions import used
from pipeline.designs.model.design import Design
from pipeline.designs.model.incremental import TIMES
from pipeline.designs.model.upstream import SEE_ALL_ROWS, UpstreamColumn, UpstreamTable
from pipeline.documents import Path
from pipeline.names import TableName, did_you_mean

Policy = Literal["fail", "warn", "ignore"]

ENFORCES = frozenset("rp")
"""Kinds of relation for which upstream enforces NOT NULL and keys; not for foreign tables."""

KINDS = {"v": "a view", "m": "a materialized view", "f": "a foreign table"}

INCREMENTAL: Path = ("extract_settings", "incremental")


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem at a path of the design's file; a ``warning`` does not fail the check."""

    path: Path
    message: str
    warning: bool = False


def no_table(design: Design, known: Iterable[TableName]) -> Finding:
    """Return that the upstream table does not exist, with similar names."""
    hint = did_you_mean(str(design.source), map(str, known))
    message = f"there is no {design.source} upstream{hint}; fix or remove the design"
    return Finding(("source_name",), message)


def check_upstream(
    design: Design,
    table: UpstreamTable,
    unreadable: Collection[str] = (),
    new_columns: Policy = "fail",
) -> Iterator[Finding]:
    """Yield the problems; ``unreadable`` are columns without SELECT privilege."""
    places = _places(design)
    enforces = table.kind in ENFORCES
    for drift in relevant(design, table.columns, new_columns):
        if enforces or drift.kind != "not null lost":
            path = places.get(drift.column, ("columns",))
            named = any(column.name == drift.column for column in design.columns)
            text = drift.message if named and drift.column in places else str(drift)
            accepted = drift.kind in ADDED and new_columns != "fail"
            yield Finding(path, text, warning=accepted)
    yield from _rights(design, table, unreadable)
    yield from _incremental(design, table)
    if table.hidden_rows:
        message = (
            f"row-level security hides rows of {table.name}, so its dump fails; {SEE_ALL_ROWS}"
        )
        yield Finding(("source_name",), message)
    if enforces and design.extract.condition is None:
        yield from _keys(design, table)


def relevant(
    design: Design, columns: Iterable[UpstreamColumn], new_columns: Policy
) -> tuple[Drift, ...]:
    """Return the differences to upstream columns, without new ones if these are ignored.

    A column that was missing is told even then, because it was loaded before.
    """
    found = compare(design, columns)
    return tuple(drift for drift in found if drift.kind != "new" or new_columns != "ignore")


def _places(design: Design) -> Mapping[str, Path]:
    return {
        **dict.fromkeys(design.extract.incremental_columns, INCREMENTAL),
        **{
            column.upstream_name: ("columns", index) for index, column in enumerate(design.columns)
        },
    }


def _rights(
    design: Design, table: UpstreamTable, unreadable: Collection[str]
) -> Iterator[Finding]:
    needed = used(design, [column.name for column in table.columns])
    missing = sorted(needed & set(unreadable))
    if not missing:
        return
    grant = f"the user of the connection string needs GRANT SELECT ON {table.name}"
    if needed <= set(unreadable):
        yield Finding(("source_name",), f"no permission to read {table.name}; {grant}")
        return
    yield Finding(("columns",), f"no permission to read {', '.join(missing)}; {grant}")


def _incremental(design: Design, table: UpstreamTable) -> Iterator[Finding]:
    """Yield why the changes of a table cannot be detected, and what costs time in every run."""
    incremental = design.extract.incremental
    if incremental is None:
        return
    if table.kind not in ENFORCES:
        kind = KINDS.get(table.kind, "no table")
        message = f"{table.name} is {kind}, whose changes cannot be detected; remove incremental"
        yield Finding(INCREMENTAL, message)
        return
    found = next((each for each in table.columns if each.name == incremental.column), None)
    if found is None:
        return  # reported as missing
    for key, message in (*incremental.type_faults(found.type), *window_faults(design, found)):
        yield Finding((*INCREMENTAL, *key), message)
    column = design.column_of(found.name)
    is_reported = column is not None and not column.skipped and not column.not_null
    if incremental.window is None and not found.not_null and not is_reported:
        message = f"'{found.name}' can be NULL: rows with NULL are read by every run"
        yield Finding((*INCREMENTAL, "cursor"), message, warning=True)


def window_faults(design: Design, found: UpstreamColumn) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the key and the problem of a window whose bound is another moment in the warehouse.

    As a date, ``2026-11-27 15:00`` is the whole day: more rows are deleted than are read.
    """
    incremental = design.extract.incremental
    if incremental is None or incremental.window is None or found.type.base not in TIMES:
        return
    for column in design.data_columns:
        if column.upstream_name == found.name and column.sql_type in TIMES - {found.type.base}:
            message = (
                f"'{found.name}' is {found.type} upstream, but {column.sql_type} in the design"
            )
            yield incremental.column_key, f"{message}; expected one type for both"


def _keys(design: Design, table: UpstreamTable) -> Iterator[Finding]:
    """Yield declared keys that upstream does not enforce; keys of computed columns are skipped."""
    there = {column.name for column in table.columns}
    names = {column.name: column.upstream_name for column in design.columns}
    guaranteed = [set(key) for key in (table.primary_key, *table.unique) if key]
    for kind, columns in _declared(design):
        upstream = {names[name] for name in columns}
        if upstream <= there and not any(key <= upstream for key in guaranteed):
            yield Finding(
                ("constraints",),
                f"{kind} ({', '.join(columns)}) is not enforced upstream: "
                f"{_reason(table, upstream)}; a duplicate would stop the load",
            )


def _reason(table: UpstreamTable, columns: set[str]) -> str:
    if any(set(key) <= columns for key in table.unproven_keys):
        return (
            f"the key of {table.name} does not hold for the rows of tables that inherit from it,"
            " which are dumped with it; remove it from the design"
        )
    return f"{table.name} has no such key"


def _declared(design: Design) -> Iterator[tuple[str, tuple[str, ...]]]:
    constraints = design.constraints
    for kind, columns in (
        ("primary_key", constraints.primary_key),
        ("natural_key", constraints.natural_key),
        *(("unique", columns) for columns in constraints.unique),
    ):
        if columns:
            yield kind, columns

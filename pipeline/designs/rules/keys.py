"""Rules for the columns of constraints and attributes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.designs.model.design import Design
from pipeline.designs.model.types import UNSORTABLE, parse_type
from pipeline.documents import Path
from pipeline.names import did_you_mean, fold

Finding = tuple[Path, str]

MAX_SORT_COLUMNS = 400
MAX_INTERLEAVED_COLUMNS = 8
"""https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html"""


def check_constraints(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Check the columns of keys, duplicate keys, and that identity and surrogate key agree."""
    entries = list(_entries(data))
    for path, key, value in entries:
        for place, columns in _column_lists(key, value):
            yield from _known_columns(design, (*path, *place), columns)
    counts = Counter(key for _, key, _ in entries)
    for path, key, _ in entries:
        if key not in {"unique", "foreign_key"} and counts[key] > 1:
            yield path, f"found {counts[key]} times, expected once"
    yield from _surrogate(design, entries)
    yield from _foreign_widths(design)


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[Path, str, Any]]:
    raw = data.get("constraints", {})
    if isinstance(raw, Mapping):
        for key, value in raw.items():
            yield ("constraints", key), key, value
        return
    for index, each in enumerate(raw):
        for key, value in each.items():
            yield ("constraints", index, key), key, value


def _column_lists(key: str, value: Any) -> Iterator[tuple[Path, list[str]]]:
    """Yield the lists of own columns; ``unique`` and ``foreign_key`` hold one key or a list."""
    if key == "foreign_key":
        many = isinstance(value[0][0], list)
        for index, foreign in enumerate(value if many else [value]):
            yield ((index, 0) if many else (0,)), foreign[0]
    elif key == "unique" and isinstance(value[0], list):
        for index, columns in enumerate(value):
            yield (index,), columns
    else:
        yield (), value


def _known_columns(design: Design, path: Path, columns: Sequence[str]) -> Iterator[Finding]:
    counts = Counter(map(fold, columns))
    for index, name in enumerate(columns):
        if problem := problem_of_column(design, name):
            yield (*path, index), problem
    yield from ((path, f"duplicate column '{name}'") for name in counts if counts[name] > 1)


def problem_of_column(design: Design, name: str) -> str | None:
    """Return that the warehouse does not have a column, or None."""
    loaded = [column.name for column in design.loaded_columns]
    if fold(name) in loaded:
        return None
    if any(column.name == fold(name) for column in design.columns):
        return f"the column '{name}' is skipped"
    return f"there is no column '{name}'{did_you_mean(name, loaded)}"


def _surrogate(design: Design, entries: list[tuple[Path, str, Any]]) -> Iterator[Finding]:
    for path, key, value in entries:
        if key != "surrogate_key":
            continue
        if design.identity is not None:
            expected = design.identity.name
            if tuple(map(fold, value)) != (expected,):
                yield path, f"found {', '.join(value)}, expected the identity column '{expected}'"
        elif design.kind == "TABLE":
            yield path, "an upstream table keeps its own keys; use primary_key"
        else:
            message = "is not an identity column; set its identity: true, or use primary_key"
            yield path, f"'{', '.join(value)}' {message}"


def _foreign_widths(design: Design) -> Iterator[Finding]:
    for key in design.constraints.foreign_keys:
        if len(key.columns) != len(key.references):
            columns = f"({', '.join(key.columns)}) references ({', '.join(key.references)})"
            yield ("constraints",), f"{columns} of '{key.table}'; expected as many columns"


def check_skipped(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Check that nothing refers to a skipped column."""
    for index, column in enumerate(design.columns):
        if column.skipped and "references" in data["columns"][index]:
            yield ("columns", index, "references"), "a skipped column cannot have references"
    split_by = data.get("extract_settings", {}).get("split_by")
    if isinstance(split_by, list):
        yield from _known_columns(design, ("extract_settings", "split_by"), split_by)


def check_attributes(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Check distribution and sort keys: columns, types and Redshift's limits."""
    raw: Mapping[str, Any] = data.get("attributes", {})
    for key, value in raw.items():
        if isinstance(value, list):
            yield from _known_columns(design, ("attributes", key), value)
            yield from _sortable(design, ("attributes", key), value)
    if isinstance(raw.get("distribution"), list) and len(raw["distribution"]) != 1:
        message = f"found {len(raw['distribution'])} columns, expected exactly one"
        yield ("attributes", "distribution"), message
    yield from _sort_keys(raw)


def _sort_keys(raw: Mapping[str, Any]) -> Iterator[Finding]:
    place = ("attributes", "interleaved_sort")
    if "compound_sort" in raw and "interleaved_sort" in raw:
        yield place, "a table has one sort key: use compound_sort or interleaved_sort"
    if "interleaved_sort" in raw and raw.get("distribution") == "auto":
        yield place, "Redshift does not allow an interleaved sort key with distribution auto"
    for key, limit in (
        ("compound_sort", MAX_SORT_COLUMNS),
        ("interleaved_sort", MAX_INTERLEAVED_COLUMNS),
    ):
        value = raw.get(key)
        if isinstance(value, list) and len(value) > limit:
            yield ("attributes", key), f"found {len(value)} columns, expected at most {limit}"


def _sortable(design: Design, path: Path, columns: Sequence[str]) -> Iterator[Finding]:
    types = {column.name: column.sql_type for column in design.loaded_columns}
    for index, name in enumerate(columns):
        try:
            base = parse_type(types.get(fold(name), "")).base
        except ValueError:
            continue  # reported at the type
        if base in UNSORTABLE:
            yield (*path, index), f"'{name}' is {base}, which cannot be a distribution or sort key"

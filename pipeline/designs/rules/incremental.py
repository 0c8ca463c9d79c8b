"""Rules for ``extract_settings.incremental``."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.designs.mentions import selected, takes_rows
from pipeline.designs.model.design import Column, Design
from pipeline.designs.model.incremental import NUMBERS, TIMES, TOLERANCE, Incremental
from pipeline.designs.model.types import FLOATS, UNSORTABLE, SqlType, parse_type
from pipeline.designs.model.upstream import UpstreamType, quoted
from pipeline.designs.queries.tokens import POSTGRES, tokens
from pipeline.designs.rules.keys import Finding
from pipeline.documents import Path
from pipeline.names import did_you_mean

PLACE: Path = ("extract_settings", "incremental")

NOT_A_KEY = UNSORTABLE | FLOATS
"""Types of which two values cannot be compared exactly."""

NOT_A_CURSOR = frozenset(
    {
        "bool", "bpchar", "bytea", "char", "cidr", "citext", "float4", "float8", "inet",
        "interval", "json", "jsonb", "money", "name", "oid", "text", "time", "timetz", "uuid",
        "varchar", "xml",
    }
)  # fmt: skip
"""Types that are certainly not those of a cursor; a name that is unknown may be a domain's."""


def check_incremental(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Check that the changes of a table can be detected, and applied to its rows."""
    incremental = design.extract.incremental
    if incremental is None or design.kind != "TABLE":
        return
    raw: Mapping[str, Any] = data["extract_settings"]["incremental"]
    for path, message in _rules(design, incremental, raw):
        yield (*PLACE, *path), message


def _rules(design: Design, incremental: Incremental, raw: Mapping[str, Any]) -> Iterator[Finding]:
    if design.identity is not None:
        message = f"'{design.identity.name}' is an identity column: such a table is loaded whole"
        yield (), message
    yield from _type(design, incremental)
    if incremental.full_every is not None and incremental.full_every <= TOLERANCE:
        yield ("full_every",), "expected more than 1 hour: every run would load all rows"
    if incremental.window is None:
        yield from _options(raw)
        yield from _row_key(design)
        yield from _marked(design, incremental)
    else:
        for key in ("set_by", "lag", "deletes", "max_delete_share"):
            if key in raw:
                yield (key,), "does not apply to a window, all of whose rows are read again"
        yield from _window(design, incremental)


def _options(raw: Mapping[str, Any]) -> Iterator[Finding]:
    if raw.get("set_by") == "application" and "lag" not in raw:
        message = (
            "application requires a lag: how long after its value is set a row can be committed,"
            " and how far the clocks differ, as in lag: 15 minutes; for numbers, lag: 1000"
        )
        yield ("set_by",), message
    if "max_delete_share" in raw and raw.get("deletes", "compare_keys") != "compare_keys":
        yield ("max_delete_share",), "requires deletes: compare_keys; nothing else deletes rows"


def _type(design: Design, incremental: Incremental) -> Iterator[Finding]:
    column = design.column_of(incremental.column)
    if column is None or column.source_sql_type is None:
        return
    found = UpstreamType.parse(column.source_sql_type)
    if found.category != "base" or found.base in TIMES | NUMBERS | NOT_A_CURSOR:
        yield from incremental.type_faults(found)


def _row_key(design: Design) -> Iterator[Finding]:
    if not design.row_key:
        message = "requires a primary_key or unique key, by which a row replaces its older version"
        yield (), message
    columns = {column.name: column for column in design.loaded_columns}
    by_key = f"rows are identified by ({', '.join(design.row_key)}), but"
    for name in design.row_key:
        column = columns.get(name)
        if column is None:
            continue  # reported at the constraint
        if not (column.not_null or name in design.constraints.primary_key):
            fix = "set its not_null: true, or declare a key that is never NULL before this one"
            yield (), f"{by_key} '{name}' can be NULL; {fix}"
        found = _sql_type(column)
        if found is not None and found.base in NOT_A_KEY:
            yield (), f"{by_key} '{name}' is {found}, which cannot identify a row"


def _marked(design: Design, incremental: Incremental) -> Iterator[Finding]:
    name = incremental.deleted_column
    if name is None or name in selected(design.data_columns) or takes_rows(design):
        return
    names = [column.upstream_name for column in design.data_columns]
    message = (
        f"no column of the warehouse has the value of '{name}', so rows that upstream marks as"
        f" deleted look like all others; load it{did_you_mean(name, names)}"
    )
    yield ("deletes", "column"), message


def _window(design: Design, incremental: Incremental) -> Iterator[Finding]:
    place, name = ("window", "column"), incremental.column
    columns = [column for column in design.data_columns if column.upstream_name == name]
    if not columns:
        names = [column.upstream_name for column in design.data_columns]
        message = f"'{name}' is not loaded, but the rows of the window are deleted by it"
        yield place, f"{message}{did_you_mean(name, names)}"
        return
    column = min(columns, key=lambda each: not is_unchanged(each))
    if not is_unchanged(column):
        yield place, f"'{column.name}' has an expression: its values are not those upstream"
    if not (column.not_null or column.name in design.constraints.primary_key):
        message = "can be NULL, and a row with NULL is in no window; set its not_null: true"
        yield place, f"'{column.name}' {message}"
    found = _sql_type(column)
    if found is None:
        return
    upstream = UpstreamType.parse(column.source_sql_type or str(found))
    if found.base not in TIMES or (upstream.base in TIMES and upstream.base != found.base):
        expected = upstream.base if upstream.base in TIMES else "timestamptz, timestamp, date"
        yield place, f"'{column.name}' is {found} in the warehouse; expected {expected}"


def is_unchanged(column: Column) -> bool:
    """Return whether a value in the warehouse is the one upstream, or NULL.

    This holds for a draft's ``CASE WHEN c BETWEEN '0001-01-01' AND '9999-12-31' THEN c END``.
    """
    match list(tokens(column.expression or "", POSTGRES)):
        case []:
            return True
        case ["case", "when", name, "between", _, "and", _, "then", again, "end"]:
            return name == again and name in {column.upstream_name, quoted(column.upstream_name)}
    return False


def _sql_type(column: Column) -> SqlType | None:
    try:
        return parse_type(column.sql_type)
    except ValueError:
        return None  # reported at the column


def incremental_warnings(design: Design) -> Iterator[Finding]:
    """Yield the warnings about an incremental load that follow from the design alone."""
    incremental = design.extract.incremental
    if incremental is None:
        return
    column = design.column_of(incremental.column) if incremental.window is None else None
    if column is not None and not (
        column.skipped or column.not_null or column.name in design.constraints.primary_key
    ):
        message = (
            f"'{incremental.column}' can be NULL: rows with NULL are read by every run; set its"
            " not_null: true if upstream declares it"
        )
        yield (*PLACE, "cursor"), message
    if incremental.deletes == "ignore" and design.extract.condition is not None:
        message = "rows that no longer meet the condition stay, as deleted rows do"
        yield (*PLACE, "deletes"), message

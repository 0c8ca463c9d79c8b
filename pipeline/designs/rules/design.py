"""Rules that a readable design can violate; each yields paths and problems."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline.designs.model.design import SYSTEM_COLUMNS, Column, Design
from pipeline.designs.model.types import parse_type, refuses_encoding
from pipeline.designs.rules.freshness import check_freshness
from pipeline.designs.rules.keys import Finding, check_attributes, check_constraints, check_skipped
from pipeline.documents import Path
from pipeline.names import MAX_IDENTIFIER_BYTES, fold, split_stem, warehouse_name
from pipeline.staging_names import is_reserved

Rule = Callable[[Design, Mapping[str, Any]], Iterator[Finding]]

MAX_COLUMNS = 1600
MAX_COMMENT_BYTES = 1024
"""A safe length for a description, which is stored by COMMENT.

https://docs.aws.amazon.com/redshift/latest/dg/r_COMMENT.html
"""

OF_VIEW = ("name", "description", "sql_type", "checks", "sensitive")
"""The keys of a column of a view."""

_BREAKING = frozenset("\x00\n\r")
_SYSTEM_SCHEMAS = frozenset({"information_schema"})
"""Reserved names, in addition to all schemas that begin with ``pg_``."""


def check(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield all problems of a single design."""
    for rule in _RULES:
        yield from rule(design, data)


def _name(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    allowed = allowed_names(design.stem, derived=design.kind != "TABLE")
    found = str(design.name)
    if not any(_is_numbered(found, name) for name in allowed):
        yield ("name",), f"found '{data['name']}', expected '{allowed[0]}' from the file name"
    for part in (design.name.schema, design.name.table):
        yield from ((("name",), problem) for problem in _bad_identifier(part))
    if design.name.schema.startswith("pg_") or design.name.schema in _SYSTEM_SCHEMAS:
        yield ("name",), f"the schema '{design.name.schema}' is reserved by Redshift"
    if is_reserved(design.name.table):
        yield ("name",), f"'{design.name.table}' is reserved for a table that is being loaded"


def allowed_names(stem: str, *, derived: bool) -> tuple[str, ...]:
    """Return the names that the design in a file can have, the usual one first.

    ``www/billing-orders.yaml`` defines ``www.orders``, or ``www.billing_orders`` if another
    upstream schema has ``orders`` as well.
    """
    folder, upstream_schema, table = split_stem(stem)
    table = warehouse_name(table)
    usual = f"{fold(folder)}.{table}"
    if derived or upstream_schema is None:
        return (usual,)
    return (usual, f"{fold(folder)}.{warehouse_name(upstream_schema)}_{table}")


def _is_numbered(found: str, name: str) -> bool:
    """Accept the name, or ``name_2`` etc. for upstream names that differ only in case."""
    rest = found.removeprefix(name) if found.startswith(name) else None
    return rest == "" or (rest is not None and rest[:1] == "_" and rest[1:].isdigit())


def _bad_identifier(name: str) -> Iterator[str]:
    if not name or not _BREAKING.isdisjoint(name):
        yield f"{name!r} is not a valid name: it is empty or contains a line break or NUL"
    if len(name.encode()) > MAX_IDENTIFIER_BYTES:
        limit = f"{MAX_IDENTIFIER_BYTES} bytes; Redshift truncates longer names silently"
        yield f"'{name[:40]}...' is longer than {limit}"


def _source_name(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    if design.kind != "TABLE":
        return
    if design.source is None:
        schema, table = design.name.schema, design.name.table
        message = (
            f"the file '{design.stem}' names no upstream table; rename it "
            f"'{schema}/<upstream schema>-{table}', or set source_name to CTAS or VIEW"
        )
        yield ("source_name",), message
        return
    expected = f"{split_stem(design.stem)[0]}.{design.source}"
    found = data.get("source_name", expected)
    if fold(found) != fold(expected):
        yield ("source_name",), f"found '{found}', expected '{expected}' from the file name"


def _query(design: Design, _: Mapping[str, Any]) -> Iterator[Finding]:
    if design.kind == "TABLE" and design.query is not None:
        yield (
            ("source_name",),
            f"an upstream table has no query, but {design.stem}.sql exists; use CTAS or VIEW",
        )
    if design.kind != "TABLE" and design.query is None:
        yield ("source_name",), f"{design.kind} requires a query in {design.stem}.sql"


def _derived_only(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    if design.kind == "TABLE" and design.depends_on:
        yield (
            ("depends_on",),
            "only CTAS and VIEW can have depends_on; this is an upstream table",
        )
    for index, column in enumerate(design.columns):
        if design.kind == "CTAS" and column.too_long:
            message = "only columns of upstream tables can have too_long; see LEFT in the query"
            yield ("columns", index, "too_long"), message
    if design.kind != "TABLE" and "extract_settings" in data:
        yield ("extract_settings",), f"{design.kind} is not extracted from upstream"
    if design.name in design.depends_on:
        yield ("depends_on",), "a relation cannot depend on itself"


def _view(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    if design.kind != "VIEW":
        return
    for key in ("constraints", "attributes", "unload_target"):
        if key in data:
            yield (key,), "a view cannot have this key"
    for index, column in enumerate(data["columns"]):
        for key in sorted(column.keys() - {*OF_VIEW, "type"}):
            message = f"a column of a view can only have {', '.join(OF_VIEW)}"
            yield ("columns", index, key), message


def _descriptions(_: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    places: list[tuple[Path, Any]] = [((), data)]
    places += [(("columns", index), column) for index, column in enumerate(data["columns"])]
    for path, place in places:
        size = len(place.get("description", "").encode())
        if size > MAX_COMMENT_BYTES:
            message = f"found {size} bytes, expected at most {MAX_COMMENT_BYTES}"
            yield (*path, "description"), message


def _columns(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    if len(design.loaded_columns) > MAX_COLUMNS:
        yield ("columns",), f"found {len(design.loaded_columns)}, expected at most {MAX_COLUMNS}"
    if not design.data_columns:
        yield ("columns",), "expected at least one column that holds data"
    seen = set()
    for index, column in enumerate(design.columns):
        place = ("columns", index, "name")
        if column.name in seen:
            yield place, f"duplicate column '{column.name}'{_folded(data, index)}"
        seen.add(column.name)
        yield from ((place, problem) for problem in _bad_identifier(column.name))
        if column.name in SYSTEM_COLUMNS and not column.skipped:
            yield place, f"'{column.name}' is the name of a system column; rename the column"


def _folded(data: Mapping[str, Any], index: int) -> str:
    name = data["columns"][index]["name"]
    return "" if name == fold(name) else f": Redshift folds '{name}' to lower case"


def _types(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    for index, column in enumerate(design.columns):
        if not column.skipped and (column.sql_type or design.kind != "VIEW"):
            raw = data["columns"][index]
            yield from ((("columns", index, *key), text) for key, text in _type(column, raw))


def _type(column: Column, raw: Mapping[str, Any]) -> Iterator[Finding]:
    if not column.sql_type:
        yield (), "the key 'sql_type' is missing"
        return
    try:
        sql_type = parse_type(column.sql_type)
    except ValueError as error:
        yield ("sql_type",), str(error)
        return
    if column.encoding and (problem := refuses_encoding(sql_type, column.encoding)):
        yield ("encoding",), problem
    if column.too_long and (sql_type.base != "varchar" or not sql_type.sizes):
        yield ("too_long",), f"requires a varchar with its length, not {sql_type}"
    if column.too_long == "set_null" and column.not_null:
        yield ("too_long",), "found set_null, but the column is not_null"
    if column.identity:
        yield from _identity(sql_type.base, raw)


def _identity(base: str, raw: Mapping[str, Any]) -> Iterator[Finding]:
    if base not in {"integer", "bigint"}:
        yield ("sql_type",), f"found {base}, expected integer or bigint for an identity column"
    if not raw.get("not_null", False):
        yield ("not_null",), "an identity column requires not_null: true"
    if "expression" in raw:
        yield ("expression",), "an identity column cannot have an expression"


def _one_identity(design: Design, _: Mapping[str, Any]) -> Iterator[Finding]:
    found = [index for index, column in enumerate(design.columns) if column.identity]
    for index in found[1:]:
        yield ("columns", index, "identity"), "a table can have only one identity column"
    for index in found:
        if design.columns[index].skipped:
            yield ("columns", index, "skipped"), "an identity column cannot be skipped"


def _avro(design: Design, data: Mapping[str, Any]) -> Iterator[Finding]:
    """Check ``type`` by the rule of the first file format: nullable exactly when the column is.

    Later files never use null in ``type``; the rule applies only to files that do.
    """
    has_null = [isinstance(raw.get("type"), list) for raw in data["columns"]]
    for index, column in enumerate(design.columns):
        place = ("columns", index, "type")
        if column.not_null and has_null[index]:
            yield place, "found a nullable type, but the column is not_null"
        if any(has_null) and not column.not_null and not has_null[index]:
            kind = data["columns"][index].get("type")
            if kind is not None:
                yield place, f"found '{kind}', expected ['null', '{kind}'] or not_null: true"


_RULES: tuple[Rule, ...] = (
    _name,
    _source_name,
    _query,
    _derived_only,
    _view,
    _descriptions,
    _columns,
    _types,
    _one_identity,
    _avro,
    check_constraints,
    check_attributes,
    check_skipped,
    check_freshness,
)

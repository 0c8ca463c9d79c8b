"""Update the file of a design from its upstream table.

Generated values are generated again; values changed by hand are kept and reported.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML

from pipeline.designs.drafting.draft import Draft
from pipeline.designs.drafting.files.edit import Update, append, edit
from pipeline.designs.drafting.files.render import column_fields, render
from pipeline.designs.drift.compare import normal_type
from pipeline.designs.mapping.generated import generated, keeps_null
from pipeline.designs.mapping.typemap import TypeMaps
from pipeline.designs.mentions import mentioned
from pipeline.designs.model.design import Column
from pipeline.designs.model.incremental import read_incremental
from pipeline.designs.model.types import MAX_VARCHAR
from pipeline.designs.model.upstream import UpstreamType, quoted
from pipeline.designs.parse import MISSING


def update(file: str, text: str, draft: Draft, type_maps: TypeMaps = ()) -> Update:
    """Merge a draft into the text of an existing design.

    New columns are appended. A type that changed upstream is updated unless it was changed by
    hand. A column that was removed upstream is ``skipped: missing``, not removed, and loaded again
    once it is back; one that is ``skipped: true`` was skipped by hand and stays so. NOT NULL is
    dropped if upstream does not guarantee it. Keys and attributes are added if the file has none.
    """
    return edit(file, text, lambda data: _merge(data, draft, type_maps))


def _merge(data: Any, draft: Draft, type_maps: TypeMaps) -> Iterator[str]:
    drafted = {column.upstream_name: column for column in draft.design.columns}
    mentions = set(_needed(data))
    for raw in data["columns"]:
        name = raw.get("source_name", raw["name"])
        mentions |= {name, *mentioned(raw.get("expression", ""))}
        found = drafted.get(name)
        if found is not None:
            yield from _follow(raw, found, type_maps)
        elif _is_upstreams(raw) and not raw.get("skipped"):
            raw["skipped"] = MISSING
            yield f"{name}: is missing upstream; now skipped"
    for name, column in drafted.items():
        if name not in mentions:
            append(data["columns"], dict(column_fields(column)))
            note = draft.notes.get(column.name)
            yield f"{name}: added as {column.sql_type}{f' ({note})' if note else ''}"
    yield from _add_missing_parts(data, draft)


def _needed(data: Any) -> tuple[str, ...]:
    """Return the columns by which changes are found; not to load them is a decision."""
    raw = data.get("extract_settings", {}).get("incremental")
    return () if raw is None else read_incremental(raw).columns


def _is_upstreams(raw: Any) -> bool:
    """Return whether a column comes from an upstream column, not computed or generated."""
    return not raw.get("identity") and ("expression" not in raw or "source_sql_type" in raw)


def _follow(raw: Any, drafted: Column, type_maps: TypeMaps) -> Iterator[str]:
    """Update one column, except what was changed by hand."""
    name = drafted.upstream_name
    if raw.get("skipped") == MISSING:
        _remove(raw, "skipped", instead=False)
        yield f"{name}: is upstream again; no longer skipped"
    yield from _follow_type(raw, drafted, type_maps, name)
    if raw.get("not_null") and not drafted.not_null and _keeps_null(raw, drafted):
        raw["not_null"] = False
        yield f"{name}: is nullable upstream; removed not_null"
    if drafted.description is not None and "description" not in raw:
        raw["description"] = drafted.description


def _keeps_null(raw: Any, drafted: Column) -> bool:
    """Return whether NULL upstream stays NULL; the type of the draft may be known by its name."""
    name, found = drafted.upstream_name, raw.get("expression")
    now = UpstreamType.parse(drafted.source_sql_type or "")
    return found == drafted.expression or keeps_null(now, name, raw.get("sql_type", ""), found)


def _follow_type(raw: Any, drafted: Column, type_maps: TypeMaps, name: str) -> Iterator[str]:
    before, now = raw.get("source_sql_type"), drafted.source_sql_type
    if before is None or now is None or normal_type(before) == normal_type(now):
        return
    sql_type, expression = raw.get("sql_type", ""), raw.get("expression")
    mapped = generated(UpstreamType.parse(before), name, sql_type, expression, type_maps)
    by_hand = expression != mapped.expression_for(name)
    raw["source_sql_type"] = now
    if by_hand or not _same_width(sql_type, mapped.sql_type):
        kept = raw.get("sql_type")
        yield f"{name}: is {now} upstream, was {before}; kept {kept}, set by hand"
        return
    raw["sql_type"] = drafted.sql_type
    if drafted.expression is not None:
        raw["expression"] = drafted.expression
    else:
        _remove(raw, "expression", instead=quoted(name))
    yield f"{name}: is {now} upstream, was {before}; now {drafted.sql_type}"


def _remove(raw: Any, key: str, instead: object) -> None:
    """Remove a key; if a comment of the file is attached to it, set a value without effect."""
    if key in raw and key in getattr(getattr(raw, "ca", None), "items", ()):
        raw[key] = instead
    else:
        raw.pop(key, None)


def _same_width(found: str, generated: str) -> bool:
    """Compare types; any varchar equals a generated one of maximum width: it was measured."""
    if generated == f"varchar({MAX_VARCHAR})":
        return found.startswith("varchar(")
    return found == generated


def _add_missing_parts(data: Any, draft: Draft) -> Iterator[str]:
    """Add description, keys and attributes of the draft if the file has none."""
    parts: Mapping[str, Any] = YAML(typ="safe", pure=True).load(render(draft))
    for key in ("description", "constraints", "attributes"):
        if key in parts and key not in data:
            data[key] = parts[key]
            yield f"{key}: added"

"""Render the file of a design, in a fixed order of keys."""

import re
import textwrap
from collections.abc import Iterator

from pipeline.designs.drafting.draft import Draft
from pipeline.designs.drafting.files.checks import check_lines
from pipeline.designs.drafting.files.scalars import item, items, scalar
from pipeline.designs.model.design import (
    Attributes,
    Column,
    Constraints,
    Design,
    ExtractSettings,
    ForeignKey,
)
from pipeline.designs.model.incremental import FULL_EVERY, MAX_DELETE_SHARE, Incremental
from pipeline.figures import write_duration, write_share
from pipeline.freshness import Freshness

_CALL = re.compile(r"\w+\([\w .,()/$+'\"=<>|*%-]*\)", re.ASCII)
"""The call of a function, without the characters that mean something to YAML: no quotes needed."""
_ENDS = re.compile(r" +expression: [^>]")
"""The one line of an expression that is not a block."""
_WIDTH = 96

PROPOSALS = (
    "Checks that upstream guarantees. To run them before rows are published, remove the '#'."
)


def render(draft: Draft | Design) -> str:
    """Render the YAML of a design; a draft's reasons and notes become comments."""
    draft = draft if isinstance(draft, Draft) else Draft(draft)
    design = draft.design
    lines = [f"name: {scalar(str(design.name))}", f"source_name: {scalar(_source_name(design))}"]
    if design.description is not None:
        lines.append(f"description: {scalar(design.description)}")
    if design.tags:
        lines.append(f"tags: {items(design.tags)}")
    lines.append("columns:")
    for column in design.columns:
        lines += _column(column, draft.notes.get(column.name))
    lines += _constraints(design.constraints)
    lines += _attributes(design.attributes, draft)
    lines += _extract_settings(design.extract)
    if design.freshness is not None:
        fields = (f"{key}: {text}" for key, text in freshness_fields(design.freshness))
        lines.append(f"freshness: {{{', '.join(fields)}}}")
    if design.depends_on:
        lines.append(f"depends_on: {items(list(map(str, design.depends_on)))}")
    if design.unload_target is not None:
        lines.append(f"unload_target: {scalar(design.unload_target)}")
    if design.checks:
        lines.append("checks:")
    lines += [line for check in design.checks for line in check_lines(check, _WIDTH)]
    lines += _proposals(draft)
    return "\n".join(lines) + "\n"


def column_fields(column: Column) -> Iterator[tuple[str, str | bool]]:
    """Yield the keys and values of a column, in the order of a file."""
    yield "name", column.name
    texts = {
        "description": column.description,
        "sql_type": column.sql_type or None,
        "source_sql_type": column.source_sql_type,
        "source_name": column.source_name,
        "expression": column.expression,
        "encoding": column.encoding,
    }
    yield from ((key, text) for key, text in texts.items() if text is not None)
    skipped = "missing" if column.missing else column.skipped
    flags = {
        "not_null": column.not_null,
        "identity": column.identity,
        "skipped": skipped,
        "sensitive": column.sensitive,
    }
    yield from ((key, flag) for key, flag in flags.items() if flag)


def freshness_fields(found: Freshness) -> Iterator[tuple[str, str]]:
    """Yield the keys and rendered values of the freshness of a relation."""
    if found.column is not None:
        yield "column", item(found.column)
    for key, age in (("warn_after", found.warn_after), ("error_after", found.error_after)):
        if age is not None:
            yield key, write_duration(age)


def incremental_fields(found: Incremental) -> Iterator[tuple[str, str]]:
    """Yield the keys and rendered values of an incremental load, without those of the defaults."""
    if found.window is not None:
        yield "window", f"{{column: {item(found.column)}, size: {write_duration(found.window)}}}"
    else:
        yield "cursor", scalar(found.column)
    if found.set_by != "transaction":
        yield "set_by", found.set_by
    if found.lag is not None:
        yield "lag", str(found.lag) if isinstance(found.lag, int) else write_duration(found.lag)
    if found.deleted_column is not None:
        yield "deletes", f"{{column: {item(found.deleted_column)}}}"
    elif found.deletes != "compare_keys":
        yield "deletes", found.deletes
    if found.max_delete_share != MAX_DELETE_SHARE:
        yield "max_delete_share", write_share(found.max_delete_share)
    if found.full_every != FULL_EVERY:
        yield (
            "full_every",
            "never" if found.full_every is None else write_duration(found.full_every),
        )


def _source_name(design: Design) -> str:
    return f"{design.name.schema}.{design.source}" if design.kind == "TABLE" else design.kind


def _column(column: Column, note: str | None) -> Iterator[str]:
    lines = list(_column_lines(column))
    if note:
        number = next((n for n, line in enumerate(lines) if _ENDS.match(line)), None)
        if number is not None and len(f"{lines[number]}  # {note}") <= _WIDTH:
            lines[number] += f"  # {note}"
        else:
            yield from _comment(note, "  ")
    yield from lines


def _column_lines(column: Column) -> Iterator[str]:
    lead = "  - "
    for key, value in column_fields(column):
        if isinstance(value, bool):
            yield f"{lead}{key}: true"
        elif key == "expression":
            yield from _block(f"{lead}{key}", value)
        else:
            yield f"{lead}{key}: {scalar(value)}"
        lead = "    "


def _block(key: str, text: str) -> Iterator[str]:
    """Render SQL; as a folded block, which needs no quotes, if it has quotes or is long."""
    line = f"{key}: {text if _CALL.fullmatch(text) else scalar(text)}"
    wrapped = textwrap.wrap(text, _WIDTH - 6, break_long_words=False, break_on_hyphens=False)
    readable = "''" not in line and len(line) <= _WIDTH
    if readable or not text.isprintable() or " ".join(wrapped) != text:
        yield line
        return
    yield f"{key}: >-"
    yield from (f"      {part}" for part in wrapped)


def _comment(text: str, indent: str) -> Iterator[str]:
    yield from (f"{indent}# {line}" for line in textwrap.wrap(text, _WIDTH - len(indent)))


def foreign_key(key: ForeignKey) -> str:
    """Render a foreign key: ``[[user_id], www.users, [id]]``."""
    return f"[{items(key.columns)}, {item(str(key.table))}, {items(key.references)}]"


def _constraints(constraints: Constraints) -> Iterator[str]:
    keys = {
        "primary_key": constraints.primary_key,
        "natural_key": constraints.natural_key,
        "surrogate_key": constraints.surrogate_key,
    }
    lines = [f"  - {name}: {items(columns)}" for name, columns in keys.items() if columns]
    lines += [f"  - unique: {items(columns)}" for columns in constraints.unique]
    lines += [f"  - foreign_key: {foreign_key(key)}" for key in constraints.foreign_keys]
    if lines:
        yield "constraints:"
        yield from lines


def _extract_settings(settings: ExtractSettings) -> Iterator[str]:
    if settings != ExtractSettings():
        yield "extract_settings:"
    if settings.condition is not None:
        yield f"  condition: {scalar(settings.condition)}"
    if settings.incremental is not None:
        yield "  incremental:"
        for key, value in incremental_fields(settings.incremental):
            yield f"    {key}: {value}"
    if settings.engine is not None:
        yield f"  engine: {settings.engine}"


def _attributes(attributes: Attributes, draft: Draft) -> Iterator[str]:
    entries = (
        ("distribution", attributes.distribution, draft.distribution_reason),
        ("compound_sort", attributes.compound_sort, draft.sort_reason),
        ("interleaved_sort", attributes.interleaved_sort, draft.sort_reason),
    )
    if any(value for _, value, _ in entries):
        yield "attributes:"
    for key, value, reason in entries:
        if value:
            yield from _comment(reason, "  ")
            yield f"  {key}: {value if isinstance(value, str) else items(value)}"


def _proposals(draft: Draft) -> Iterator[str]:
    if draft.proposals:
        yield from _comment(PROPOSALS, "")
        yield "# checks:"
    for check in draft.proposals:
        yield from (f"# {line}" for line in check_lines(check, _WIDTH - 2))

"""Write checks as items of a design's list ``checks``."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

from pipeline.designs.checking.read import default_name
from pipeline.designs.drafting.files.edit import Update, append, edit
from pipeline.designs.drafting.files.scalars import item, scalar
from pipeline.designs.model.checks import Check, NotNull, Query, Relationship, Unique
from pipeline.figures import write_share

Fields = dict[str, Any]
"""A check as plain data, in the order of a file."""


def check_fields(check: Check) -> Fields:
    """Return a check as a design states it; a number with a fraction as a Decimal.

    The name is omitted if it is the one that a check without a name gets.
    """
    found: Fields = {check.rule.kind: _arguments(check)}
    if check.name != default_name(check.rule):
        found["name"] = check.name
    if check.severity != "error":
        found["severity"] = check.severity
    if check.where is not None:
        found["where"] = check.where
    return found


def rule_text(check: Check) -> str:
    """Return the rule of a check as a design states it, a query as its SQL.

    ``range: {column: total, min: 0}``.
    """
    if isinstance(check.rule, Query):
        return check.rule.sql
    return _flow({check.rule.kind: _arguments(check)})[1:-1]


KEYS = {"minimum": "min", "maximum": "max", "query": "to"}
"""The keys of a design for fields that have another name."""


def _arguments(check: Check) -> Any:
    rule = check.rule
    if isinstance(rule, NotNull):
        return rule.column
    if isinstance(rule, Unique):
        return rule.columns[0] if len(rule.columns) == 1 else list(rule.columns)
    if isinstance(rule, Query):
        return rule.sql
    if isinstance(rule, Relationship):
        return _relationship(rule)
    found = {each.name: getattr(rule, each.name) for each in fields(rule)}
    return {KEYS.get(k, k): _plain(k, value) for k, value in found.items() if value is not None}


def _relationship(rule: Relationship) -> Fields:
    if "." in rule.references:
        return {"column": rule.column, "to": str(rule.table), "field": rule.references}
    return {"column": rule.column, "to": f"{rule.table}.{rule.references}"}


def _plain(name: str, value: Any) -> Any:
    if name == "max_change":
        return write_share(value)
    return list(value) if isinstance(value, tuple) else value


def check_lines(check: Check, width: int) -> Iterator[str]:
    """Yield the lines of an item of a list, wrapped at spaces if that keeps its values."""
    found = check_fields(check)
    text = _flow(found)[1:-1] if len(found) == 1 else _flow(found)
    wrapped = textwrap.wrap(text, width - 6, break_long_words=False, break_on_hyphens=False)
    lines = wrapped if " ".join(wrapped) == text else [text]
    yield f"  - {lines[0]}"
    yield from (f"      {line}" for line in lines[1:])


def _flow(value: Any) -> str:
    """Render plain data in brackets and braces: ``{column: status, values: [new, paid]}``."""
    match value:
        case Mapping():
            return f"{{{', '.join(f'{key}: {_flow(each)}' for key, each in value.items())}}}"
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case bool():
            return str(value).lower()
        case int() | Decimal():
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
        case _:
            return item(value)


def add_checks(file: str, text: str, checks: Iterable[Check]) -> Update:
    """Append checks to the text of a design."""

    def change(data: Any) -> Iterator[str]:
        data.setdefault("checks", [])
        for check in checks:
            found = check_fields(check).items()
            append(data["checks"], {key: _in_file(each) for key, each in found})
            yield f"check added: {check.name}"

    return edit(file, text, change)


def _in_file(value: Any) -> Any:
    """Return plain data as YAML and JSON write it in braces and brackets."""
    if isinstance(value, dict):
        mapping = CommentedMap((key, _in_file(each)) for key, each in value.items())
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list):
        sequence = CommentedSeq(map(_in_file, value))
        sequence.fa.set_flow_style()
        return sequence
    if isinstance(value, str) and scalar(value) != value:
        printable = value.isprintable()
        return SingleQuotedScalarString(value) if printable else DoubleQuotedScalarString(value)
    return float(value) if isinstance(value, Decimal) else value

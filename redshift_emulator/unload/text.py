"""Rows as lines of delimited text, CSV and JSON.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

import json
import re
from collections.abc import Callable, Sequence

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.interval_types import INTERVALS
from redshift_emulator.unload.statement import Form, ResultColumn, TextForm

Row = Sequence[str | None]
Render = Callable[[Row], str]

_FLOATS = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}
_NUMBERS = frozenset({"smallint", "integer", "bigint", "decimal", "real", "double precision"})
_TEXTS = frozenset({"char", "varchar"})
_STRING_OR_BLANK = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')
_WRITABLE = (
    _NUMBERS
    | _TEXTS
    | {"boolean", "date", "time", "timetz", "timestamp", "timestamptz", "super", "varbyte"}
)


def check_types(columns: Sequence[ResultColumn], form: Form, widths: Sequence[int]) -> None:
    """Refuse columns that UNLOAD cannot write in this form, or with these widths."""
    if widths and len(widths) != len(columns):
        message = f"the fixedwidth specification has {len(widths)} columns, the query"
        raise RedshiftError(f"{message} {len(columns)}", sqlstate="42601")
    names = [column.name for column in columns]
    for column in columns:
        kind = column.type.name
        is_text = form in {"text", "csv"} and not widths
        if kind not in _WRITABLE or (kind == "varbyte" and not is_text):
            shown = "FIXEDWIDTH" if widths else form.upper()
            message = f'UNLOAD of column "{column.name}" of type {kind} as {shown}'
            by_emulator = " by the emulator" if kind in INTERVALS else ""
            raise NotSupportedError(f"{message}: not supported{by_emulator}")
        if form == "json" and names.count(column.name) > 1:
            message = f'column "{column.name}" appears twice: names must be unique in JSON'
            raise RedshiftError(message, sqlstate="42701")


def spelled(value: str | None, kind: str) -> str | None:
    """Return PostgreSQL's text of a value as Redshift writes it."""
    match kind:
        case "super":
            return "null" if value is None else _compact(value)
        case _ if value is None:
            return None
        case "char":
            return value.rstrip(" ")
        case "varbyte":
            return value.removeprefix(r"\x")
        case "real" | "double precision":
            return _FLOATS.get(value, value)
        case _:
            return value


def renderer(columns: Sequence[ResultColumn], form: Form, text: TextForm) -> Render:
    """Return the function that writes a row as a line."""
    kinds = [column.type.name for column in columns]
    if form == "json":
        keys = [json.dumps(column.name, ensure_ascii=False) for column in columns]
        return lambda row: _json_line(keys, kinds, row)
    if text.widths:
        return lambda row: _fixed_line(columns, text, row)
    field = _csv_field(text) if form == "csv" else _delimited_field(text)
    return lambda row: (
        text.delimiter.join(
            field(spelled(value, kind), kind) for value, kind in zip(row, kinds, strict=True)
        )
        + "\n"
    )


def header(columns: Sequence[ResultColumn], form: Form, text: TextForm) -> str:
    """Return the header line, or nothing without HEADER."""
    if not text.header:
        return ""
    field = _csv_field(text) if form == "csv" else _delimited_field(text)
    return text.delimiter.join(field(column.name, "varchar") for column in columns) + "\n"


def _csv_field(text: TextForm) -> Callable[[str | None, str], str]:
    special = re.compile(rf'[{re.escape(text.delimiter)}"\r\n]')

    def write(value: str | None, _: str) -> str:
        if value is None:
            return text.null_as or ""
        if special.search(value):
            return '"' + value.replace('"', '""') + '"'
        return value

    return write


def _delimited_field(text: TextForm) -> Callable[[str | None, str], str]:
    quotes = "\"'" if text.add_quotes else ""
    special = re.compile(rf"[\\\r\n{re.escape(text.delimiter)}{quotes}]")
    quote = '"' if text.add_quotes else ""

    def write(value: str | None, kind: str) -> str:
        if value is None:
            return f"{quote}{text.null_as or ''}{quote}"
        if text.escape and kind in _TEXTS:
            value = special.sub(lambda found: "\\" + found.group(), value)
        return f"{quote}{value}{quote}"

    return write


def _fixed_line(columns: Sequence[ResultColumn], text: TextForm, row: Row) -> str:
    """Return a line whose fields end with blanks, up to their widths in characters."""
    fields = (
        _fixed_field(column, spelled(value, column.type.name), text.null_as or "", width)
        for column, value, width in zip(columns, row, text.widths, strict=True)
    )
    return "".join(fields) + "\n"


def _fixed_field(column: ResultColumn, value: str | None, null: str, width: int) -> str:
    if value is None:
        is_blank = len(null) > width and column.type.name not in _TEXTS
        value = "" if is_blank else null
    if len(value) > width:
        message = f'a value of column "{column.name}" is longer than its width, {width}'
        raise RedshiftError(message, sqlstate="22001")
    return value.ljust(width)


def _json_line(keys: Sequence[str], kinds: Sequence[str], row: Row) -> str:
    pairs = (
        f"{key}:{_json_value(value, kind)}"
        for key, value, kind in zip(keys, row, kinds, strict=True)
    )
    return "{" + ",".join(pairs) + "}\n"


def _json_value(value: str | None, kind: str) -> str:
    text = spelled(value, kind)
    if text is None:
        return "null"
    if kind in _NUMBERS and text in _FLOATS.values():
        raise NotSupportedError(f"UNLOAD of {text} as JSON: not supported by the emulator")
    if kind in _NUMBERS or kind == "super":
        return text
    return json.dumps(text, ensure_ascii=False)


def _compact(value: str) -> str:
    """Return a SUPER value without white space between its parts."""
    return _STRING_OR_BLANK.sub(lambda found: found.group(1) or "", value)

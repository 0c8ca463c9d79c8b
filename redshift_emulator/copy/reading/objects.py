"""Rows of COPY from values of JSON, and from those of Avro, which are alike.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-json.html
"""

import json
from collections.abc import Sequence
from typing import Any, NoReturn

from redshift_emulator.copy.conversion import faults
from redshift_emulator.copy.conversion.canonical import DEFAULT_NULL
from redshift_emulator.copy.conversion.faults import FieldFaultError
from redshift_emulator.copy.reading.json_paths import MISSING, Select
from redshift_emulator.copy.reading.records import Record
from redshift_emulator.copy.reading.stream import MAX_ROW, SHOWN, FaultLog, FileProgress, Rows
from redshift_emulator.copy.statement import CopyStatement
from redshift_emulator.language.types import TableColumn

_VALUE = b"="
"""The marker of every value but an empty string, which is NULL by the rules of text files."""


class Number(str):
    """A number as it is written."""

    __slots__ = ()


class Objects:
    """Makes a row of each object, by the values that ``select`` finds for the columns."""

    def __init__(
        self,
        statement: CopyStatement,
        columns: Sequence[TableColumn],
        select: Select,
        log: FaultLog,
    ) -> None:
        self._rows = Rows(statement, columns, log)
        self._select = select
        self._is_super = [column.type.name == "super" for column in columns]

    def row(self, found: Any, written: str, progress: FileProgress) -> bytes:
        """Return an object as a row, or b"" if it is rejected; ``written`` is its text."""
        try:
            _check_size(written)
            record = self._record(found)
        except FieldFaultError as fault:
            record = Record(0, 0, fault=fault)
        row = self._rows.row(record, progress, _shown(written))
        progress.lines += 1  # the next object; an Avro file has no lines, so rows have numbers
        return row

    def end(self, text: str, progress: FileProgress, reason: str) -> NoReturn:
        """Fail the load: the start of the next object is unknown."""
        self._rows.end(reason, progress, _shown(text))

    def _record(self, found: Any) -> Record:
        values = self._select(found)
        empty = [value is None or value is MISSING for value in values]
        fields = tuple(
            b"" if is_empty else _written(value, quotes=is_super)
            for value, is_empty, is_super in zip(values, empty, self._is_super, strict=True)
        )
        markers = tuple(
            DEFAULT_NULL if is_empty else field and _VALUE
            for field, is_empty in zip(fields, empty, strict=True)
        )
        return Record(0, 0, fields, markers)


def _shown(text: str) -> bytes:
    return text[:SHOWN].encode("utf-8", "replace")


def _check_size(text: str) -> None:
    """Refuse the text of an object that is longer than a row may be."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_ROW:
        raise FieldFaultError(faults.BAD_LINE, "Row size exceeds 4 MB")


def as_json(value: Any) -> str:
    """Return the text of a value as JSON; numbers keep their digits."""
    if isinstance(value, Number):
        return value
    if isinstance(value, dict):
        pairs = (
            f"{json.dumps(name, ensure_ascii=False)}:{as_json(v)}" for name, v in value.items()
        )
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(as_json, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _written(value: Any, *, quotes: bool) -> bytes:
    """Return the text of a value: a string without quotes, but for SUPER, all else as JSON."""
    text = value if isinstance(value, str) and not quotes else as_json(value)
    return text.encode("utf-8", "surrogatepass")

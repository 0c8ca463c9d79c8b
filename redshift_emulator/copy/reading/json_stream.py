"""Converts JSON files into rows for PostgreSQL, by the same rules as text files.

A file holds objects or arrays one after the other, with white space between them. Numbers keep
their digits, and a nested object or array is the text of its column.
Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-json.html
"""

import codecs
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

from redshift_emulator.copy.conversion.faults import FieldFaultError
from redshift_emulator.copy.reading.json_paths import Select
from redshift_emulator.copy.reading.json_records import Number, Records, check_size
from redshift_emulator.copy.reading.records import Record
from redshift_emulator.copy.reading.stream import MAX_ROW, SHOWN, FaultLog, FileProgress, Rows
from redshift_emulator.copy.statement import CopyStatement
from redshift_emulator.language.types import TableColumn

_BLANK = " \t\r\n"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=_refuse_constant)


class JsonStream:
    """Converts JSON files into CSV for PostgreSQL."""

    def __init__(
        self,
        statement: CopyStatement,
        columns: Sequence[TableColumn],
        select: Select,
        log: FaultLog,
    ) -> None:
        self._rows = Rows(statement, columns, log)
        self._records = Records(columns, select)

    def rows(self, progress: FileProgress, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the file's rows, those of a chunk together."""
        decoder, rest = codecs.getincrementaldecoder("utf-8")(), ""
        for chunk in chunks:
            try:
                rest += decoder.decode(chunk)
            except UnicodeDecodeError:
                self._end(rest, progress, "Invalid UTF8 characters")
            ready, rest = self._chunk(rest, progress)
            if len(rest) > MAX_ROW:
                self._end(rest, progress, "JSON object exceeds 4 MB, or is not valid JSON")
            if ready:
                yield ready
        if rest.strip(_BLANK) or decoder.getstate()[0]:
            self._end(rest, progress, "Invalid JSON: the file ends in an object")

    def _chunk(self, text: str, progress: FileProgress) -> tuple[bytes, str]:
        """Return the rows of the complete values of a text, and what follows these."""
        rows, position = list[bytes](), 0
        while True:
            start = position
            while start < len(text) and text[start] in _BLANK:
                start += 1
            if start == len(text):
                return b"".join(rows), ""
            if text[start] not in "{[":
                self._end(text[start:], progress, "Invalid JSON: expected an object or an array")
            try:
                found, position = _DECODER.raw_decode(text, start)
            except (ValueError, RecursionError):
                return b"".join(rows), text[start:]  # incomplete as yet, or faulty for ever
            written = text[start:position]
            progress.lines += written.count("\n")
            try:
                check_size(written)
                record = self._records.record(found)
            except FieldFaultError as fault:
                record = Record(0, 0, fault=fault)
            rows.append(self._rows.row(record, progress, _shown(written)))
            progress.lines += 1

    def _end(self, text: str, progress: FileProgress, reason: str) -> NoReturn:
        self._rows.end(reason, progress, _shown(text))


def _shown(text: str) -> bytes:
    return text[:SHOWN].encode("utf-8", "replace")

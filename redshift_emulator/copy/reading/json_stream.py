"""Converts JSON files into rows for PostgreSQL, by the same rules as text files.

A file holds objects or arrays one after the other, with white space between them. Numbers keep
their digits, and a nested object or array is the text of its column.
Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-json.html
"""

import codecs
import json
from collections.abc import Iterable, Iterator

from redshift_emulator.copy.reading.objects import Number, Objects
from redshift_emulator.copy.reading.stream import MAX_ROW, FileProgress

_BLANK = " \t\r\n"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=_refuse_constant)


class JsonStream:
    """Converts JSON files into CSV for PostgreSQL."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def rows(self, progress: FileProgress, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the file's rows, those of a chunk together."""
        decoder, rest = codecs.getincrementaldecoder("utf-8")(), ""
        for chunk in chunks:
            try:
                rest += decoder.decode(chunk)
            except UnicodeDecodeError:
                self._objects.end(rest, progress, "Invalid UTF8 characters")
            ready, rest = self._chunk(rest, progress)
            if len(rest) > MAX_ROW:
                self._objects.end(rest, progress, "JSON object exceeds 4 MB, or is not valid JSON")
            if ready:
                yield ready
        if rest.strip(_BLANK) or decoder.getstate()[0]:
            self._objects.end(rest, progress, "Invalid JSON: the file ends in an object")

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
                self._objects.end(
                    text[start:], progress, "Invalid JSON: expected an object or an array"
                )
            try:
                found, position = _DECODER.raw_decode(text, start)
            except (ValueError, RecursionError):
                return b"".join(rows), text[start:]  # incomplete as yet, or faulty for ever
            written = text[start:position]
            progress.lines += written.count("\n")
            rows.append(self._objects.row(found, written, progress))

"""Splits a file into records and fields by Redshift's rules.

Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html
A line ends with LF or CR LF. A lone carriage return outside of quotes is refused, because
Redshift's behavior is not documented.
"""

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from redshift_emulator.copy.conversion.faults import BAD_LINE, TOO_MANY_FIELDS, FieldFaultError
from redshift_emulator.copy.statement import FileFormat

_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_QUOTES = (b"'", b'"')


@dataclass(frozen=True, slots=True)
class Record:
    """A record between two offsets.

    ``fields`` are the values, ``markers`` the texts to compare with NULL AS; ``blank`` means an
    empty line.
    """

    start: int
    end: int
    fields: tuple[bytes, ...] = ()
    markers: tuple[bytes, ...] = ()
    blank: bool = False
    fault: FieldFaultError | None = None


class Splitter(Protocol):
    """Splits off the next record; None means that more data is needed (never if ``final``)."""

    def __call__(self, data: bytes, start: int, *, final: bool) -> Record | None:
        """Return the record that begins at ``start``."""


def splitter(file_format: FileFormat) -> Splitter:
    """Return the splitter for a file format."""
    if file_format.widths:
        return _FixedWidthSplitter(file_format.widths)
    if file_format.csv:
        return _CsvSplitter(file_format)
    return _DelimitedSplitter(file_format)


class _CsvSplitter:
    """Fields with or without quotes; ignores white space between a delimiter and a quote."""

    def __init__(self, file_format: FileFormat) -> None:
        delimiter, quote = re.escape(file_format.delimiter), re.escape(file_format.quote)
        blank = rb"[ \t]*+" if file_format.delimiter not in b" \t" else b""
        quoted = rb"%b%b((?>(?:[^%b]++|%b%b)*))%b%b"
        self._field = re.compile(
            quoted % (blank, quote, quote, quote, quote, quote, blank)
            + rb"|([^%b%b\r\n]*+)" % (delimiter, quote)
        )
        self._delimiter = file_format.delimiter
        self._quote = file_format.quote

    def __call__(self, data: bytes, start: int, *, final: bool) -> Record | None:
        fields: list[bytes] = []
        field_start = start
        while True:
            match = self._field.match(data, field_start)
            assert match is not None, "the unquoted alternative matches everywhere"
            fields.append(self._value(match))
            position = match.end()
            if data[position : position + 1] != self._delimiter:
                break
            field_start = position + 1
        end = _line_end(data, position, final=final)
        if end is not None:
            values = tuple(fields)
            return Record(start, end, values, values, blank=position == start)
        return self._malformed(data, start, (field_start, position), final=final)

    def _value(self, match: re.Match[bytes]) -> bytes:
        quoted, plain = match.groups()
        if quoted is None:
            return bytes(plain)
        return bytes(quoted).replace(self._quote * 2, self._quote)

    def _malformed(
        self, data: bytes, start: int, field: tuple[int, int], *, final: bool
    ) -> Record | None:
        """Report a field that no delimiter or newline follows and more data cannot complete."""
        field_start, position = field
        found = data[position : position + 2]
        blank = not data[field_start:position].strip(b" \t")
        open_quote = blank and found[:1] == self._quote
        if not final and (open_quote or found in {b"", b"\r"}):
            return None
        end = data.find(b"\n", position) + 1
        if not end and not final:
            return None
        reason = "Invalid quote formatting for CSV"
        if open_quote:
            reason = "Delimited value missing end quote"
        elif found[:1] == b"\r":
            reason = "Invalid carriage return outside of quotes"
        fault = FieldFaultError(BAD_LINE, reason, position - start)
        return Record(start, end or len(data), fault=fault)


class _DelimitedSplitter:
    """Delimited fields, optionally with ESCAPE or REMOVEQUOTES."""

    def __init__(self, file_format: FileFormat) -> None:
        delimiter = re.escape(file_format.delimiter)
        self._escape = file_format.escape
        self._remove_quotes = file_format.remove_quotes
        self._delimiter = file_format.delimiter
        plain = rb"[^%b\r\n]*+" % delimiter
        if self._escape:
            plain = rb"(?>(?:[^\\%b\r\n]|\\.)*)" % delimiter
        quoted = b""
        if self._remove_quotes:
            inside = rb"(?>(?:[^%b\\]|\\.)*)" if self._escape else rb"[^%b]*+"
            quoted = b"|".join(q + inside % q + q for q in _QUOTES) + b"|"
        self._field = re.compile(quoted + plain, re.DOTALL)

    def __call__(self, data: bytes, start: int, *, final: bool) -> Record | None:
        raw: list[bytes] = []
        position = start
        while True:
            match = self._field.match(data, position)
            assert match is not None, "the plain alternative matches everywhere"
            raw.append(match.group())
            position = match.end()
            if data[position : position + 1] != self._delimiter:
                break
            position += 1
        end = _line_end(data, position, final=final)
        if end is not None:
            return self._record(start, end, raw, blank=position == start)
        newline = data.find(b"\n", position)
        if newline < 0 and not final:
            return None
        fault = FieldFaultError(BAD_LINE, "Input line is not valid", position - start)
        return Record(start, newline + 1 or len(data), fault=fault)

    def _record(self, start: int, end: int, raw: list[bytes], *, blank: bool) -> Record:
        markers = tuple(raw)
        if self._remove_quotes:
            if any(map(_open_quote, raw)):
                fault = FieldFaultError(BAD_LINE, "Delimited value missing end quote")
                return Record(start, end, fault=fault)
            markers = tuple(f[1:-1] if f[:1] in _QUOTES else f for f in raw)
        fields = markers
        if self._escape:
            fields = tuple(_ESCAPED.sub(rb"\1", field) for field in markers)
        return Record(start, end, fields, markers, blank=blank)


class _FixedWidthSplitter:
    """Fields by their widths in characters; the last one may be shorter.

    https://docs.aws.amazon.com/redshift/latest/dg/t_loading_fixed_width_data.html
    """

    def __init__(self, widths: tuple[int, ...]) -> None:
        self._places = tuple(zip(accumulate((0, *widths)), accumulate(widths), strict=False))

    def __call__(self, data: bytes, start: int, *, final: bool) -> Record | None:
        newline = data.find(b"\n", start)
        if newline < 0 and not final:
            return None
        end = len(data) if newline < 0 else newline + 1
        line = data[start:end].removesuffix(b"\n").removesuffix(b"\r")
        if b"\r" in line:
            fault = FieldFaultError(BAD_LINE, "Input line is not valid", line.index(b"\r"))
            return Record(start, end, fault=fault)
        text = line.decode("utf-8", "surrogateescape")  # an invalid byte is a character
        if len(text) > self._places[-1][1]:
            fault = FieldFaultError(TOO_MANY_FIELDS, "Extra column(s) found", self._places[-1][1])
            return Record(start, end, fault=fault)
        fields = tuple(
            text[first:last].encode("utf-8", "surrogateescape")
            for first, last in self._places
            if first < len(text)
        )
        return Record(start, end, fields, fields, blank=not line)


def _open_quote(field: bytes) -> bool:
    return field[:1] in _QUOTES and (len(field) < 2 or field[-1:] != field[:1])


def _line_end(data: bytes, position: int, *, final: bool) -> int | None:
    """Return the offset after the end of line at this position, or None."""
    if data[position : position + 1] == b"\n":
        return position + 1
    if data[position : position + 2] == b"\r\n":
        return position + 2
    if final and position >= len(data):
        return position
    return None

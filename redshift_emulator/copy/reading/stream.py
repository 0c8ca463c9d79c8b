"""Converts a file's stream into rows for PostgreSQL.

Rows in canonical form pass unchanged; others are converted in Python. Memory is bounded by a
chunk and the longest row, 4 MB.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn, Protocol

from redshift_emulator.copy.conversion import faults
from redshift_emulator.copy.conversion.canonical import canonical_rows
from redshift_emulator.copy.conversion.faults import FieldFaultError, LoadFault
from redshift_emulator.copy.reading.records import Record, splitter
from redshift_emulator.copy.reading.rows import ColumnFaultError, RowConverter
from redshift_emulator.copy.statement import CopyStatement
from redshift_emulator.language.types import TableColumn

MAX_ROW = 4 * 1024 * 1024
SHOWN = 4096
_REPLACED = FieldFaultError(0, "")


class TooManyFaultsError(Exception):
    """The number of rejected rows has reached MAXERROR, so the load fails."""


class FaultLog:
    """Collects rejected rows; raises TooManyFaultsError at MAXERROR rows (0 and 1: the first)."""

    def __init__(self, max_error: int | None) -> None:
        self._limit = None if max_error is None else max(1, max_error)
        self.faults: list[LoadFault] = []
        self.replacements: list[LoadFault] = []
        """Rows in which ACCEPTINVCHARS replaced characters; they are loaded."""

    def add(self, fault: LoadFault) -> None:
        """Add a rejected row."""
        self.faults.append(fault)
        if self._limit is not None and len(self.faults) >= self._limit:
            raise TooManyFaultsError


@dataclass(slots=True)
class FileProgress:
    """The load's position in a file."""

    filename: str
    slice: int
    offset: int = 0
    lines: int = 0

    def advance(self, data: bytes, start: int, end: int) -> None:
        """Advance by a part of the data."""
        self.lines += data.count(b"\n", start, end)
        self.offset += end - start


class Stream(Protocol):
    """Reads files of one format."""

    def rows(self, progress: FileProgress, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield a file's rows for PostgreSQL, in blocks of whole lines."""


class Rows:
    """Converts the records of files into rows; the log gets those that are rejected."""

    def __init__(
        self, statement: CopyStatement, columns: Sequence[TableColumn], log: FaultLog
    ) -> None:
        self._converter = RowConverter(statement, columns)
        self._log = log

    def row(self, record: Record, progress: FileProgress, line: bytes = b"") -> bytes:
        """Return a record as a row, or b"" if it is rejected; ``line`` is its text."""
        try:
            row = self._converter.row(record)
        except ColumnFaultError as error:
            found = error
        except FieldFaultError as fault:
            found = ColumnFaultError(-1, b"", fault)
        else:
            if self._converter.replaced is not None:
                found = ColumnFaultError(self._converter.replaced, b"", _REPLACED)
                self._log.replacements.append(_located(found, progress, line))
            return row
        self._log.add(_located(found, progress, line))
        return b""

    def end(self, reason: str, progress: FileProgress, line: bytes) -> NoReturn:
        """Fail the load: the start of the next row is unknown."""
        found = ColumnFaultError(-1, b"", FieldFaultError(faults.BAD_LINE, reason))
        self._log.add(_located(found, progress, line))
        raise TooManyFaultsError


def _located(found: ColumnFaultError, progress: FileProgress, line: bytes) -> LoadFault:
    """Describe a rejected row, which follows the lines that the load has passed."""
    return LoadFault(
        code=found.fault.code,
        reason=found.fault.reason,
        position=found.fault.position,
        filename=progress.filename,
        slice=progress.slice,
        line_number=progress.lines + 1,
        start_offset=progress.offset,
        column=found.column,
        raw_line=line[:SHOWN],
        raw_value=found.raw_value[:SHOWN],
    )


class RowStream:
    """Converts files to CSV for PostgreSQL; ``trusting=False`` checks every row in Python."""

    def __init__(
        self,
        statement: CopyStatement,
        columns: Sequence[TableColumn],
        log: FaultLog,
        *,
        trusting: bool = True,
    ) -> None:
        self._statement = statement
        self._rows = Rows(statement, columns, log)
        self._split = splitter(statement.file_format)
        self._known = canonical_rows(statement, columns) if trusting else None

    def rows(self, progress: FileProgress, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the file's rows in blocks of whole lines."""
        rest = b""
        headers = self._statement.file_format.ignore_header
        for chunk in chunks:
            data = rest + chunk if rest else chunk
            start, headers = _skip_lines(data, headers)
            progress.advance(data, 0, start)
            ready, end = b"", start
            if not headers:
                ready, end = self._chunk(data, start, progress, final=False)
            rest = data[end:]
            if len(rest) > MAX_ROW:
                self._rows.end("Row size exceeds 4 MB", progress, rest[:1024])
            if ready:
                yield ready
        if rest and not headers:
            ready, _ = self._chunk(rest, 0, progress, final=True)
            if ready:
                yield ready

    def _chunk(
        self, data: bytes, start: int, progress: FileProgress, *, final: bool
    ) -> tuple[bytes, int]:
        """Return the chunk's complete rows, and the position after them."""
        blocks: list[bytes] = []
        position = start
        known = self._known if self._trusted(data) else None
        while position < len(data):
            if known is not None:
                match = known.match(data, position)
                end = match.end() if match else position
                if end > position:
                    blocks.append(data[position:end])
                    progress.advance(data, position, end)
                    position = end
                    continue
            record = self._split(data, position, final=final)
            if record is None:
                break
            blocks.append(self._row(data, record, progress))
            progress.advance(data, position, record.end)
            position = record.end
        return b"".join(blocks), position

    def _trusted(self, data: bytes) -> bool:
        """Return whether the expression of canonical rows applies to this chunk."""
        if len(data) > MAX_ROW or b"\0" in data:
            return False
        if data.isascii():
            return True
        return self._statement.conversion.invalid_chars is None and _is_utf8(data)

    def _row(self, data: bytes, record: Record, progress: FileProgress) -> bytes:
        """Return the record as a row, or b"" if it is skipped or rejected."""
        if record.blank and self._statement.file_format.ignore_blank_lines:
            return b""
        fault = _fault(record)
        if fault is not None:
            record = replace(record, fault=fault)
        end = min(record.end, record.start + SHOWN)
        return self._rows.row(record, progress, data[record.start : end].rstrip(b"\r\n"))


def _fault(record: Record) -> FieldFaultError | None:
    if record.blank:
        return FieldFaultError(faults.EMPTY_LINE, "Input line contained no data")
    if record.end - record.start > MAX_ROW:
        return FieldFaultError(faults.BAD_LINE, "Row size exceeds 4 MB")
    return None


def _skip_lines(data: bytes, lines: int) -> tuple[int, int]:
    """Skip header lines; return the position after them and the number still to skip."""
    start = 0
    while lines:
        newline = data.find(b"\n", start)
        if newline < 0:
            break
        start = newline + 1
        lines -= 1
    return start, lines


def _is_utf8(data: bytes) -> bool:
    """Return whether data, which may end within a character, is valid UTF-8."""
    whole = len(data)
    while whole and len(data) - whole < 4 and data[whole - 1] >= 0x80:
        whole -= 1
    try:
        data[:whole].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True

"""Converts Avro files into rows for PostgreSQL: their records are as objects of JSON.

This module needs fastavro, so it is imported with the first COPY from Avro.
Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html#copy-avro
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import fastavro
from fastavro.types import Schema

from redshift_emulator.copy.conversion.faults import FieldFaultError
from redshift_emulator.copy.reading.json_paths import Select
from redshift_emulator.copy.reading.json_records import Number, Records, as_json, check_size
from redshift_emulator.copy.reading.records import Record
from redshift_emulator.copy.reading.stream import SHOWN, FaultLog, FileProgress, Rows
from redshift_emulator.copy.statement import CopyStatement
from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.types import TableColumn

CODECS = frozenset({"null", "deflate"})
_BATCH = 512
_ERRORS = (ValueError, EOFError, KeyError, IndexError, TypeError, OSError, RecursionError)


class AvroStream:
    """Converts Avro files into CSV for PostgreSQL."""

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
        """Yield the file's rows, some at a time."""
        with tempfile.TemporaryFile() as spool:
            for chunk in chunks:
                spool.write(chunk)
            spool.seek(0)
            rows: list[bytes] = []
            for found in _objects(spool, progress.filename):
                rows.append(self._row(found, progress))
                if len(rows) == _BATCH:
                    yield b"".join(rows)
                    rows.clear()
            yield b"".join(rows)

    def _row(self, found: Any, progress: FileProgress) -> bytes:
        written = as_json(found)
        try:
            check_size(written)
            record = self._records.record(found)
        except FieldFaultError as fault:
            record = Record(0, 0, fault=fault)
        row = self._rows.row(record, progress, written[:SHOWN].encode("utf-8", "replace"))
        progress.lines += 1  # an Avro file has no lines, so rows have numbers
        return row


def _objects(spool: IO[bytes], url: str) -> Iterator[Any]:
    """Yield the records of a file; damage ends the load."""
    try:
        reader = fastavro.reader(spool)
        _check(reader.writer_schema, str(reader.codec), url)
        for found in reader:
            yield _plain(found)
    except _ERRORS as error:
        message = f"Invalid AVRO file found. {str(error) or type(error).__name__}"
        raise RedshiftError(message, code=8001, context=url) from error


def _check(schema: Schema | None, codec: str, url: str) -> None:
    """Refuse what Redshift does not load, and what the emulator does not know how."""
    if not isinstance(schema, dict) or schema.get("type") != "record":
        raise RedshiftError("Invalid AVRO file found. The schema is no record", context=url)
    if codec not in CODECS:
        raise NotSupportedError(f"the codec {codec} of Avro: not supported by the emulator")
    for kind in _kinds(schema):
        if kind in {"bytes", "fixed"} or kind.startswith("logical type "):
            raise NotSupportedError(f"{kind} in an Avro file: not supported by the emulator")


def _kinds(schema: Any) -> Iterator[str]:
    """Yield the kinds of types in a schema, a logical one as ``logical type date``."""
    if isinstance(schema, list):
        for each in schema:
            yield from _kinds(each)
    elif isinstance(schema, dict):
        if "logicalType" in schema:
            yield f"logical type {schema['logicalType']}"
        for name in ("type", "items", "values"):
            yield from _kinds(schema.get(name, []))
        for field in schema.get("fields", []):
            yield from _kinds(field["type"])
    else:
        yield str(schema)


def _plain(value: Any) -> Any:
    """Return a value as one of JSON."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Number(repr(value))
    return value

"""Converts Avro files into rows for PostgreSQL: their records are as objects of JSON.

This module needs fastavro, so it is imported with the first COPY from Avro.
Source: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html#copy-avro
"""

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

import fastavro
from fastavro.types import Schema

from redshift_emulator.copy.reading.objects import Number, Objects, as_json
from redshift_emulator.copy.reading.stream import FileProgress
from redshift_emulator.language.errors import NotSupportedError, RedshiftError

CODECS = frozenset({"null", "deflate"})
_BATCH = 512
_ERRORS = (ValueError, EOFError, KeyError, IndexError, TypeError, OSError, RecursionError)


class AvroStream:
    """Converts Avro files into CSV for PostgreSQL."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def rows(self, progress: FileProgress, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the file's rows, some at a time."""
        with tempfile.TemporaryFile() as spool:
            for chunk in chunks:
                spool.write(chunk)
            spool.seek(0)
            rows: list[bytes] = []
            for found in _read(spool, progress.filename):
                rows.append(self._objects.row(found, as_json(found), progress))
                if len(rows) == _BATCH:
                    yield b"".join(rows)
                    rows.clear()
            yield b"".join(rows)


def _read(spool: IO[bytes], url: str) -> Iterator[Any]:
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

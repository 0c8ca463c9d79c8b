"""The manifest of an UNLOAD.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD_command_examples.html
"""

import json
from collections.abc import Sequence
from typing import Any

from redshift_emulator.language.type_names import LONGEST_VARCHAR
from redshift_emulator.language.types import RedshiftType
from redshift_emulator.unload.files import UnloadedFile
from redshift_emulator.unload.statement import ResultColumn, UnloadStatement

_BASES = {
    "char": "character",
    "decimal": "numeric",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    "varbyte": "binary varying",
    "varchar": "character varying",
}


def manifest(
    statement: UnloadStatement, columns: Sequence[ResultColumn], files: Sequence[UnloadedFile]
) -> bytes:
    """Return the manifest's text."""
    headers = int(statement.text.header)
    entries = [_entry(statement, file, file.rows + headers) for file in files]
    document: dict[str, Any] = {"entries": entries}
    if statement.manifest == "verbose":
        document |= {
            "schema": {
                "elements": [{"name": c.name, "type": _type(c.type)} for c in columns],
            },
            "meta": {
                "content_length": sum(file.size for file in files),
                "record_count": sum(file.rows + headers for file in files),
            },
            "author": {"name": "Amazon Redshift", "version": "1.0.0"},
        }
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _entry(statement: UnloadStatement, file: UnloadedFile, lines: int) -> dict[str, Any]:
    meta = {"content_length": file.size}
    if statement.manifest == "verbose":
        meta["record_count"] = lines
    return {"url": f"s3://{statement.bucket}/{file.key}", "meta": meta}


def _type(kind: RedshiftType) -> dict[str, Any]:
    """Return a type; the documentation shows the dimensions without their names."""
    found: dict[str, Any] = {"base": _BASES.get(kind.name, kind.name)}
    if kind.name in {"char", "varchar"}:
        found["max_length"] = kind.length or LONGEST_VARCHAR
    elif kind.precision is not None:
        found |= {"precision": kind.precision, "scale": kind.scale}
    return found

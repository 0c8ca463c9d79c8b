"""Texts of a database whose encoding is not UTF-8, or which has none (SQL_ASCII).

The server checks each text that it sends, and a single invalid one ends the whole query.
https://www.postgresql.org/docs/current/multibyte.html
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from psycopg2.extensions import encodings

from pipeline.names import TableName
from pipeline.sql.statement import Statement
from pipeline.sql.upstream.catalog import in_bytes
from pipeline.stores.upstream.database import Session

SINGLE_BYTE = ("WIN", "LATIN", "ISO", "KOI8")
"""The beginnings of the names of encodings with one byte for each character."""

UNCONVERTED = frozenset({"UTF8", "SQL_ASCII"})
"""Encodings whose bytes reach the dump as they are."""

_INVALID = re.compile("[\udc80-\udcff]")


def rows_of(
    session: Session, statement: Statement, about: TableName | None = None
) -> Sequence[dict[str, Any]]:
    """Return the rows of a query on the catalog, also if a text in them is not valid.

    Invalid bytes are decoded with ``surrogateescape``; see ``is_text``.
    """
    codec = _codec(_encoding(session))
    if codec is None:
        return [dict(row) for row in session.query(statement, about)]
    found = session.query(in_bytes(statement), about)
    return [json.loads(decoded(session, row["row"])) for row in found]


def decoded(session: Session, value: bytes | memoryview) -> str:
    """Decode bytes in the database's encoding; see ``is_text`` for invalid ones."""
    return bytes(value).decode(_codec(_encoding(session)) or "utf-8", "surrogateescape")


def is_text(text: str) -> bool:
    """Return whether a text of ``rows_of`` or ``decoded`` is valid."""
    return _INVALID.search(text) is None


def shown(text: str) -> str:
    r"""Return a text with its invalid bytes escaped: ``caf\xe9``."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def growth_of(session: Session) -> int:
    """Return how many bytes in UTF-8 one byte of the database's encoding becomes at most."""
    return 1 if _encoding(session) in UNCONVERTED else 3


def _encoding(session: Session) -> str:
    return str(session.connection.get_parameter_status("server_encoding"))


def _codec(encoding: str) -> str | None:
    """Return Python's codec; None for encodings that the server itself converts well."""
    if encoding == "SQL_ASCII":
        return "utf-8"
    return encodings.get(encoding) if encoding.startswith(SINGLE_BYTE) else None

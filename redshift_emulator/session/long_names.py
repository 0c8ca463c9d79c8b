"""Long names where they leave the emulator, and in the database that has objects with them."""

import struct
from collections.abc import Iterator

from redshift_emulator.language.fill import fill
from redshift_emulator.language.long_names import NAMES
from redshift_emulator.language.tokens import Kind, Statement
from redshift_emulator.protocol import rows, wire
from redshift_emulator.session.session import Session

_DEFINING, _SELECTING = frozenset({"create", "alter"}), frozenset({"select", "with", "("})
_SAVE = """
INSERT INTO pg_internal.long_name (short, long)
SELECT short, long FROM unnest({short}, {long}) AS new (short, long)
WHERE NOT EXISTS (SELECT FROM pg_internal.long_name AS known WHERE known.short = new.short)"""


def save_names(session: Session, *names: str) -> None:
    """Save the names among these that are long, in the client's transaction."""
    found = NAMES.found_in(*names)
    if found:
        NAMES.in_catalog = True
        session.run_as_engine(fill(_SAVE, short=[*found], long=[*found.values()]))


def save_names_of(statement: Statement, session: Session) -> None:
    """Save the long names of a statement that creates or alters objects."""
    first = statement.tokens[0].value
    if NAMES.are_known and (first in _DEFINING or first in _SELECTING):
        words = [token.value for token in statement.tokens if token.kind is not Kind.STRING]
        if first in _DEFINING or "into" in words:
            save_names(session, *words)


def with_long_names(data: wire.Sent) -> wire.Sent:
    """Return messages to a client with the long names instead of the short ones."""
    if not NAMES.are_known:
        return data
    data = bytes(data)
    return b"".join(_restored(data)) if NAMES.may_be_in(data) else data


def _restored(data: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(data):
        kind, length = struct.unpack_from("!ci", data, position)
        payload = data[position + wire.HEADER : position + 1 + length]
        position += 1 + length
        if NAMES.may_be_in(payload):
            payload = _with_long_names(kind, payload)
        yield wire.message(kind, payload)


def _with_long_names(kind: bytes, payload: bytes) -> bytes:
    if kind != b"D":
        return NAMES.restored_bytes(payload)
    columns = range(struct.unpack_from("!h", payload)[0])
    return rows.row(payload, dict.fromkeys(columns, NAMES.restored_bytes))

"""Rows of a portal that a client fetches in parts, by Execute messages with a limit.

The statement runs as a whole; what the client has not fetched yet is held, on disk if it is large.
https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
"""

import struct
import tempfile

from redshift_emulator.protocol import wire

SUSPENDED, COMPLETE = b"s", b"C"
LARGEST_IN_MEMORY = 4 * 1024 * 1024
MOST_AT_ONCE = 64 * 1024


class HeldRows:
    """The messages of a result, held back from its client."""

    def __init__(self, client: wire.MessageStream) -> None:
        self._client = client
        self._file = tempfile.SpooledTemporaryFile(LARGEST_IN_MEMORY)  # noqa: SIM115
        self._tag = ""

    def send(self, data: wire.Sent) -> None:
        """Hold messages that are sent to the client later."""
        self._file.write(data)

    def end(self, tag: str) -> None:
        """Take the command tag of the whole result, which ``release`` sends at its end."""
        self._tag = tag
        self._file.seek(0)

    def release(self, limit: int) -> None:
        """Send the next rows, at most ``limit`` unless it is 0, and what became of the portal."""
        ready, rows = bytearray(), 0
        while not (limit and rows == limit) and (header := self._file.read(wire.HEADER)):
            kind, length = struct.unpack("!ci", header)
            ready += header + self._file.read(length - 4)
            rows += kind == b"D"
            if len(ready) > MOST_AT_ONCE:
                self._client.send(ready)
                ready = bytearray()
        suspended = bool(limit) and rows == limit
        ending = (SUSPENDED,) if suspended else (COMPLETE, wire.cstring(self._tag))
        self._client.send(ready + wire.message(*ending))

    def close(self) -> None:
        """Forget the rows."""
        self._file.close()

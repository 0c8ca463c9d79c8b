"""Messages of the PostgreSQL protocol, version 3: build, read, forward.

https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

import contextlib
import select
import socket
import ssl
import struct
import time
from collections.abc import Callable, Collection, Mapping

BLOCK = 256 * 1024
HEADER = 5

Fields = Mapping[str, str]
Sent = bytes | bytearray | memoryview


class ConnectionLostError(Exception):
    """The other side closed the connection."""


class PeerGoneError(Exception):
    """The end that is watched has left, such as a client while its statement was running."""


def message(kind: bytes, payload: bytes = b"") -> bytes:
    """Frame one typed message."""
    return kind + struct.pack("!i", len(payload) + 4) + payload


def untyped(payload: bytes) -> bytes:
    """Frame a message of the start-up phase, without a type byte."""
    return struct.pack("!i", len(payload) + 4) + payload


def cstring(text: str) -> bytes:
    """Encode a NUL-terminated string."""
    return text.encode("utf-8") + b"\0"


def query(sql: str) -> bytes:
    """Build a simple Query message."""
    return message(b"Q", cstring(sql))


def error_fields(payload: bytes) -> dict[str, str]:
    """Decode the fields of an ErrorResponse or NoticeResponse."""
    parts = payload.rstrip(b"\0").split(b"\0")
    return {chr(part[0]): part[1:].decode("utf-8", "replace") for part in parts if part}


def fields_message(kind: bytes, fields: Fields) -> bytes:
    """Build an ErrorResponse (E) or NoticeResponse (N)."""
    body = b"".join(code.encode("ascii") + cstring(text) for code, text in fields.items())
    return message(kind, body + b"\0")


def data_row(payload: bytes) -> tuple[str | None, ...]:
    """Decode a DataRow of text values."""
    (count,) = struct.unpack_from("!h", payload)
    values: list[str | None] = []
    position = 2
    for _ in range(count):
        (length,) = struct.unpack_from("!i", payload, position)
        position += 4
        if length < 0:
            values.append(None)
            continue
        values.append(payload[position : position + length].decode("utf-8"))
        position += length
    return tuple(values)


def row_description(payload: bytes) -> list[tuple[str, int, int]]:
    """Decode a RowDescription: the name, type number and type modifier of each column."""
    columns: list[tuple[str, int, int]] = []
    position = 2
    for _ in range(struct.unpack_from("!h", payload)[0]):
        end = payload.index(b"\0", position)
        number, _, modifier = struct.unpack_from("!ihi", payload, end + 7)
        columns.append((payload[position:end].decode("utf-8"), number, modifier))
        position = end + 19
    return columns


class MessageStream:
    """Reads a socket by message, or forwards blocks of whole messages."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._buffer = bytearray()
        self._watched: MessageStream | None = None
        self._deadline: float | None = None
        self.edit: Callable[[Sent], Sent] | None = None
        """Changes the messages that are sent."""
        self.last_word = b"X"
        """The message after which the other end leaves: Terminate of a client."""

    def limit(self, seconds: float | None) -> None:
        """Wait at most this time for all that follows, until the next limit; None: any time."""
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self.socket.settimeout(None)

    def _start_clock(self) -> None:
        """Let the next operation of the socket end at the limit."""
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise ConnectionLostError("the time limit has passed")
            self.socket.settimeout(left)

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Encrypt the connection, as the server; bytes that came before are refused.

        A third party between client and server could have added them.
        https://www.postgresql.org/support/security/CVE-2021-23214/
        """
        if self._buffer:
            raise ConnectionLostError("unencrypted bytes after the request of TLS")
        self._start_clock()
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def watch(self, peer: "MessageStream | None") -> None:
        """Raise PeerGoneError if ``peer`` closes its connection while this stream waits."""
        self._watched = peer

    def has_left(self) -> bool:
        """Return whether the other end has closed its connection or sent its last message."""
        if not select.select([self.socket], [], [], 0)[0]:
            return False
        within = bool(self._buffer)  # then what arrives may belong to a message before
        try:
            ahead = self._peek()
        except ssl.SSLWantReadError:
            return False  # a part of an encrypted message
        except OSError:
            return True
        return ahead == b"" or (ahead == self.last_word and not within)

    def send(self, data: Sent) -> None:
        """Send everything: whole messages, which ``edit`` may change."""
        if self.edit is not None:
            data = self.edit(data)
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise ConnectionLostError(str(error)) from error

    def end(self) -> None:
        """Tell a client that uses TLS that nothing follows, and close the socket."""
        if isinstance(self.socket, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                self.socket.settimeout(0)
                self.socket.unwrap()
        self.close()

    def close(self) -> None:
        """Close the socket; closing it again has no effect."""
        self.socket.close()

    def read_exactly(self, size: int) -> bytes:
        """Read ``size`` bytes."""
        while len(self._buffer) < size:
            self._fill()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def read(self) -> tuple[bytes, bytes]:
        """Read one typed message: its type and its payload."""
        kind, length = struct.unpack("!ci", self.read_exactly(HEADER))
        return kind, self.read_exactly(length - 4)

    def next_kind(self) -> bytes:
        """Wait for the next message and return its type, without reading it."""
        while not self._buffer:
            self._fill()
        return bytes(self._buffer[:1])

    def has_input(self, seconds: float = 0) -> bool:
        """Return whether input, or the end of the connection, arrives within the time."""
        return bool(self._buffer) or bool(select.select([self.socket], [], [], seconds)[0])

    def forward(
        self, sink: Callable[[memoryview], None], stop: Collection[int]
    ) -> tuple[bytes, bytes]:
        """Forward messages to ``sink`` up to one of a type in ``stop``, which is returned."""
        while True:
            end = self._scan(stop)
            if end:
                with memoryview(self._buffer) as view, view[:end] as block:
                    sink(block)
                del self._buffer[:end]
            if self._buffer and self._buffer[0] in stop:
                return self.read()
            self._fill()

    def _scan(self, stop: Collection[int]) -> int:
        """Return the end of the complete messages in the buffer, up to a stop."""
        buffer, position = self._buffer, 0
        size = len(buffer)
        unpack = struct.Struct("!i").unpack_from
        while position + HEADER <= size and buffer[position] not in stop:
            following: int = position + 1 + unpack(buffer, position + 1)[0]
            if following > size:
                break
            position = following
        return position

    def _fill(self) -> None:
        self._wait()
        self._start_clock()
        try:
            data = self.socket.recv(BLOCK)
        except OSError as error:
            raise ConnectionLostError(str(error)) from error
        if not data:
            raise ConnectionLostError("the connection was closed")
        self._buffer += data

    def _wait(self) -> None:
        watched = self._watched
        while watched is not None:
            readable = select.select([self.socket, watched.socket], [], [])[0]
            if self.socket in readable:
                return
            if watched.has_left():
                raise PeerGoneError
            watched = None  # it has sent a message ahead, so its end cannot be detected

    def _peek(self) -> bytes:
        """Return the first byte that has arrived since the last read."""
        if not isinstance(self.socket, ssl.SSLSocket):
            return self.socket.recv(1, socket.MSG_PEEK)
        self.socket.settimeout(0)
        try:
            ahead = self.socket.recv(BLOCK)
        finally:
            self.socket.settimeout(None)
        self._buffer += ahead
        return ahead[:1]

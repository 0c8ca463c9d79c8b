"""Forwards results from the backend to the client without parsing the rows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from redshift_emulator.protocol import rows, wire
from redshift_emulator.protocol.backend import Backend, BackendError

# RowDescription, CommandComplete, ErrorResponse, EmptyQueryResponse, NoticeResponse, NoData,
# ParameterStatus, the three responses of COPY, ReadyForQuery.
_STOP_SIMPLE = frozenset(b"TCEINnSGHWZ")
# Also ParseComplete, BindComplete and CloseComplete, which the session itself sends.
_STOP_EXTENDED = _STOP_SIMPLE | frozenset(b"123")


class Receiver(Protocol):
    """What takes the messages for a client."""

    def send(self, data: wire.Sent) -> None:
        """Take whole messages."""


@dataclass(frozen=True, slots=True)
class Channel:
    """The two connections, and the handler of notices and ParameterStatus messages."""

    backend: Backend
    client: Receiver
    pass_on: Callable[[bytes, bytes], None]

    def to(self, client: Receiver) -> "Channel":
        """Return a channel with the same backend to another receiver."""
        return replace(self, client=client)

    def forward(self, stop: frozenset[int], *, described: bool = True) -> str:
        """Forward messages up to ReadyForQuery; return the command tag or raise the error.

        ``described``: the client expects the description of the rows, too.
        """
        tag, failure = "", None
        send: Callable[[memoryview], None] = self.client.send
        while True:
            kind, payload = self.backend.stream.forward(send, stop)
            match kind:
                case b"C":
                    tag = payload[:-1].decode("utf-8")
                case b"E":
                    failure = failure or BackendError(wire.error_fields(payload))
                case b"T" if message := rows.refusal(payload):
                    failure, send = BackendError({"C": "0A000", "M": message}), _discard
                case b"Z":
                    self.backend.status = payload
                    break
                case _:
                    self._forward_other(kind, payload, described=described)
        if failure is not None:
            raise failure
        return tag

    def _forward_other(self, kind: bytes, payload: bytes, *, described: bool) -> None:
        match kind:
            case b"N" | b"S":
                self.pass_on(kind, payload)
            case b"n" if described:
                self.client.send(wire.message(kind))
            case b"T":
                self._forward_rows(payload, described=described)
            case b"G" | b"H" | b"W":
                raise AssertionError("COPY reached the backend as a query")

    def _forward_rows(self, payload: bytes, *, described: bool) -> None:
        """Forward a RowDescription and, if its columns need it, the rows."""
        description, shown = rows.description(payload)
        if described:
            self.client.send(wire.message(b"T", description))
        stream = self.backend.stream
        while shown and stream.next_kind() in b"DNS":
            kind, payload = stream.read()
            if kind == b"D":
                self.client.send(wire.message(b"D", rows.row(payload, shown)))
            else:
                self.pass_on(kind, payload)


def _discard(_messages: memoryview) -> None:
    """Send nothing of a result that is refused."""


class Relay(Protocol):
    """Runs a statement on the backend and sends its rows to the client."""

    def run(self, sql: str) -> str:
        """Run a rewritten statement; return its command tag or raise its BackendError."""


class SimpleRelay:
    """Uses the simple query protocol."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def run(self, sql: str) -> str:
        """Run one rewritten statement."""
        self._channel.backend.stream.send(wire.query(sql))
        return self._channel.forward(_STOP_SIMPLE)


class DiscardingRelay:
    """Runs statements without sending their rows."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def run(self, sql: str) -> str:
        """Run one rewritten statement."""
        return self._backend.execute(sql)


class DescribingRelay:
    """Describes a statement, or a portal if ``binding`` is given, without running it."""

    def __init__(self, channel: Channel, types: bytes, binding: bytes | None) -> None:
        self._channel = channel
        self._types = types
        self._binding = binding
        self._described = False

    def run(self, sql: str) -> str:
        """Describe one rewritten statement."""
        messages = wire.message(b"P", b"\0" + wire.cstring(sql) + self._types)
        if self._binding is None:
            messages += wire.message(b"D", b"S\0")
        else:
            messages += wire.message(b"B", b"\0\0" + self._binding) + wire.message(b"D", b"P\0")
        self._channel.backend.stream.send(messages + wire.message(b"S"))
        self._described = True
        return self._channel.forward(_STOP_EXTENDED)

    def finish(self) -> None:
        """Describe a statement without rows that the backend has not described."""
        if not self._described and self._binding is None:
            self._channel.client.send(wire.message(b"t", self._types))
        if not self._described:
            self._channel.client.send(wire.message(b"n"))


def describe_cursor(channel: Channel, name: str) -> None:
    """Describe a cursor of DECLARE, which is a portal of the backend."""
    channel.backend.stream.send(wire.message(b"D", b"P" + wire.cstring(name)) + wire.message(b"S"))
    channel.forward(_STOP_EXTENDED)


class ExecutingRelay:
    """Runs a statement with parameters; describes it first if ``describe`` is true."""

    def __init__(self, channel: Channel, types: bytes, binding: bytes, *, describe: bool) -> None:
        self._channel = channel
        self._types = types
        self._binding = binding
        self._describe = describe

    def run(self, sql: str) -> str:
        """Run one rewritten statement."""
        messages = wire.message(b"P", b"\0" + wire.cstring(sql) + self._types)
        messages += wire.message(b"B", b"\0\0" + self._binding) + wire.message(b"D", b"P\0")
        messages += wire.message(b"E", b"\0\0\0\0\0") + wire.message(b"S")
        self._channel.backend.stream.send(messages)
        described, self._describe = self._describe, False
        return self._channel.forward(_STOP_EXTENDED, described=described)

    def finish(self) -> None:
        """Send NoData for a statement that the backend has not described."""
        if self._describe:
            self._channel.client.send(wire.message(b"n"))

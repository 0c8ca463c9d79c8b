"""Passes results from the backend to the client without looking into the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pipeline.local.redshift import wire
from pipeline.local.redshift.backend import Backend, BackendError

_STOP_SIMPLE = frozenset(b"CEINSGHWZ")
_STOP_EXTENDED = _STOP_SIMPLE | frozenset(b"123nts")

Pass = Callable[[bytes, bytes], None]


class Relay(Protocol):
    """Runs a statement on the backend, sends its rows to the client, returns its command tag."""

    def run(self, sql: str) -> str:
        """Run one rewritten statement."""
        ...


class SimpleRelay:
    """Relays by the simple query protocol."""

    def __init__(self, backend: Backend, client: wire.MessageStream, pass_on: Pass) -> None:
        self._backend = backend
        self._client = client
        self._pass_on = pass_on

    def run(self, sql: str) -> str:
        """Run one rewritten statement; BackendError after everything up to it was relayed."""
        stream = self._backend.stream
        stream.send(wire.query(sql))
        tag, failure = "", None
        while True:
            kind, payload = stream.forward(self._client.send, _STOP_SIMPLE)
            match kind:
                case b"C":
                    tag = payload[:-1].decode("utf-8")
                case b"E":
                    failure = BackendError(wire.error_fields(payload))
                case b"Z":
                    self._backend.status = payload
                    break
                case b"N" | b"S":
                    self._pass_on(kind, payload)
                case b"G" | b"H" | b"W":
                    raise AssertionError("COPY reached the backend by way of a query")
        if failure is not None:
            raise failure
        return tag

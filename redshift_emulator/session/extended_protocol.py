"""The extended query protocol: Parse, Bind, Describe, Execute, Sync, as JDBC drivers speak it.

A statement is rewritten when it is executed or described, in the transaction that it runs in.
https://www.postgresql.org/docs/current/protocol-flow.html
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from redshift_emulator.language.errors import NotSupportedError, RedshiftError
from redshift_emulator.language.tokens import Statement, split
from redshift_emulator.protocol import wire
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.protocol.relay import DescribingRelay, ExecutingRelay
from redshift_emulator.session.session import Session

PARSE_COMPLETE, BIND_COMPLETE, CLOSE_COMPLETE = b"1", b"2", b"3"
# Statements whose description needs the backend; all others return no rows.
_DESCRIBED = frozenset({"select", "with", "show", "explain", "insert", "update", "delete", "("})
KINDS = frozenset(b"PBDECSH")


@dataclass(slots=True)
class Prepared:
    """A statement that was parsed; None is an empty one. ``types`` is the rest of its message."""

    statement: Statement | None
    types: bytes


@dataclass(slots=True)
class Portal:
    """A prepared statement with its parameters; ``binding`` is the rest of the Bind message."""

    prepared: Prepared
    binding: bytes
    to_describe: bool = False


class Extended:
    """One session's prepared statements and portals."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._prepared: dict[str, Prepared] = {}
        self._portals: dict[str, Portal] = {}
        self._parsed: set[str] = set()  # since the last Sync
        self._failed = False

    def answer(self, kind: bytes, payload: bytes) -> None:
        """Answer one message; after an error, all up to the next Sync are skipped."""
        if kind == b"S":
            self._sync()
        elif not self._failed:
            self._guarded(kind, payload)

    def _guarded(self, kind: bytes, payload: bytes) -> None:
        try:
            self._answer(kind, payload)
        except (RedshiftError, BackendError) as error:
            self._failed = True
            # a server that analyses in Parse would have refused the statement there
            for name in self._parsed:
                self._prepared.pop(name, None)
            self._session.fail(error)

    def _answer(self, kind: bytes, payload: bytes) -> None:
        match kind:
            case b"P":
                self._parse(payload)
            case b"B":
                self._bind(payload)
            case b"D":
                self._describe(payload)
            case b"E":
                self._execute(payload)
            case b"C":
                self._close(payload)
            case _:
                self._describe_portals()  # Flush

    def _sync(self) -> None:
        if not self._failed:
            self._guarded(b"H", b"")
        self._failed = False
        self._parsed.clear()
        self._portals.clear()
        self._session.ready()

    def _parse(self, payload: bytes) -> None:
        name, rest = _text(payload)
        sql, types = _text(rest)
        statements = split(sql, case_sensitive=self._session.case_sensitive)
        if len(statements) > 1:
            message = "cannot insert multiple commands into a prepared statement"
            raise RedshiftError(message, sqlstate="42601")
        if name and name in self._prepared:
            message = f'prepared statement "{name}" already exists'
            raise RedshiftError(message, sqlstate="42P05")
        self._parsed.add(name)
        self._prepared[name] = Prepared(statements[0] if statements else None, types)
        self._send(PARSE_COMPLETE)

    def _bind(self, payload: bytes) -> None:
        portal, rest = _text(payload)
        name, binding = _text(rest)
        self._portals[portal] = Portal(self._find(name), binding)
        self._send(BIND_COMPLETE)

    def _describe(self, payload: bytes) -> None:
        name, _ = _text(payload[1:])
        if payload[:1] == b"P":
            # answered together with Execute, which nearly always follows
            self._portal(name).to_describe = True
            return
        prepared = self._find(name)
        if not _has_description(prepared.statement):
            self._send(b"t", b"\0\0")
            self._send(b"n")
            return
        self._run_describing(prepared, None)

    def _describe_portals(self) -> None:
        for portal in self._portals.values():
            if portal.to_describe:
                portal.to_describe = False
                if _has_description(portal.prepared.statement):
                    self._run_describing(portal.prepared, portal.binding)
                else:
                    self._send(b"n")

    def _run_describing(self, prepared: Prepared, binding: bytes | None) -> None:
        session = self._session
        if prepared.statement is None:
            return
        relay = DescribingRelay(session.channel, prepared.types, binding)
        session.execute(prepared.statement, relay)
        session.end_statement(keep=False)

    def _execute(self, payload: bytes) -> None:
        name, rest = _text(payload)
        if struct.unpack("!i", rest)[0] > 0:
            raise NotSupportedError("Execute with a limit of rows: this stand-in does not know it")
        portal, session = self._portal(name), self._session
        statement = portal.prepared.statement
        if statement is None:
            self._send(b"I")
            return
        relay = ExecutingRelay(
            session.channel, portal.prepared.types, portal.binding, describe=portal.to_describe
        )
        portal.to_describe = False
        tag = session.execute(statement, relay)
        session.end_statement(keep=True)
        relay.finish()
        self._send(b"C", wire.cstring(tag))

    def _close(self, payload: bytes) -> None:
        name, _ = _text(payload[1:])
        if payload[:1] == b"S":
            self._prepared.pop(name, None)
        else:
            self._portals.pop(name, None)
        self._send(CLOSE_COMPLETE)

    def _find(self, name: str) -> Prepared:
        if name not in self._prepared:
            message = f'prepared statement "{name}" does not exist'
            raise RedshiftError(message, sqlstate="26000")
        return self._prepared[name]

    def _portal(self, name: str) -> Portal:
        if name not in self._portals:
            raise RedshiftError(f'portal "{name}" does not exist', sqlstate="34000")
        return self._portals[name]

    def _send(self, kind: bytes, payload: bytes = b"") -> None:
        self._session.client.send(wire.message(kind, payload))


def _has_description(statement: Statement | None) -> bool:
    return statement is not None and statement.tokens[0].value in _DESCRIBED


def _text(payload: bytes) -> tuple[str, bytes]:
    """Cut off a NUL-terminated string."""
    text, _, rest = payload.partition(b"\0")
    return text.decode("utf-8"), rest

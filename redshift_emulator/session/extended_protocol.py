"""The extended query protocol: Parse, Bind, Describe, Execute and Sync, as JDBC drivers use it.

A statement is rewritten when it is executed or described, in the transaction in which it runs.
https://www.postgresql.org/docs/current/protocol-flow.html
"""

import struct
from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError, decoded
from redshift_emulator.language.queries.text.into import find_into
from redshift_emulator.language.tokens import Statement, split
from redshift_emulator.protocol import wire
from redshift_emulator.protocol.backend import BackendError
from redshift_emulator.protocol.held_rows import HeldRows
from redshift_emulator.protocol.intervals import widened
from redshift_emulator.protocol.relay import (
    Channel,
    DescribingRelay,
    ExecutingRelay,
    describe_cursor,
)
from redshift_emulator.session.call_parameters import (
    Bound,
    bound,
    described,
    hides_parameters,
)
from redshift_emulator.session.session import Session

PARSE_COMPLETE, BIND_COMPLETE, CLOSE_COMPLETE = b"1", b"2", b"3"
# Statements whose description needs the backend; all others return no rows.
_DESCRIBED = frozenset(
    {"select", "with", "show", "explain", "insert", "update", "delete", "call", "("}
)
KINDS = frozenset(b"PBDECSH")


@dataclass(slots=True)
class PreparedStatement:
    """A prepared statement (None: an empty one); ``types`` is the rest of its Parse message."""

    statement: Statement | None
    types: bytes


@dataclass(slots=True)
class Portal:
    """A prepared statement with its parameters; ``binding`` is the rest of its Bind message.

    ``held`` is its result if it was executed with a limit of rows.
    """

    prepared: PreparedStatement
    binding: bytes
    to_describe: bool = False
    held: HeldRows | None = None


class ExtendedProtocol:
    """A session's prepared statements and portals."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._prepared = session.prepared
        self._portals: dict[str, Portal] = {}
        self._parsed: set[str] = set()  # since the last Sync
        self._failed = False

    def answer(self, kind: bytes, payload: bytes) -> None:
        """Answer one message; after an error, skip messages up to the next Sync."""
        if kind == b"S":
            self._sync()
        elif not self._failed:
            self._answer_or_abort(kind, payload)

    def _answer_or_abort(self, kind: bytes, payload: bytes) -> None:
        try:
            try:
                self._answer(kind, payload)
            except struct.error:
                raise RedshiftError("invalid message format", sqlstate="08P01") from None
        except (RedshiftError, BackendError) as error:
            self._failed = True
            # a server that analyzes statements in Parse would have refused this one there
            for name in self._parsed:
                self._prepared.pop(name, None)
            self._session.abort(error)

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
            self._answer_or_abort(b"H", b"")
        self._failed = False
        self._parsed.clear()
        if self._session.failed or not self._session.in_block:
            for name in list(self._portals):
                self._close_portal(name)
        self._session.ready_for_query()

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
        self._prepared[name] = PreparedStatement(statements[0] if statements else None, types)
        self._send(PARSE_COMPLETE)

    def _bind(self, payload: bytes) -> None:
        portal, rest = _text(payload)
        name, binding = _text(rest)
        prepared = self._find_prepared(name)
        self._close_portal(portal)
        self._portals[portal] = Portal(prepared, widened(prepared.types, binding))
        self._send(BIND_COMPLETE)

    def _describe(self, payload: bytes) -> None:
        name, _ = _text(payload[1:])
        if payload[:1] == b"P":
            self._describe_portal(name)
            return
        prepared = self._find_prepared(name)
        if not _has_description(prepared.statement):
            self._send(b"t", b"\0\0")
            self._send(b"n")
            return
        self._run_describing(prepared, None)

    def _describe_portal(self, name: str) -> None:
        session = self._session
        if name not in self._portals and session.in_block and not session.failed:
            describe_cursor(session.channel, name)
        else:
            # answered together with Execute, which nearly always follows
            self._find_portal(name).to_describe = True

    def _describe_portals(self) -> None:
        for portal in self._portals.values():
            if portal.to_describe:
                portal.to_describe = False
                if _has_description(portal.prepared.statement):
                    self._run_describing(portal.prepared, portal.binding)
                else:
                    self._send(b"n")

    def _run_describing(self, prepared: PreparedStatement, binding: bytes | None) -> None:
        session = self._session
        if prepared.statement is None:
            return
        bind = Bound(prepared.statement, prepared.types, binding or b"")
        if hides_parameters(prepared.statement):
            bind = described(bind) if binding is None else self._bound(bind)
        relay = DescribingRelay(
            session.channel, bind.types, None if binding is None else bind.binding
        )
        session.describes = True
        try:
            session.execute(bind.statement, relay)
        finally:
            session.describes = False
        session.end_statement(commit=False)
        relay.finish()

    def _execute(self, payload: bytes) -> None:
        name, rest = _text(payload)
        (limit,) = struct.unpack("!i", rest)
        portal, session = self._find_portal(name), self._session
        if portal.prepared.statement is None:
            self._send(b"I")
        elif portal.held is not None:
            portal.held.release(limit)
        elif limit > 0:
            portal.held = HeldRows(session.client)
            portal.held.end(self._run(portal, session.channel.to(portal.held)))
            portal.held.release(limit)
        else:
            self._send(b"C", wire.cstring(self._run(portal, session.channel)))

    def _run(self, portal: Portal, channel: Channel) -> str:
        session, statement = self._session, portal.prepared.statement
        assert statement is not None
        bind = Bound(statement, portal.prepared.types, portal.binding)
        if hides_parameters(statement):
            bind = self._bound(bind)
        relay = ExecutingRelay(channel, bind.types, bind.binding, describe=portal.to_describe)
        portal.to_describe = False
        tag = session.execute(bind.statement, relay)
        session.end_statement(commit=True)
        relay.finish()
        return tag

    def _bound(self, bind: Bound) -> Bound:
        return bound(bind, case_sensitive=self._session.case_sensitive)

    def _close(self, payload: bytes) -> None:
        name, _ = _text(payload[1:])
        if payload[:1] == b"S":
            self._prepared.pop(name, None)
        else:
            self._close_portal(name)
        self._send(CLOSE_COMPLETE)

    def _close_portal(self, name: str) -> None:
        portal = self._portals.pop(name, None)
        if portal is not None and portal.held is not None:
            portal.held.close()

    def _find_prepared(self, name: str) -> PreparedStatement:
        found = self._prepared.get(name)
        if not isinstance(found, PreparedStatement):
            message = f'prepared statement "{name}" does not exist'
            raise RedshiftError(message, sqlstate="26000")
        return found

    def _find_portal(self, name: str) -> Portal:
        if name not in self._portals:
            raise RedshiftError(f'portal "{name}" does not exist', sqlstate="34000")
        return self._portals[name]

    def _send(self, kind: bytes, payload: bytes = b"") -> None:
        self._session.client.send(wire.message(kind, payload))


def _has_description(statement: Statement | None) -> bool:
    if statement is None or statement.tokens[0].value not in _DESCRIBED:
        return False
    return not statement.tokens[0].is_word("select", "with") or find_into(statement) is None


def _text(payload: bytes) -> tuple[str, bytes]:
    """Split off a NUL-terminated string; return it and the rest."""
    text, _, rest = payload.partition(b"\0")
    return decoded(text), rest

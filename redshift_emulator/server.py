"""Listens on loopback; a thread for each client."""

import logging
import socket
import ssl
import struct
import threading
from collections.abc import Mapping

from redshift_emulator.dispatch import dispatch
from redshift_emulator.language.errors import RedshiftError, decoded
from redshift_emulator.protocol import wire
from redshift_emulator.protocol.backend import CANCEL_REQUEST, BackendError, connect
from redshift_emulator.protocol.configuration import Settings
from redshift_emulator.protocol.tls import server_context
from redshift_emulator.session.cluster import LOGIN_TRIPS, Cluster
from redshift_emulator.session.connection_log import (
    AUTHENTICATED,
    BEGIN,
    END,
    FAILURE,
    REFUSED_LOGIN,
    ConnectionLog,
)
from redshift_emulator.session.error_messages import error_message_fields
from redshift_emulator.session.extended_protocol import KINDS, ExtendedProtocol
from redshift_emulator.session.login import log_in_client, login_error
from redshift_emulator.session.long_names import with_long_names
from redshift_emulator.session.parameters import user_variables
from redshift_emulator.session.session import Session
from redshift_emulator.session.startup import startup_parameters

logger = logging.getLogger(__name__)

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
PROTOCOL_MAJOR = 3
LONGEST_STARTUP = 10_000
LOGIN_SECONDS = 60.0
"""The time for the encryption and the password of a client, PostgreSQL's authentication_timeout.

https://www.postgresql.org/docs/current/runtime-config-connection.html
"""


class Server:
    """Accepts clients until it is closed."""

    def __init__(self, settings: Settings, login_seconds: float = LOGIN_SECONDS) -> None:
        self._settings = settings
        self._login_seconds = login_seconds
        self._cluster = Cluster(settings)
        self._tls = server_context(settings.tls_folder)
        self._listener = socket.create_server((settings.host, settings.port), backlog=128)
        self._sessions: set[Session] = set()
        self._lock = threading.Lock()
        self._closing = False

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that it listens on."""
        host, port = self._listener.getsockname()[:2]
        return host, port

    def serve(self) -> None:
        """Accept clients until ``close`` is called."""
        while not self._closing:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                break
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            threading.Thread(target=self._serve_client, args=(connection,), daemon=True).start()

    def close(self) -> None:
        """Stop listening and end all sessions."""
        self._closing = True
        self._listener.close()
        with self._lock:
            sessions = list(self._sessions)
        for session in sessions:
            session.cancel()
            session.close()

    def _serve_client(self, connection: socket.socket) -> None:
        client = wire.MessageStream(connection)
        client.limit(self._login_seconds)
        try:
            self._greet(client)
        except (wire.ConnectionLostError, OSError) as error:
            logger.debug("client disconnected: %s", error)
        finally:
            client.end()

    def _greet(self, client: wire.MessageStream) -> None:
        while True:
            (length,) = struct.unpack("!i", client.read_exactly(4))
            if not 8 <= length <= LONGEST_STARTUP:
                return
            payload = client.read_exactly(length - 4)
            (code,) = struct.unpack_from("!i", payload)
            if code in {SSL_REQUEST, GSS_REQUEST}:
                self._encrypt(client, code)
                continue
            if code == CANCEL_REQUEST:
                self._relay_cancel(payload)
            elif code >> 16 == PROTOCOL_MAJOR:
                try:
                    startup = _parameters(payload[4:])
                except RedshiftError as error:
                    _refuse(client, error)
                else:
                    self._converse(client, code, startup)
            return

    def _encrypt(self, client: wire.MessageStream, code: int) -> None:
        """Answer a request of encryption: TLS is accepted, GSSAPI is not."""
        self._cluster.travel()
        if code == GSS_REQUEST or isinstance(client.socket, ssl.SSLSocket):
            client.send(b"N")
            return
        client.send(b"S")
        self._cluster.travel()  # of the handshake
        client.start_tls(self._tls)

    def _relay_cancel(self, payload: bytes) -> None:
        with self._lock:
            backends = [session.backend for session in self._sessions]
        for backend in backends:
            if payload[4:] == backend.key:
                self._cluster.cancel(backend.process_id)
        with connect(self._settings.backend) as connection:
            connection.sendall(wire.untyped(payload))
            connection.recv(1)

    def _converse(
        self, client: wire.MessageStream, version: int, startup: Mapping[str, str]
    ) -> None:
        if version & 0xFFFF:
            client.send(wire.message(b"v", struct.pack("!ii", PROTOCOL_MAJOR << 16, 0)))
        log = ConnectionLog(self._cluster.history, client.socket, startup)
        try:
            self._cluster.travel(LOGIN_TRIPS)
            initial = startup_parameters(startup)
            backend = log_in_client(client, startup, initial.backend, self._settings)
            client.limit(None)
        except BackendError as error:
            _refuse(client, login_error(error))
            return
        except RedshiftError as error:
            if error.sqlstate == REFUSED_LOGIN:
                log.record(FAILURE)
            _refuse(client, error)
            return
        log.record(AUTHENTICATED, BEGIN, process=backend.process_id)
        client.edit = with_long_names
        session = Session(client, backend, self._cluster, startup, dispatch)
        with self._lock:
            self._sessions.add(session)
        try:
            session.variables = user_variables(session, initial.stored)
            Conversation(session).run()
        except wire.PeerGoneError:
            logger.info("a client disconnected while its statement was running")
            session.abandon()
        except (wire.ConnectionLostError, OSError) as error:
            logger.info("a connection ended: %s", error)
        except Exception:
            logger.exception("internal error; the session ends")
            _refuse(client, RedshiftError("internal error of the emulator: see its log"))
        finally:
            with self._lock:
                self._sessions.discard(session)
            client.end()
            session.close()
            log.record(END, process=backend.process_id)


ENDS_TRIP = frozenset({b"Q", b"S"})
"""Messages after which a client waits for the answer."""


class Conversation:
    """Reads a client's messages and passes them to the session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        # To a session without a statement, PostgreSQL sends nothing but its last error.
        session.backend.stream.last_word = b"E"
        self._extended = ExtendedProtocol(session)

    def run(self) -> None:
        """Answer messages until the client terminates."""
        client = self._session.client
        while True:
            kind, payload = self._read(client)
            if kind == b"X":
                return
            if kind in ENDS_TRIP:
                self._session.meter.cluster.travel()
            if kind[0] in KINDS:
                self._extended.answer(kind, payload)
            elif kind != b"Q":
                message = f"protocol message {kind!r} is not supported"
                self._refuse(RedshiftError(message, sqlstate="0A000"))
            else:
                self._query(payload[:-1])

    def _read(self, client: wire.MessageStream) -> tuple[bytes, bytes]:
        """Wait for the next message; ConnectionLostError if the session was terminated."""
        client.watch(self._session.backend.stream)
        try:
            return client.read()
        except wire.PeerGoneError:
            raise wire.ConnectionLostError("PostgreSQL has ended the session") from None
        finally:
            client.watch(None)

    def _query(self, text: bytes) -> None:
        try:
            sql = decoded(text)
        except RedshiftError as error:
            self._refuse(error)
        else:
            self._session.simple_query(sql)

    def _refuse(self, error: RedshiftError) -> None:
        self._session.abort(error)
        self._session.ready_for_query()


def _parameters(body: bytes) -> dict[str, str]:
    parts = decoded(body).rstrip("\0").split("\0")
    # an empty value at the end was stripped with the terminator
    return dict(zip(parts[::2], [*parts[1::2], ""], strict=False))


def _refuse(client: wire.MessageStream, error: RedshiftError) -> None:
    fields = {**error_message_fields(error, query=0, process=0), "S": "FATAL"}
    client.send(wire.fields_message(b"E", fields))

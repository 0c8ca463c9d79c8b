"""A connection to the emulator's PostgreSQL, over the wire protocol."""

import contextlib
import hashlib
import select
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from scramp import ScramClient, ScramException

from redshift_emulator.protocol import wire
from redshift_emulator.protocol.configuration import BackendAddress

PROTOCOL_3 = 196608
CANCEL_REQUEST = 80877102

QUERY_CANCELED = "57014"
OK, MD5, SASL, SASL_CONTINUE, SASL_FINAL, CLEARTEXT = 0, 5, 10, 11, 12, 3


class BackendError(Exception):
    """An error that PostgreSQL reported; ``fields`` are those of its ErrorResponse."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(fields.get("M", ""))
        self.fields = dict(fields)
        self.message = fields.get("M", "")
        self.sqlstate = fields.get("C", "XX000")
        self.detail = fields.get("D", "")
        self.hint = fields.get("H", "")
        self.context = fields.get("W", "")


NoticeSink = Callable[[Mapping[str, str]], None]


class Backend:
    """Statements on one connection, in its open transaction."""

    def __init__(self, stream: wire.MessageStream, address: BackendAddress) -> None:
        self.stream = stream
        self.address = address
        self.process_id = 0
        self.secret_key = b""
        self.status = b"I"
        self.on_notice: NoticeSink | None = None
        self.on_status: Callable[[bytes], None] | None = None

    @property
    def key(self) -> bytes:
        """What a CancelRequest for this connection holds, and the client is told at its login."""
        return struct.pack("!i", self.process_id) + self.secret_key

    def query(self, sql: str) -> list[tuple[str | None, ...]]:
        """Run one or more statements; return all rows, with values as text."""
        rows: list[tuple[str | None, ...]] = []
        self._run(sql, rows)
        return rows

    def execute(self, sql: str) -> str:
        """Run one or more statements; return the last one's command tag."""
        return self._run(sql, [])

    def fetch(self, sql: str) -> tuple[list[tuple[str, int, int]], list[tuple[str | None, ...]]]:
        """Run a query; return name, type number and modifier of each column, and the rows."""
        self.stream.send(wire.query(sql))
        columns: list[tuple[str, int, int]] = []
        rows: list[tuple[str | None, ...]] = []
        self._drain(rows, columns=columns)
        return columns, rows

    def describe(self, sql: str) -> list[tuple[str, int, int]]:
        """Run a statement; return the name, type number and type modifier of each column."""
        return self.fetch(sql)[0]

    def copy_in(self, sql: str, chunks: Iterable[bytes]) -> int:
        """Run ``COPY … FROM STDIN`` and stream the chunks into it; return the number of rows.

        An exception of the iterator cancels the COPY and is raised again, unless PostgreSQL has
        rejected a row that came before.
        """
        self.stream.send(wire.query(sql))
        self._expect_copy_in()
        try:
            self._send_rows(chunks)
        except wire.ConnectionLostError:
            raise
        except BaseException:
            self.stream.send(wire.message(b"f", wire.cstring("the emulator canceled the load")))
            try:
                self._drain([])
            except BackendError as answer:
                if answer.sqlstate != QUERY_CANCELED:
                    raise
            raise
        self.stream.send(wire.message(b"c"))
        return int(self._drain([]).rsplit(" ", 1)[-1])

    def _send_rows(self, chunks: Iterable[bytes]) -> None:
        """Send rows; while PostgreSQL takes in a chunk, the next one is made."""
        with ThreadPoolExecutor(max_workers=1) as sender:
            sent: Future[None] | None = None
            for chunk in chunks:
                if sent is not None:
                    sent.result()
                if select.select([self.stream.socket], [], [], 0)[0]:
                    return  # PostgreSQL answers before the end: it has rejected a row
                header = b"d" + struct.pack("!i", len(chunk) + 4)
                sent = sender.submit(self.stream.send, header + chunk)
            if sent is not None:
                sent.result()

    def cancel(self) -> None:
        """Send a CancelRequest for the running statement."""
        with connect(self.address) as connection:
            request = struct.pack("!i", CANCEL_REQUEST) + self.key
            connection.sendall(wire.untyped(request))
            connection.recv(1)

    def close(self) -> None:
        """Send Terminate and close; an open transaction rolls back."""
        with contextlib.suppress(wire.ConnectionLostError):
            self.stream.send(wire.message(b"X"))
        self.stream.close()

    def remember_key(self, payload: bytes) -> None:
        """Store the key of a CancelRequest from a BackendKeyData message."""
        (self.process_id,) = struct.unpack_from("!i", payload)
        self.secret_key = payload[4:]

    def _run(self, sql: str, rows: list[tuple[str | None, ...]]) -> str:
        self.stream.send(wire.query(sql))
        return self._drain(rows)

    def _expect_copy_in(self) -> None:
        while True:
            kind, payload = self.stream.read()
            if kind == b"G":
                return
            if kind == b"E":
                self._drain([], BackendError(wire.error_fields(payload)))
            self._note(kind, payload)

    def _drain(
        self,
        rows: list[tuple[str | None, ...]],
        failure: BackendError | None = None,
        columns: list[tuple[str, int, int]] | None = None,
    ) -> str:
        """Read up to ReadyForQuery; raise the first error; return the last command tag."""
        tag = ""
        while True:
            kind, payload = self.stream.read()
            if kind == b"D":
                rows.append(wire.data_row(payload))
            elif kind == b"T" and columns is not None:
                columns += wire.row_description(payload)
            elif kind == b"C":
                tag = payload[:-1].decode("utf-8")
            elif kind == b"E":
                failure = failure or BackendError(wire.error_fields(payload))
            elif kind == b"Z":
                self.status = payload
                break
            else:
                self._note(kind, payload)
        if failure is not None:
            raise failure
        return tag

    def _note(self, kind: bytes, payload: bytes) -> None:
        if kind == b"N" and self.on_notice is not None:
            self.on_notice(wire.error_fields(payload))
        elif kind == b"S" and self.on_status is not None:
            self.on_status(payload)


def connect(address: BackendAddress) -> socket.socket:
    """Connect to PostgreSQL: by TCP, or by the Unix socket in ``host`` if that is a path."""
    if not address.host.startswith("/"):
        connection = socket.create_connection((address.host, address.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(str(Path(address.host) / f".s.PGSQL.{address.port}"))
    return connection


def startup_message(parameters: Mapping[str, str]) -> bytes:
    """Build the StartupMessage."""
    body = b"".join(wire.cstring(part) for pair in parameters.items() for part in pair)
    return wire.untyped(struct.pack("!i", PROTOCOL_3) + body + b"\0")


def superuser_backend(address: BackendAddress) -> Backend:
    """Log in as PostgreSQL's superuser, in a session independent of the client's."""
    parameters = {
        "user": address.superuser,
        "database": address.database,
        "client_encoding": "UTF8",
        "application_name": "redshift emulator",
    }
    return log_in(address, parameters, address.password)


def log_in(
    address: BackendAddress,
    parameters: Mapping[str, str],
    password: str,
    on_status: Callable[[bytes], None] | None = None,
) -> Backend:
    """Log in by password; ``on_status`` receives the payloads of ParameterStatus messages."""
    backend = Backend(wire.MessageStream(connect(address)), address)
    try:
        backend.stream.send(startup_message(parameters))
        _log_in(backend, parameters["user"], password, on_status)
    except BaseException:
        backend.stream.close()
        raise
    return backend


def _log_in(
    backend: Backend, user: str, password: str, on_status: Callable[[bytes], None] | None
) -> None:
    authentication = _Authentication(user, password)
    while True:
        kind, payload = backend.stream.read()
        if kind == b"E":
            raise BackendError(wire.error_fields(payload))
        if kind == b"R":
            answer = authentication.answer(payload)
            if answer:
                backend.stream.send(wire.message(b"p", answer))
        elif kind == b"K":
            backend.remember_key(payload)
        elif kind == b"S" and on_status is not None:
            on_status(payload)
        elif kind == b"Z":
            backend.status = payload
            return


SCRAM_USER = "emulator"
"""The user name in SCRAM messages, which PostgreSQL ignores: the startup message has the user.

https://www.postgresql.org/docs/current/sasl-authentication.html
"""


class _Authentication:
    """The client's half of a login by password: SCRAM, MD5 or clear text."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._scram: ScramClient | None = None

    def answer(self, payload: bytes) -> bytes:
        """Return the answer to an Authentication message, b"" if none is expected."""
        (request,) = struct.unpack_from("!i", payload)
        data = payload[4:]
        if request in {SASL, SASL_CONTINUE, SASL_FINAL}:
            try:
                return self._answer_scram(request, data)
            except ScramException as error:
                raise BackendError({"M": f"SCRAM: {error}", "C": "28000"}) from error
        if request == CLEARTEXT:
            return wire.cstring(self._password)
        if request == MD5:
            return wire.cstring(md5_response(md5_digest(self._user, self._password), data[:4]))
        if request != OK:
            raise BackendError({"M": f"unknown authentication request {request}", "C": "08P01"})
        return b""

    def _answer_scram(self, request: int, data: bytes) -> bytes:
        if request == SASL:
            mechanisms = data.rstrip(b"\0").decode("ascii").split("\0")
            self._scram = ScramClient(mechanisms, SCRAM_USER, self._password)
            first: str = self._scram.get_client_first()
            mechanism = wire.cstring(self._scram.mechanism_name)
            return mechanism + struct.pack("!i", len(first)) + first.encode("ascii")
        assert self._scram is not None, "PostgreSQL begins with AuthenticationSASL"
        if request == SASL_CONTINUE:
            self._scram.set_server_first(data.decode("ascii"))
            final: str = self._scram.get_client_final()
            return final.encode("ascii")
        self._scram.set_server_final(data.decode("ascii"))
        return b""


def md5_digest(user: str, password: str) -> str:
    """Hash a password as PostgreSQL and Redshift store it: MD5 of password and user name."""
    return hashlib.md5((password + user).encode("utf-8"), usedforsecurity=False).hexdigest()


def md5_response(digest: str, salt: bytes) -> str:
    """Answer the server's MD5 challenge."""
    inner = digest.encode("ascii") + salt
    return "md5" + hashlib.md5(inner, usedforsecurity=False).hexdigest()

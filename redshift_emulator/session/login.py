"""The start of a connection: the client proves who it is, then gets a backend of its own."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from redshift_emulator.language.errors import RedshiftError
from redshift_emulator.language.fill import fill
from redshift_emulator.protocol import wire
from redshift_emulator.protocol.backend import (
    CLEARTEXT,
    MD5,
    OK,
    Backend,
    BackendError,
    log_in,
    md5_response,
    superuser_backend,
)
from redshift_emulator.protocol.configuration import Settings
from redshift_emulator.session.install import backend_password

SERVER_VERSION = "8.0.2"
# What Redshift reports; PostgreSQL would report more.
_REPORTED = {
    "server_version": SERVER_VERSION,
    "client_encoding": "UNICODE",
    "server_encoding": "UNICODE",
}
_PASSED = frozenset(
    {"DateStyle", "TimeZone", "integer_datetimes", "is_superuser", "session_authorization"}
)
_ENCODINGS = frozenset({"", "unicode", "utf8", "utf-8", "utf_8"})
# The second line is what Amazon's own drivers tell of themselves.
_PARAMETERS = frozenset(
    {"user", "database", "application_name", "client_encoding", "options"}
    | {"client_protocol_version", "driver_version", "driver_discovery_version", "os_version"}
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is known of a user's password."""

    kind: str
    digest: str
    salt: str


def reported(name: str, value: str) -> bytes:
    """Build a ParameterStatus as Redshift would report it, or nothing."""
    if name not in _REPORTED and name not in _PASSED:
        return b""
    shown = _REPORTED.get(name, value)
    return wire.message(b"S", wire.cstring(name) + wire.cstring(shown))


def start(client: wire.MessageStream, wanted: Mapping[str, str], settings: Settings) -> Backend:
    """Authenticate the client and open its backend; RedshiftError if it may not come in."""
    user, database = _checked(wanted, settings)
    known = _credentials(user, settings)
    _authenticate(client, user, known)
    parameters = {"user": user, "database": database, "client_encoding": "UTF8"}
    if "application_name" in wanted:
        parameters["application_name"] = wanted["application_name"]
    statuses: list[bytes] = []
    backend = log_in(
        settings.backend, parameters, backend_password(settings.backend, user), statuses.append
    )
    client.send(_greeting(backend, statuses))
    return backend


def _checked(wanted: Mapping[str, str], settings: Settings) -> tuple[str, str]:
    user = wanted.get("user", "")
    database = wanted.get("database", user)
    unknown = sorted(name for name in wanted if name not in _PARAMETERS and name[:5] != "_pq_.")
    if unknown:
        message = f'unrecognized configuration parameter "{unknown[0]}"'
        raise RedshiftError(message, sqlstate="42704")
    if wanted.get("client_encoding", "").strip("'").lower() not in _ENCODINGS:
        message = f"client_encoding {wanted['client_encoding']}: the stand-in speaks UTF-8 only"
        raise RedshiftError(message, sqlstate="0A000")
    if database != settings.backend.database:
        raise RedshiftError(f'database "{database}" does not exist', sqlstate="3D000")
    return user, database


def _credentials(user: str, settings: Settings) -> Credentials | None:
    backend = superuser_backend(settings.backend)
    try:
        rows = backend.query(
            fill(
                "SELECT kind, digest, salt FROM pg_internal.user_password"
                " JOIN pg_roles ON oid = usesysid WHERE rolname = {user} AND rolcanlogin",
                user=user,
            )
        )
    finally:
        backend.close()
    return Credentials(*(value or "" for value in rows[0])) if rows else None


def _authenticate(client: wire.MessageStream, user: str, known: Credentials | None) -> None:
    """Ask for the password; somebody unknown is asked too, and fails in the same way."""
    if known is not None and known.kind == "sha256":
        request, salt = CLEARTEXT, b""
    else:
        request, salt = MD5, secrets.token_bytes(4)
    client.send(wire.message(b"R", struct.pack("!i", request) + salt))
    kind, payload = client.read()
    if kind != b"p":
        raise RedshiftError("expected a password", sqlstate="08P01")
    if known is None or not _proves(payload.rstrip(b"\0").decode("utf-8"), known, salt):
        message = f'password authentication failed for user "{user}"'
        raise RedshiftError(message, sqlstate="28000")
    client.send(wire.message(b"R", struct.pack("!i", OK)))


def _proves(answer: str, known: Credentials, salt: bytes) -> bool:
    if known.kind == "md5":
        return hmac.compare_digest(answer.encode(), md5_response(known.digest, salt).encode())
    if known.kind == "sha256":
        salted = answer.encode("utf-8") + bytes.fromhex(known.salt)
        return hmac.compare_digest(hashlib.sha256(salted).hexdigest(), known.digest)
    return False  # the password is disabled


def _greeting(backend: Backend, statuses: list[bytes]) -> bytes:
    """Build the messages between the password and the first ReadyForQuery."""
    parts: list[bytes] = []
    for payload in statuses:
        name, value = payload[:-1].decode("utf-8").split("\0", 1)
        parts.append(reported(name, value))
    key = struct.pack("!i", backend.process_id) + backend.secret_key
    parts += (wire.message(b"K", key), wire.message(b"Z", b"I"))
    return b"".join(parts)


def as_refusal(error: BackendError) -> RedshiftError:
    """Turn PostgreSQL's refusal of a login (expired, too many connections) into the client's."""
    return RedshiftError(error.message, sqlstate=error.sqlstate, detail=error.detail)

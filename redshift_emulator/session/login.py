"""The start of a connection: authenticates the client, then opens its backend."""

import hashlib
import hmac
import secrets
import struct
from collections.abc import Mapping

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
from redshift_emulator.session.passwords import Secret

SERVER_VERSION = "8.0.2"
# The parameters that Redshift reports, with its values; PostgreSQL would report more.
_REPORTED = {
    "server_version": SERVER_VERSION,
    "client_encoding": "UNICODE",
    "server_encoding": "UNICODE",
}
_PASSED = frozenset(
    {"DateStyle", "TimeZone", "integer_datetimes", "is_superuser", "session_authorization"}
)
SHOW_DISCOVERY = "4"
"""The version of the SHOW statements by which Amazon's drivers ask for objects.

With 5, they would also send SHOW TABLES, COLUMNS and GRANTS FROM DATABASE.
https://github.com/aws/amazon-redshift-python-driver/blob/master/redshift_connector/cursor.py
"""
_ASCII = "sql_ascii"
"""No conversion, so that clients get UTF-8: what psql asks for in the locale C.

https://www.postgresql.org/docs/8.0/multibyte.html
"""
_REPORTED_AS = {_ASCII: "SQL_ASCII", "utf8": "UTF8"}
"""What a client asks for by this name is reported by it: PostgreSQL's driver for Java needs UTF8.

https://github.com/aws/amazon-redshift-jdbc-driver/issues/155
"""
_ENCODINGS = frozenset({"", "unicode", "utf8", "utf-8", "utf_8", _ASCII})


def parameter_status(payload: bytes, encoding: str = "UNICODE") -> bytes:
    """Translate a ParameterStatus message's payload; return Redshift's message, b"" for none."""
    name, value = payload[:-1].decode("utf-8").split("\0", 1)
    if name not in _REPORTED and name not in _PASSED:
        return b""
    shown = encoding if name == "client_encoding" else _REPORTED.get(name, value)
    return wire.message(b"S", wire.cstring(name) + wire.cstring(shown))


def log_in_client(
    client: wire.MessageStream,
    startup: Mapping[str, str],
    initial: Mapping[str, str],
    settings: Settings,
) -> Backend:
    """Authenticate the client and open its backend.

    ``startup`` holds the parameters of the startup message, ``initial`` those among them that
    PostgreSQL has. Raises RedshiftError for a refused client, BackendError for a login that
    PostgreSQL refuses.
    """
    user, database = _check_startup(startup, settings)
    stored = _find_password(user, settings)
    _authenticate(client, user, stored)
    parameters = {**initial, "user": user, "database": database, "client_encoding": "UTF8"}
    statuses: list[bytes] = []
    backend = log_in(
        settings.backend, parameters, backend_password(settings.backend, user), statuses.append
    )
    encoding = _REPORTED_AS.get(_encoding(startup), "UNICODE")
    client.send(_login_messages(backend, statuses, encoding))
    return backend


def _check_startup(startup: Mapping[str, str], settings: Settings) -> tuple[str, str]:
    user = startup.get("user", "")
    database = startup.get("database", user)
    if _encoding(startup) not in _ENCODINGS:
        message = (
            f"client_encoding {startup['client_encoding']}: the emulator supports UTF-8 only; set"
            " PGCLIENTENCODING=UTF8"
        )
        raise RedshiftError(message, sqlstate="0A000")
    if database != settings.backend.database:
        raise RedshiftError(f'database "{database}" does not exist', sqlstate="3D000")
    return user, database


def _encoding(startup: Mapping[str, str]) -> str:
    return startup.get("client_encoding", "").strip("'").lower()


def _find_password(user: str, settings: Settings) -> Secret | None:
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
    return Secret(*(value or "" for value in rows[0])) if rows else None


def _authenticate(client: wire.MessageStream, user: str, stored: Secret | None) -> None:
    """Request the password; from an unknown user too, who gets the same error."""
    if stored is not None and stored.kind == "sha256":
        request, salt = CLEARTEXT, b""
    else:
        request, salt = MD5, secrets.token_bytes(4)
    client.send(wire.message(b"R", struct.pack("!i", request) + salt))
    kind, payload = client.read()
    if kind != b"p":
        raise RedshiftError("expected a password", sqlstate="08P01")
    if stored is None or not _verify(payload.rstrip(b"\0").decode("utf-8"), stored, salt):
        message = f'password authentication failed for user "{user}"'
        raise RedshiftError(message, sqlstate="28000")
    client.send(wire.message(b"R", struct.pack("!i", OK)))


def _verify(answer: str, stored: Secret, salt: bytes) -> bool:
    if stored.kind == "md5":
        return hmac.compare_digest(answer.encode(), md5_response(stored.digest, salt).encode())
    if stored.kind == "sha256":
        salted = answer.encode("utf-8") + bytes.fromhex(stored.salt)
        return hmac.compare_digest(hashlib.sha256(salted).hexdigest(), stored.digest)
    return False  # the password is disabled


def _login_messages(backend: Backend, statuses: list[bytes], encoding: str) -> bytes:
    """Build the messages from the accepted password to the first ReadyForQuery."""
    ending = (
        wire.message(b"S", wire.cstring("show_discovery") + wire.cstring(SHOW_DISCOVERY)),
        wire.message(b"K", backend.key),
        wire.message(b"Z", b"I"),
    )
    return b"".join((*(parameter_status(each, encoding) for each in statuses), *ending))


def login_error(error: BackendError) -> RedshiftError:
    """Translate PostgreSQL's refusal of a login, such as too many connections, for the client."""
    return RedshiftError(error.message, sqlstate=error.sqlstate, detail=error.detail)

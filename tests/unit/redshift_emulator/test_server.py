"""Clients that do not log in."""

import socket
import struct
import threading

import pytest

from redshift_emulator.protocol.configuration import parse_settings
from redshift_emulator.server import Server

HALF_OF_A_STARTUP = struct.pack("!ii", 100, 196608) + b"user\0"
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
HALF_OF_A_HANDSHAKE = bytes.fromhex("16030100ff")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a server that waits a tenth of a second for a login."""
    document = {
        "backend": {
            "host": "127.0.0.1",
            "port": 1,
            "database": "",
            "superuser": "",
            "password": "",
        },
        "admin": {"user": "", "password": ""},
        "s3": dict.fromkeys(("endpoint_url", "region", "access_key_id", "secret_access_key"), ""),
    }
    settings = parse_settings(document, tmp_path_factory.mktemp("server"))
    server = Server(settings, login_seconds=0.1)
    threading.Thread(target=server.serve, daemon=True).start()
    yield server.address
    server.close()


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (HALF_OF_A_STARTUP, b""),
        (SSL_REQUEST, b"S"),
    ],
)
def test_a_client_that_sends_no_more_is_disconnected(address, sent, answer):
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(sent)
        assert client.recv(1) == answer
        if answer:
            client.sendall(HALF_OF_A_HANDSHAKE)
            assert client.recv(1) == b""

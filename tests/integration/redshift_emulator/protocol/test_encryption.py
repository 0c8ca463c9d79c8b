"""TLS with a real client: offered, verified, and not required."""

import contextlib
import socket
import struct

import psycopg2
import pytest

from redshift_emulator.protocol.tls import server_context


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_client_verifies_the_certificate(emulator, host):
    options = {"sslmode": "verify-full", "sslrootcert": emulator.certificate}
    with contextlib.closing(emulator.connect(host=host, **options)) as connection:
        assert connection.info.ssl_in_use
        with connection.cursor() as cursor:
            cursor.execute("SELECT repeat('x', 60000) FROM generate_series(1, 20)")
            assert {len(value) for (value,) in cursor.fetchall()} == {60_000}


def test_a_client_that_trusts_another_certificate_refuses(emulator, tmp_path):
    other = tmp_path / "other.crt"
    server_context(tmp_path)
    (tmp_path / "server.crt").rename(other)
    with pytest.raises(psycopg2.OperationalError, match="certificate verify failed"):
        emulator.connect(sslmode="verify-full", sslrootcert=str(other))


def test_an_unencrypted_connection_is_accepted(emulator, client):
    assert not client.connection.info.ssl_in_use
    assert client.value("SELECT 1") == 1


def test_gssapi_is_not_offered_and_tls_only_once(emulator):
    with socket.create_connection(("127.0.0.1", emulator.port)) as connection:
        connection.sendall(struct.pack("!ii", 8, 80877104))
        assert connection.recv(1) == b"N"
        connection.sendall(struct.pack("!ii", 8, 80877103))
        assert connection.recv(1) == b"S"

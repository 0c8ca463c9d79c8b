"""TLS: the certificate that is made, and messages of an encrypted connection."""

import socket
import ssl
import stat
import threading

import pytest

from redshift_emulator.protocol import wire
from redshift_emulator.protocol.tls import CERTIFICATE, KEY, server_context


def test_the_first_start_makes_a_key_and_a_certificate_that_stay(tmp_path):
    server_context(tmp_path)
    made = {name: (tmp_path / name).read_bytes() for name in (CERTIFICATE, KEY)}
    assert {file.name for file in tmp_path.iterdir()} == set(made)
    assert stat.S_IMODE((tmp_path / KEY).stat().st_mode) == 0o600
    assert b"PRIVATE" not in made[CERTIFICATE]
    server_context(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in made} == made


def test_servers_that_start_at_once_agree_on_the_key(tmp_path):
    failures = []

    def start():
        try:
            server_context(tmp_path)
        except OSError as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server_context(tmp_path)
    assert failures == []


def test_files_that_cannot_be_used_are_errors_with_their_names(tmp_path):
    server_context(tmp_path)
    (tmp_path / KEY).chmod(0o644)
    with pytest.raises(OSError, match="chmod 600"):
        server_context(tmp_path)
    (tmp_path / KEY).unlink()
    with pytest.raises(OSError, match=r"server\.key.*Remove both"):
        server_context(tmp_path)
    with pytest.raises(OSError, match="tls_folder"):
        server_context(tmp_path / "missing")


@pytest.fixture
def encrypted(tmp_path):
    """The server's end of a connection with TLS, and the client's, which verifies strictly."""
    ours, theirs = socket.socketpair()
    server = wire.MessageStream(ours)
    context = server_context(tmp_path)
    accept = threading.Thread(target=server.start_tls, args=(context,))
    accept.start()
    verify = ssl.create_default_context(cafile=tmp_path / CERTIFICATE)
    verify.verify_flags |= ssl.VERIFY_X509_STRICT
    client = verify.wrap_socket(theirs, server_hostname="127.0.0.1")
    accept.join()
    yield server, client
    server.close()
    client.close()


def test_messages_of_an_encrypted_client_are_read_whether_it_sends_ahead_or_not(encrypted):
    server, client = encrypted
    assert not server.has_left()
    client.sendall(wire.message(b"Q", b"SELECT 1\0"))
    assert not server.has_left()
    client.sendall(wire.message(b"S"))
    assert not server.has_left()
    assert [server.read(), server.read()] == [(b"Q", b"SELECT 1\0"), (b"S", b"")]
    client.sendall(wire.message(b"X"))
    assert server.has_left()


def test_an_encrypted_client_that_disconnects_has_left(encrypted):
    server, client = encrypted
    client.close()
    assert server.has_left()
    with pytest.raises(wire.ConnectionLostError):
        server.read()


def test_an_encrypted_client_is_told_the_end(encrypted):
    server, client = encrypted
    server.end()
    # an end without an alert would be ssl.SSLEOFError
    client.suppress_ragged_eofs = False
    assert client.recv(1) == b""


def test_bytes_before_the_handshake_are_refused(tmp_path):
    ours, theirs = socket.socketpair()
    server = wire.MessageStream(ours)
    theirs.sendall(b"SSLRequest and more")
    server.read_exactly(10)
    with pytest.raises(wire.ConnectionLostError):
        server.start_tls(server_context(tmp_path))
    theirs.close()
    server.close()

"""Framing of the protocol's messages, on real sockets."""

import socket
import threading

import pytest

from redshift_emulator.protocol import wire


@pytest.fixture
def pair():
    left, right = socket.socketpair()
    yield wire.MessageStream(left), right
    left.close()
    right.close()


def test_messages_are_read_one_by_one(pair):
    stream, peer = pair
    peer.sendall(wire.message(b"T", b"abc") + wire.message(b"Z", b"I"))
    assert stream.read() == (b"T", b"abc")
    assert stream.has_input()
    assert stream.read() == (b"Z", b"I")
    assert not stream.has_input()


@pytest.mark.parametrize("size", [0, 1, 100, 300_000, 3_000_000])
def test_rows_are_forwarded_whole_and_unread_up_to_the_stop(pair, size):
    stream, peer = pair
    rows = b"".join(wire.message(b"D", bytes([n]) * size) for n in range(5))
    sent = rows + wire.message(b"C", b"SELECT 5\0") + wire.message(b"Z", b"I")
    writer = threading.Thread(target=peer.sendall, args=(sent,))
    writer.start()
    passed = bytearray()
    assert stream.forward(passed.extend, frozenset(b"CZ")) == (b"C", b"SELECT 5\0")
    assert passed == rows
    assert stream.read() == (b"Z", b"I")
    writer.join()


def test_messages_split_at_any_byte_are_joined(pair):
    stream, peer = pair
    sent = wire.message(b"D", b"x" * 10) + wire.message(b"Z", b"I")

    def drip():
        for position in range(len(sent)):
            peer.sendall(sent[position : position + 1])

    writer = threading.Thread(target=drip)
    writer.start()
    passed = bytearray()
    assert stream.forward(passed.extend, frozenset(b"Z")) == (b"Z", b"I")
    assert passed == sent[:15]
    writer.join()


def test_a_closed_connection_is_an_error(pair):
    stream, peer = pair
    peer.sendall(b"D\0\0")
    peer.close()
    with pytest.raises(wire.ConnectionLostError):
        stream.read()


def test_a_disconnected_client_is_detected_while_waiting(pair):
    stream, _ = pair
    connection, other_end = socket.socketpair()
    client = wire.MessageStream(connection)
    stream.watch(client)
    assert not client.has_left()
    other_end.close()
    assert client.has_left()
    with pytest.raises(wire.PeerGoneError):
        stream.read()
    client.close()


def test_a_client_that_sends_terminate_has_left(pair):
    connection, other_end = socket.socketpair()
    client = wire.MessageStream(connection)
    other_end.sendall(wire.message(b"X"))
    assert client.has_left()
    other_end.close()
    client.close()


def test_an_x_within_a_message_does_not_end_a_session(pair):
    client, other_end = pair
    sent = wire.message(b"Q", b"SELECT 'X'\0")
    start = sent.index(b"X")
    other_end.sendall(sent[:start])
    client.next_kind()
    other_end.sendall(sent[start:])
    assert not client.has_left()
    assert client.read() == (b"Q", b"SELECT 'X'\0")


def test_a_client_that_sends_ahead_has_not_left(pair):
    stream, peer = pair
    connection, other_end = socket.socketpair()
    client = wire.MessageStream(connection)
    stream.watch(client)
    other_end.sendall(wire.message(b"Q", b"SELECT 1\0"))
    assert not client.has_left()
    answer = threading.Timer(0.05, peer.sendall, (wire.message(b"Z", b"I"),))
    answer.start()
    assert stream.read() == (b"Z", b"I")
    answer.join()
    other_end.close()
    client.close()


def test_error_fields_are_encoded_and_decoded():
    fields = {"S": "ERROR", "C": "XX000", "M": "é", "D": "a\nb"}
    message = wire.fields_message(b"E", fields)
    assert wire.error_fields(message[5:]) == fields


def test_rows_are_decoded():
    row = b"\0\3" + b"\0\0\0\1a" + b"\xff\xff\xff\xff" + b"\0\0\0\0"
    assert wire.data_row(row) == ("a", None, "")


def test_a_limit_ends_a_wait_and_can_be_removed(pair):
    stream, peer = pair
    stream.limit(0.01)
    with pytest.raises(wire.ConnectionLostError):
        stream.read()
    peer.sendall(wire.message(b"S"))
    with pytest.raises(wire.ConnectionLostError, match="time limit"):
        stream.read()
    stream.limit(None)
    assert stream.read() == (b"S", b"")
    assert stream.socket.gettimeout() is None

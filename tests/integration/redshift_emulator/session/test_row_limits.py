"""Execute messages with a limit of rows, by which JDBC drivers fetch a result in parts."""

import contextlib
import struct

import pytest

from redshift_emulator.protocol import wire
from redshift_emulator.protocol.backend import log_in
from redshift_emulator.protocol.configuration import BackendAddress

NUMBERS = "SELECT a FROM t ORDER BY a"
BEGIN, COMMIT, INSERT = "BEGIN", "COMMIT", "INSERT INTO t VALUES (9)"


def bind(sql, portal=""):
    parse = wire.message(b"P", b"\0" + wire.cstring(sql) + b"\0\0")
    binding = wire.cstring(portal) + b"\0" + bytes(6)
    return parse + wire.message(b"B", binding)


def execute(limit, portal=""):
    return wire.message(b"E", wire.cstring(portal) + struct.pack("!i", limit))


@pytest.fixture
def exchange(emulator, client):
    """Return a function that sends messages and Sync, and returns rows and kinds of the answer."""
    client.run("CREATE TABLE t (a int)")
    client.run("INSERT INTO t VALUES (1), (2), (3), (4), (5)")
    where = (emulator.host, emulator.port, emulator.database, emulator.user)
    address = BackendAddress(*where, emulator.password)
    login = {"user": emulator.user, "database": emulator.database, "search_path": client.schema}
    with contextlib.closing(log_in(address, login, emulator.password)) as session:

        def run(*messages):
            session.stream.send(b"".join(messages) + wire.message(b"S"))
            found = []
            while True:
                kind, payload = session.stream.read()
                if kind == b"Z":
                    return found
                if kind == b"D":
                    found.append(int(wire.data_row(payload)[0]))
                elif kind not in b"12":
                    found.append(kind.decode())

        yield run


def test_a_result_is_fetched_in_parts(exchange):
    exchange(bind(BEGIN), execute(0))
    assert exchange(bind(NUMBERS, "c"), execute(2, "c")) == [1, 2, "s"]
    assert exchange(execute(2, "c")) == [3, 4, "s"]
    assert exchange(bind(INSERT), execute(1)) == ["C"]
    assert exchange(execute(2, "c")) == [5, "C"]
    exchange(bind(COMMIT), execute(0))
    assert exchange(execute(2, "c")) == ["E"]


def test_the_description_comes_before_the_first_part(exchange):
    described = wire.message(b"D", b"P\0")
    assert exchange(bind(NUMBERS), described, execute(4), execute(0)) == [
        "T", 1, 2, 3, 4, "s", 5, "C"
    ]  # fmt: skip
    assert exchange(bind(INSERT), described, execute(1)) == ["n", "C"]


def test_a_limit_that_the_result_reaches_suspends_the_portal(exchange):
    assert exchange(bind(NUMBERS), execute(5), execute(5)) == [1, 2, 3, 4, 5, "s", "C"]


def test_outside_of_a_transaction_block_a_portal_ends_with_sync(exchange):
    assert exchange(bind(NUMBERS, "c"), execute(2, "c")) == [1, 2, "s"]
    assert exchange(execute(2, "c")) == ["E"]


def test_a_portal_ends_with_a_failed_transaction(exchange):
    exchange(bind(BEGIN), execute(0))
    assert exchange(bind(NUMBERS, "c"), execute(2, "c")) == [1, 2, "s"]
    assert exchange(bind("SELECT 1/0"), execute(0)) == ["E"]
    exchange(bind("ROLLBACK"), execute(0))
    assert exchange(execute(2, "c")) == ["E"]


def test_a_large_result_is_held_on_disk(exchange):
    wide = "SELECT a, repeat('x', 60000), a2 FROM t CROSS JOIN (SELECT a AS a2 FROM t) CROSS JOIN"
    wide += " (SELECT a AS a3 FROM t) ORDER BY 1"
    first, *rest = exchange(bind(wide), execute(1), execute(0))
    assert [first, rest[0]] == [1, "s"]
    assert sorted([first, *rest[1:-1]]) == sorted([1, 2, 3, 4, 5] * 25)

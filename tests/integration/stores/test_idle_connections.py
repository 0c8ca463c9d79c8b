"""Connections stay open during a long silent statement, and a dead server is detected."""

import os
import socket

import pytest

from pipeline.settings import Connection
from pipeline.stores.warehouse.connection import connect
from tests.support.dumping import Source

IDLE_SECONDS_OF_FIREWALLS = 60
"""A short one; network load balancers of AWS give up a silent connection after 350 seconds."""


def options(connection) -> dict[str, int]:
    """Return the keepalive options of a connection's socket."""
    with socket.socket(fileno=os.dup(connection.fileno())) as sock:
        return {
            "on": sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            "idle": sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
            "interval": sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
            "count": sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
        }


@pytest.fixture(params=["upstream", "warehouse"])
def connection(request: pytest.FixtureRequest, source: Source):
    if request.param == "upstream":
        with source.upstream.snapshot() as session:
            yield session.connection
        return
    opened = connect(Connection.parse("DATA_WAREHOUSE_ETL", source.dsn), "test")
    yield opened
    opened.close()


def test_connections_are_kept_alive_while_a_long_statement_runs(connection) -> None:
    found = options(connection)

    assert found["on"] == 1
    assert found["idle"] < IDLE_SECONDS_OF_FIREWALLS
    assert found["idle"] + found["interval"] * found["count"] <= 120

"""Connections stay open during a long silent statement, and a dead server is detected."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from pipeline.settings import Connection, Timeouts
from pipeline.sql.statement import Statement
from pipeline.stores.connections import is_ended
from pipeline.stores.upstream.database import Upstream
from pipeline.stores.warehouse import Warehouse
from pipeline.stores.warehouse import connection as warehouse_connection
from tests.support import database
from tests.support.processes import until
from tests.support.projects.dumping import Source

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
            "unacknowledged": sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
        }


@contextmanager
def opened(store: str, dsn: str) -> Iterator[Any]:
    """Yield a connection of a store."""
    if store == "upstream":
        with Upstream("www", dsn).snapshot() as session:
            yield session.connection
        return
    with closing(
        warehouse_connection.connect(
            Connection.parse("DATA_WAREHOUSE_ETL", dsn), "test", Timeouts()
        )
    ) as one:
        yield one


@pytest.mark.parametrize("store", ["upstream", "warehouse"])
def test_connections_are_kept_alive_while_a_long_statement_runs(store: str, source: Source):
    with opened(store, source.dsn) as connection:
        found = options(connection)

    assert found["on"] == 1
    assert found["idle"] < IDLE_SECONDS_OF_FIREWALLS
    assert found["idle"] + found["interval"] * found["count"] <= 120
    assert found["unacknowledged"] == 120_000


@pytest.mark.parametrize("store", ["upstream", "warehouse"])
def test_a_connection_string_overrides_the_defaults(store: str, source: Source) -> None:
    chosen = "keepalives_idle=7&keepalives_interval=3&keepalives_count=2&tcp_user_timeout=9000"
    with opened(store, f"{source.dsn}?{chosen}") as connection:
        found = options(connection)

    assert found == {"on": 1, "idle": 7, "interval": 3, "count": 2, "unacknowledged": 9000}


def test_a_session_that_ended_while_it_was_idle_is_replaced(warehouse: Warehouse) -> None:
    """Redshift ends one after four hours; the scheduling process of a run may wait longer."""
    pid = Statement("SELECT PG_BACKEND_PID() AS pid")
    [first] = warehouse.query(pid)
    warehouse.execute(Statement("CREATE TABLE t (n int)"))
    with database.connect(warehouse.access.dsn) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%(pid)s)", first)
    until(lambda: is_ended(warehouse._connection))
    with warehouse.transaction() as transaction:
        assert transaction.query(Statement("SELECT COUNT(*) AS n FROM t")) == [{"n": 0}]
    assert warehouse.query(pid) != [first]

"""Dumps that stop at a gate, and both ways to start a worker process."""

from collections.abc import Iterator

import psycopg2
import psycopg2.extensions
import pytest

from pipeline.procedures.dump.workers import process
from tests.support.projects.dumping import Source

GATE = 42
"""An advisory lock: every row of a dump of column `gate()` waits for it."""

GATED = f"""
CREATE FUNCTION gate() RETURNS int LANGUAGE plpgsql STABLE PARALLEL UNSAFE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({GATE});
    RETURN 1;
END $$
"""


@pytest.fixture
def gate(large: Source) -> Iterator[psycopg2.extensions.connection]:
    """The connection that keeps the gate closed; closing it opens the gate."""
    large.execute(GATED)
    keeper = psycopg2.connect(large.dsn)
    with keeper.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (GATE,))
    yield keeper
    keeper.close()


@pytest.fixture
def gated(large: Source, gate: psycopg2.extensions.connection) -> Source:
    """A large table whose dump stops at the first row of every connection until the gate opens."""
    return large


@pytest.fixture(params=["fork", "spawn"])
def start_method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to start a worker process."""
    monkeypatch.setattr(process, "start_method", lambda: request.param)
    return request.param

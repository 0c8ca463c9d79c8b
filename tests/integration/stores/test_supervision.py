"""Nobody waits for ever: not for a silent server, and not for another session's lock."""

import io
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from pipeline.errors import StorageError, WarehouseError
from pipeline.names import TableName
from pipeline.settings import Connection, Timeouts
from pipeline.sql.markers.marker import marker_table
from pipeline.sql.statement import Statement
from pipeline.stores import supervision
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.upstream.database import Upstream
from pipeline.stores.upstream.errors import QueryError
from pipeline.stores.warehouse import Warehouse
from tests.support.database import connect
from tests.support.processes import until
from tests.support.projects.warehouse import Project
from tests.support.servers.proxy import Proxy, proxy

PATIENT = Timeouts(lock_timeout=60, silence_timeout=1)
HASTY = Timeouts(lock_timeout=3, silence_timeout=60)

ORDERS = TableName("public", "orders")
LARGE = "SELECT repeat('x', 1000) FROM generate_series(1, 100000)"
COUNT = Statement("SELECT count(*) AS number FROM public.orders")


@contextmanager
def proxied(dsn: str) -> Iterator[tuple[Proxy, str]]:
    """Run a proxy in front of a database; yield it with the URL that leads through it."""
    with proxy(int(parse_dsn(dsn)["port"])) as found:
        yield found, make_dsn(dsn, port=found.port)


@contextmanager
def locked(dsn: str, table: str) -> Iterator[int]:
    """Lock a table; yield the number of the session that holds the lock."""
    with connect(dsn, application_name="holder") as holder, holder.cursor() as cursor:
        cursor.execute(f"BEGIN; LOCK TABLE {table}")
        yield holder.info.backend_pid


@pytest.fixture
def upstream_dsn(new_database) -> str:
    dsn = new_database()
    with connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE orders AS SELECT generate_series(1, 3) AS id")
    return dsn


@pytest.mark.parametrize("new", [False, True])
def test_a_copy_whose_server_falls_silent_ends(upstream_dsn: str, new: bool) -> None:
    class Sink(io.BytesIO):
        def write(self, data, /) -> int:
            found.fall_silent(new=new)
            return len(data)

    with (
        proxied(upstream_dsn) as (found, dsn),
        pytest.raises(QueryError) as caught,
        Upstream("www", dsn, PATIENT).snapshot() as session,
    ):
        session.copy(Statement(f"COPY ({LARGE}) TO STDOUT"), Sink(), ORDERS)
    assert caught.value.retryable
    assert "public.orders: the server is silent for 1 s (silence_timeout)" in str(caught.value)
    reason = "does not answer on a second connection" if new else "neither works on the statement"
    assert reason in str(caught.value)


def test_a_server_that_falls_silent_before_the_first_statement_is_noticed(
    upstream_dsn: str, monkeypatch
) -> None:
    def silent_afterwards(self):
        connection = opened()
        found.fall_silent()
        return connection

    with proxied(upstream_dsn) as (found, dsn):
        opened = Upstream("www", dsn, PATIENT)._connect
        monkeypatch.setattr(Upstream, "_connect", silent_afterwards)
        with (
            pytest.raises(QueryError, match="the server is silent"),
            Upstream("www", dsn, PATIENT).snapshot(),
        ):
            pass


def test_a_server_that_works_is_not_disturbed_and_the_holder_of_a_lock_is_reported(
    upstream_dsn: str, caplog
) -> None:
    """Each question is a connection: the statement outlives the time limit for silence."""
    rows = []
    before = supervision.waited()

    def count() -> None:
        rows.extend(session.query(COUNT, ORDERS))

    with (
        proxied(upstream_dsn) as (found, dsn),
        caplog.at_level(logging.WARNING),
        Upstream("www", dsn, PATIENT).snapshot() as session,
    ):
        reader = threading.Thread(target=count)
        with locked(upstream_dsn, "orders") as holder:
            reader.start()
            until(lambda: len(found.links) >= 7)
        reader.join()
    assert rows == [{"number": 3}]
    assert 0 < supervision.waited() - before < 120
    told, *later = [record.getMessage() for record in caplog.records]
    # Asked just when the holder ends, the server no longer names it.
    assert all(each.endswith("waiting for a lock, held by another transaction") for each in later)
    user = parse_dsn(upstream_dsn)["user"]
    assert f"waiting for a lock on public.orders, held by process {holder} (user {user}," in told
    assert "holder) in a transaction since 20" in told


def test_a_wait_for_a_lock_upstream_ends(upstream_dsn: str) -> None:
    before = supervision.waited()
    with (
        locked(upstream_dsn, "orders") as holder,
        pytest.raises(QueryError) as caught,
        Upstream("www", upstream_dsn, HASTY).snapshot() as session,
    ):
        session.query(COUNT, ORDERS)
    assert caught.value.sqlstate == "55P03"
    expected = f"waited 3 s (lock_timeout) for a lock on public.orders, held by process {holder}"
    assert expected in str(caught.value)
    assert 3 <= supervision.waited() - before < 60


@contextmanager
def warehouse(project: Project, dsn: str, timeouts: Timeouts) -> Iterator[Warehouse]:
    access = Connection.parse("DATA_WAREHOUSE_ETL", dsn)
    table = marker_table(project.marker_schema)
    found = Warehouse(access, timeouts=timeouts, marker_table=table)
    yield found
    found.close()


def test_a_wait_for_a_lock_in_the_warehouse_ends_and_is_not_repeated(
    project: Project, caplog
) -> None:
    project.luigi("BootstrapWarehouse")
    dsn = project.environment["DATA_WAREHOUSE_ETL"]
    markers = f"{project.marker_schema}.table_updates"
    attempts = []

    def lock() -> None:
        attempts.append(1)
        with found.transaction() as transaction:
            transaction.execute(Statement(f"LOCK {markers}"))

    with (
        locked(project.environment["DATA_WAREHOUSE_ADMIN"], markers) as holder,
        warehouse(project, dsn, Timeouts(lock_timeout=1, silence_timeout=60)) as found,
        pytest.raises(WarehouseError) as caught,
    ):
        found.retry(lock)
    expected = f"waited 1 s (lock_timeout) for a lock on {markers}, held by process {holder}"
    assert expected in str(caught.value)
    assert attempts == [1]
    assert f"waiting for a lock on {markers}" in caplog.text


def test_only_the_pipelines_own_lock_on_the_marker_table_is_waited_for_without_that_limit(
    project: Project, caplog
) -> None:
    """Each question is a connection, every quarter of ``lock_timeout``."""
    project.luigi("BootstrapWarehouse")
    etl = project.environment["DATA_WAREHOUSE_ETL"]
    markers, other = f"{project.marker_schema}.table_updates", f"{project.marker_schema}.other"
    rows = []

    def read(found: Warehouse, table: str) -> None:
        rows.extend(found.query(Statement(f"SELECT COUNT(*) AS number FROM {table}")))

    hasty = Timeouts(lock_timeout=1, silence_timeout=60)
    with (
        proxied(etl) as (between, dsn),
        warehouse(project, dsn, hasty) as found,
        warehouse(project, etl, hasty) as direct,
    ):
        direct.execute(Statement(f"CREATE TABLE {other} (id integer)"))
        reader = threading.Thread(target=read, args=(found, markers))
        with locked(etl, markers) as holder:
            reader.start()
            until(lambda: len(between.links) >= 9)
            assert reader.is_alive()
        reader.join()
        with locked(etl, other) as other_holder, pytest.raises(WarehouseError) as caught:
            read(direct, other)
    assert [row["number"] > 0 for row in rows] == [True]
    assert f"waiting for a lock on {markers}, held by process {holder}" in caplog.text
    expected = f"waited 1 s (lock_timeout) for a lock on {other}, held by process {other_holder}"
    assert expected in str(caught.value)


def test_a_statement_that_never_reaches_the_warehouse_is_repeated(
    project: Project, caplog
) -> None:
    project.luigi("BootstrapWarehouse")
    with (
        proxied(project.environment["DATA_WAREHOUSE_ETL"]) as (between, dsn),
        warehouse(project, dsn, PATIENT) as found,
    ):
        one = Statement("SELECT 1 AS number")
        assert found.query(one) == [{"number": 1}]
        between.fall_silent(new=False)
        assert found.retry(lambda: found.query(one)) == [{"number": 1}]
    assert "the server is silent for 1 s (silence_timeout)" in caplog.text


def test_a_question_that_waits_for_a_slot_of_the_cluster_ends_no_statement(
    project: Project,
) -> None:
    """Each question is a connection: the statement outlives the time limit for silence."""
    project.luigi("BootstrapWarehouse")
    markers = f"{project.marker_schema}.table_updates"
    rows = []

    def read() -> None:
        rows.extend(found.query(Statement(f"SELECT COUNT(*) AS number FROM {markers}")))

    with (
        proxied(project.environment["DATA_WAREHOUSE_ETL"]) as (between, dsn),
        warehouse(project, dsn, PATIENT) as found,
    ):
        between.held = b"sys_query_history"
        reader = threading.Thread(target=read)
        with locked(project.environment["DATA_WAREHOUSE_ADMIN"], markers):
            reader.start()
            until(lambda: len(between.links) >= 5)
        reader.join()
    assert [row["number"] > 0 for row in rows] == [True]


def test_s3_that_falls_silent_is_an_error(bucket, monkeypatch) -> None:
    for name, value in bucket.environment().items():
        monkeypatch.setenv(name, value)
    port = int(bucket.server.endpoint_url.rpartition(":")[2])
    with proxy(port) as between:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{between.port}")
        store = S3Store(bucket.name, silence=1)
        store.write("a", b"1")
        between.fall_silent()
        with pytest.raises(StorageError, match="Read timeout"):
            store.read("a")

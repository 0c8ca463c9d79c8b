"""One snapshot for all dumps of a run: they are consistent, and it ends with the last."""

import multiprocessing
import threading
from collections.abc import Iterator

import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from pipeline.errors import UpstreamError
from pipeline.local.processes.ports import free_port
from pipeline.manifest import Manifest
from pipeline.procedures.dump.shared_snapshot import SharedSnapshot
from pipeline.stores.upstream.database import Upstream
from tests.support.projects.dumping import CUT, Source
from tests.support.servers.proxy import proxy

HOLDERS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND state = 'idle in transaction' AND application_name = 'redshift-pipeline'"
)


@pytest.fixture
def pair(source: Source) -> Source:
    """Orders and their items: each order has two."""
    source.execute(
        """
        CREATE TABLE orders AS SELECT g AS id FROM generate_series(1, 10) AS g;
        CREATE TABLE items AS
        SELECT g AS id, g % 10 + 1 AS order_id FROM generate_series(1, 20) AS g
        """
    )
    return source


@pytest.fixture
def shared(pair: Source) -> Iterator[SharedSnapshot]:
    shared = SharedSnapshot(pair.upstream)
    yield shared
    shared.done()
    shared.done()


def rows_around_a_write(pair: Source, shared: SharedSnapshot) -> tuple[int, int]:
    """Dump orders, add an order with two items, dump items."""
    orders = dump(pair, "orders", shared)
    pair.execute("INSERT INTO orders VALUES (11); INSERT INTO items VALUES (21, 11), (22, 11)")
    return orders.rows, dump(pair, "items", shared).rows


def dump(pair: Source, table: str, shared: SharedSnapshot, **more) -> Manifest:
    pair.folder = f"data/{table}/"
    return pair.dump(pair.design(f"public.{table}"), snapshot=shared.name, **more)


def holder(shared: SharedSnapshot) -> threading.Thread:
    """Return the thread that holds the snapshot."""
    [found] = [each for each in threading.enumerate() if each.name == f"snapshot-{shared.name}"]
    return found


def assert_ends(thread: threading.Thread) -> None:
    thread.join(60)
    assert not thread.is_alive()


def test_dumps_that_share_a_snapshot_are_consistent(pair: Source, shared: SharedSnapshot) -> None:
    shared.expect("orders")
    shared.expect("items")
    assert rows_around_a_write(pair, shared) == (10, 20)


def test_dumps_with_their_own_snapshots_see_writes_in_between(
    pair: Source, shared: SharedSnapshot
) -> None:
    assert rows_around_a_write(pair, shared) == (10, 22)


def test_the_manifests_name_the_same_snapshot(pair: Source, shared: SharedSnapshot) -> None:
    shared.expect("orders")
    shared.expect("items")
    first = dump(pair, "orders", shared)
    pair.execute("INSERT INTO orders VALUES (11)")
    assert dump(pair, "items", shared).snapshot == first.snapshot


def test_all_connections_of_a_large_table_read_the_shared_snapshot(large: Source) -> None:
    shared = SharedSnapshot(large.upstream)
    shared.expect("big")
    shared.expect("another")
    large.execute("DELETE FROM big WHERE id % 2 = 0")
    manifest = large.dump(large.design("public.big"), CUT, snapshot=shared.name)
    assert len(manifest.parts) > 1
    assert manifest.rows == 150_000


def test_a_snapshot_is_imported_at_the_address_where_it_was_exported(pair: Source) -> None:
    """A name may lead to several servers: here the first place answers only later."""
    target, unused = int(parse_dsn(pair.dsn)["port"]), free_port()
    hosts = make_dsn(pair.dsn, host="127.0.0.1,127.0.0.1", port=f"{unused},{target}")
    shared = SharedSnapshot(Upstream("www", hosts))
    shared.expect("orders")
    shared.expect("items")
    pair.dsn = shared.upstream.dsn
    with proxy(target, unused) as first:
        assert dump(pair, "orders", shared).rows == 10
    assert first.links == []
    shared.done()
    shared.done()


def test_a_single_dump_costs_no_connection(pair: Source, shared: SharedSnapshot) -> None:
    shared.expect("orders")
    shared.expect("orders")
    assert shared.name is None
    assert pair.execute(HOLDERS) == []


def test_the_snapshot_is_released_when_the_last_dump_is_done(
    pair: Source, shared: SharedSnapshot
) -> None:
    for name in ("orders", "items"):
        shared.expect(name)
    assert len(pair.execute(HOLDERS)) == 1
    thread = holder(shared)
    shared.done()
    assert shared.name is not None
    shared.done()
    assert_ends(thread)
    pair.wait_until_no_session_is_left()
    assert shared.name is None


def test_forked_processes_report_completion_and_keep_the_snapshot_open(
    pair: Source, shared: SharedSnapshot
) -> None:
    shared.expect("orders")
    shared.expect("items")
    thread = holder(shared)
    for _ in range(2):
        assert dump(pair, "orders", shared).rows == 10
        child = multiprocessing.get_context("fork").Process(target=shared.done)
        child.start()
        child.join(60)
        assert child.exitcode == 0
    assert_ends(thread)
    pair.wait_until_no_session_is_left()


def test_dumps_fail_with_the_next_step_when_the_session_is_lost(
    pair: Source, shared: SharedSnapshot
) -> None:
    shared.expect("orders")
    shared.expect("items")
    [(pid,)] = pair.execute(HOLDERS)
    assert pair.execute("SELECT pg_terminate_backend(%s, 60000)", pid) == [(True,)]
    with pytest.raises(UpstreamError) as caught:
        dump(pair, "items", shared)
    assert caught.value.retryable
    assert "the session that exported the snapshot" in str(caught.value)
    assert "Run again" in str(caught.value)
    assert list(pair.store.list("data/items/")) == []


def test_a_dump_never_replaces_a_missing_shared_snapshot_by_its_own(pair: Source) -> None:
    shared = SharedSnapshot(Upstream("www", f"{pair.dsn}_absent"))
    shared.expect("orders")
    shared.expect("items")
    for table in ("orders", "items"):
        with pytest.raises(UpstreamError, match="cannot connect"):
            dump(pair, table, shared)

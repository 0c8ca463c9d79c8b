"""Attempts at one dump: nothing of a living one is deleted, the rest of a dead one is."""

import datetime as dt
import hashlib
import socket
import sys
import threading
from collections.abc import Iterator

import pytest

from pipeline.designs.model.design import Column
from pipeline.errors import StorageError
from pipeline.manifest import Manifest
from pipeline.procedures.dump import attempts, table
from pipeline.procedures.dump.job import DumpJob
from pipeline.stores.s3.bucket import S3Store
from tests.support.processes import run, until
from tests.support.projects.dumping import WHOLE, Source
from tests.support.servers.s3_proxy import S3Proxy, running


@pytest.fixture
def proxy(bucket, source: Source, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Proxy]:
    """A proxy between the dumps and the S3 server."""
    with running(bucket.server.endpoint_url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
        source.store = S3Store(bucket.name)
        yield proxy


def job(source: Source, design, **more) -> DumpJob:
    folder = "data/2026-11-21/www/public-big.0123456789ab"
    return DumpJob(
        design=design,
        upstream=source.upstream,
        s3=source.store,
        settings=WHOLE,
        folder=f"{folder}/",
        manifest_key=f"{folder}.manifest",
        new_columns="ignore",
        **more,
    )


def keys(store: S3Store, having: str = "") -> list[str]:
    return [item.key for item in store.list("") if having in item.key]


def stored(store: S3Store, one: DumpJob) -> list[str]:
    """The keys of the parts that the stored manifest names."""
    manifest = Manifest.from_json(store.read(one.manifest_key).decode())
    return sorted(part.url.removeprefix(store.url("")) for part in manifest.parts)


def namesake() -> str:
    """The name that the release before gave to an attempt of a dead process of this host."""
    dead = run([sys.executable, "-c", "import os; print(os.getpid())"], check=True).stdout.strip()
    machine = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
    return f"20261121T030405-{machine}-{dead}-beef"


def test_names_are_unique_whatever_the_host_and_the_process() -> None:
    assert len({attempts.new_name() for _ in range(1000)}) == 1000


def test_a_second_attempt_of_the_same_host_leaves_a_living_one_alone(gate, large: Source) -> None:
    """As of two containers with one host name: the process id of the first is not seen here."""
    slow = large.design("public.big", "id", Column("g", expression="gate()"))
    first = job(large, slow, attempt=namesake())
    done = []
    thread = threading.Thread(target=lambda: done.append(table.dump_table(first, lambda _: None)))
    thread.start()
    try:
        until(lambda: keys(large.store, "/lease"))
        part = f"{first.attempt_folder}part-9999.csv.zst"
        large.store.write(part, b"as written by the first")
        fast = large.design("public.big", "id")
        second = job(large, fast)
        table.dump_table(second, lambda _: None)
        assert part in keys(large.store)
    finally:
        large.store.delete([part])
        gate.close()
        thread.join()
    assert done[0].parts
    assert keys(large.store, "/part-") == stored(large.store, second)
    assert keys(large.store, "/lease") == []


COUNT_GATE = """
CREATE OR REPLACE FUNCTION gate() RETURNS text LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE AS $$
BEGIN
    IF current_query() LIKE 'SELECT%FILTER%' THEN
        PERFORM pg_advisory_xact_lock_shared(42);
    END IF;
    RETURN 'a text';
END $$
"""
"""A gate that only the count of long texts waits for."""

WAITING = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def test_the_lease_is_renewed_while_long_texts_are_counted(
    gate, large: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "RENEW_SECONDS", 0.0)
    large.execute("DROP FUNCTION gate()")
    large.execute(COUNT_GATE)
    cut = Column("g", "varchar(5)", expression="gate()", too_long="truncate")
    one = job(large, large.design("public.big", "id", cut))
    done = []
    thread = threading.Thread(target=lambda: done.append(table.dump_table(one, lambda _: None)))
    thread.start()
    try:
        until(lambda: large.execute(WAITING))
        lease = one.attempt_folder + attempts.LEASE
        large.store.delete([lease])
        until(lambda: large.store.exists(lease))
    finally:
        gate.close()
        thread.join()
    assert keys(large.store, "/part-") == stored(large.store, one)
    assert keys(large.store, "/lease") == []


@pytest.fixture
def small(source: Source) -> Source:
    source.execute("CREATE TABLE big AS SELECT g AS id FROM generate_series(1, 100) AS g")
    return source


@pytest.mark.parametrize(
    ("objects", "ahead", "kept"),
    [
        (["part-0000.csv.zst", "lease"], dt.timedelta(minutes=14), True),
        (["part-0000.csv.zst", "lease"], dt.timedelta(minutes=16), False),
        (["part-0000.csv.zst"], dt.timedelta(hours=5), True),
        (["part-0000.csv.zst"], dt.timedelta(hours=7), False),
    ],
)
@pytest.mark.parametrize("old_name", [True, False], ids=["release-before", "this-release"])
def test_what_an_attempt_left_is_deleted_after_a_time_by_the_clock_of_s3(
    small: Source, proxy: S3Proxy, objects, ahead, kept, old_name
) -> None:
    design = small.design("public.big", "id")
    one = job(small, design, attempt=namesake() if old_name else attempts.new_name())
    left = [one.attempt_folder + name for name in objects]
    for key in left:
        small.store.write(key, b"x")
    upload = {"Bucket": small.store.bucket, "Key": f"{one.attempt_folder}part-0001.csv.zst"}
    small.store.client.create_multipart_upload(**upload)

    proxy.ahead = ahead
    other = job(small, design)
    table.dump_table(other, lambda _: None)

    found = keys(small.store, one.attempt)
    assert found == (sorted(left) if kept else [])
    uploads = small.store.client.list_multipart_uploads(Bucket=small.store.bucket)
    assert bool(uploads.get("Uploads")) == (kept or ahead < attempts.SILENT)
    assert keys(small.store, other.attempt) == stored(small.store, other)


@pytest.mark.parametrize("rows", [100, 150_000], ids=["one-request", "multipart"])
@pytest.mark.parametrize(
    "request_", [r"PUT .*\.manifest", r"PUT .*part-", r"POST .*uploadId=", r"POST .*\?delete"]
)
def test_a_lost_answer_loses_no_part(source: Source, proxy: S3Proxy, request_, rows) -> None:
    """S3 stored the object, and the connection was cut before it answered."""
    source.execute(
        f"CREATE TABLE big AS SELECT g AS id, md5(g::text) || md5((-g)::text) AS a,"
        f" md5((g + 0.5)::text) || md5((g + 0.25)::text) AS b FROM generate_series(1, {rows}) AS g"
    )
    one = job(source, source.design("public.big", "id", "a", "b"))
    proxy.lose_first(request_)

    manifest = table.dump_table(one, lambda _: None)

    assert stored(source.store, one) == keys(source.store, "/part-")
    assert Manifest.from_json(source.store.read(one.manifest_key).decode()) == manifest
    assert manifest.rows == rows
    assert {part.etag for part in manifest.parts} == {
        item.etag for item in source.store.list(one.folder)
    }


def test_a_manifest_of_another_run_stays(small: Source, proxy: S3Proxy) -> None:
    first, second = (job(small, small.design("public.big", "id")) for _ in range(2))
    table.dump_table(first, lambda _: None)
    manifest = table.write_parts(second)
    assert not small.store.write(second.manifest_key, manifest.to_json().encode(), if_absent=True)
    assert stored(small.store, first)[0].startswith(first.attempt_folder)


def test_a_dump_whose_parts_were_deleted_fails(small: Source) -> None:
    """As by an attempt that took this one for dead, after a long pause."""
    one = job(small, small.design("public.big", "id"))

    def delete(_: object) -> None:
        small.store.delete(keys(small.store, "/part-"))

    with pytest.raises(StorageError, match=r"part-0000\.csv\.zst: sent \d+ bytes, found None"):
        table.dump_table(one, delete)
    assert not small.store.exists(one.manifest_key)

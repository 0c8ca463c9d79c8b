import datetime as dt
import hashlib
import multiprocessing
import os
import pickle
import random
import socket
import threading
import traceback

import boto3
import pytest
from moto import settings as moto_settings
from moto.server import ThreadedMotoServer

from pipeline.errors import StorageError
from pipeline.stores.s3 import unfinished
from pipeline.stores.s3.bucket import S3Store
from pipeline.stores.s3.uploads import PART_BYTES
from tests.support.servers.s3_proxy import running

SECRET = "distinctive/secret+key"


def noise(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error)


def test_written_content_is_read_back(store):
    assert store.write("a/b", b"content")
    assert store.read("a/b") == b"content"
    assert store.exists("a/b")
    assert not store.exists("a")


def test_only_the_first_of_two_conditional_writes_succeeds(store):
    assert store.write("a", b"first", if_absent=True)
    assert not store.write("a", b"second", if_absent=True)
    assert store.read("a") == b"first"
    assert store.write("a", b"third")
    assert store.read("a") == b"third"


def test_one_of_many_simultaneous_conditional_writes_succeeds(store):
    answers = []
    threads = [
        threading.Thread(
            target=lambda n=n: answers.append((store.write("a", b"%d" % n, if_absent=True), n))
        )
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [n for written, n in answers if written]
    assert len(answers) == 12
    assert [b"%d" % n for n in winners] == [store.read("a")]


def test_listing_a_folder_excludes_its_neighbors(store):
    for key in ("data/a/1", "data/a/2", "data/ab/1", "data/a", "other/a/1"):
        store.write(key, key.encode())
    assert [stored.key for stored in store.list("data/a/")] == ["data/a/1", "data/a/2"]
    assert [stored.size for stored in store.list("data/a/")] == [8, 8]
    assert list(store.list("nothing/")) == []
    with pytest.raises(ValueError, match="must end with '/'"):
        list(store.list("data/a"))


def test_listing_and_deleting_span_several_pages(store):
    keys = [f"many/{n:04d}" for n in range(1005)]
    threads = [
        threading.Thread(target=lambda part=keys[n::8]: [store.write(key, b"") for key in part])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [stored.key for stored in store.list("many/")] == keys
    assert store.delete(key for key in keys) == 1005
    assert list(store.list("many/")) == []


def test_deleting_absent_objects_succeeds(store):
    assert store.delete(["no/such/object"]) == 1
    assert store.delete([]) == 0


@pytest.fixture
def proxied(bucket, store, monkeypatch):
    """A proxy of the S3 server, and a store that reaches the server through it."""
    with running(bucket.server.endpoint_url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
        yield proxy, S3Store(bucket.name)


def test_a_conditional_write_whose_answer_was_lost_has_succeeded(proxied, store):
    proxy, distant = proxied
    proxy.lose_first("PUT .*/a")
    assert distant.write("a", b"mine", if_absent=True)
    assert not distant.write("a", b"another's", if_absent=True)
    found = store.read_if_there("a")
    proxy.lose_first("PUT .*/a")
    assert distant.write_over("a", b"mine again", found)
    assert not distant.write_over("a", b"too late", found)
    assert store.read("a") == b"mine again"
    assert len([sent for sent in proxy.requests if sent.startswith("PUT ")]) == 6


def test_an_upload_whose_last_answer_was_lost_is_complete(proxied, store):
    """S3 may no longer know the upload when boto3 completes it again."""
    proxy, distant = proxied
    completions = []

    def refuse_after_the_first(request):
        if request.startswith("POST ") and "?uploadId=" in request:
            completions.append(request)
        return "NoSuchUpload" if completions[1:] == [request] else ""

    proxy.lose_first(r"POST .*\?uploadId=")
    proxy.refuse = refuse_after_the_first
    content = noise(PART_BYTES + 5)
    with distant.uploads() as uploads:
        writer = uploads.open("large")
        writer.write(content)
        sent = writer.finish().result()
    assert len(completions) == 2
    assert store.read("large") == content
    assert sent.etag == store.find("large").etag


def test_only_an_unchanged_object_is_deleted(store):
    store.write("a", b"first")
    found = store.read_if_there("a")
    store.write("a", b"second")
    assert not store.delete_unchanged("a", found)
    assert store.read("a") == b"second"
    assert store.delete_unchanged("a", store.read_if_there("a"))
    assert store.read_if_there("a") is None


def test_the_content_of_an_object_is_identified(store):
    store.write("a", noise(3_000_000))
    assert store.sha256("a") == hashlib.sha256(noise(3_000_000)).hexdigest()
    assert store.sha256("b") is None
    (listed,) = store.list("")
    assert (store.find("a").size, store.find("a").etag) == (listed.size, listed.etag)
    assert store.find("b") is None


@pytest.mark.parametrize(
    "size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES + 5]
)
def test_a_streamed_object_holds_every_byte(store, size):
    content = noise(size)
    with store.uploads() as uploads:
        writer = uploads.open("streamed")
        for start in range(0, size, 1_000_003):
            writer.write(content[start : start + 1_000_003])
        sent = writer.finish().result()
    assert store.read("streamed") == content
    assert (sent.key, sent.size) == ("streamed", size)
    assert sent.sha256 == hashlib.sha256(content).hexdigest()
    assert sent.etag == store.find("streamed").etag


def test_many_objects_are_streamed_in_succession(store):
    contents = [noise(size) for size in (5, PART_BYTES + 5, 7, 2 * PART_BYTES, 0)]
    with store.uploads() as uploads:
        futures = []
        for number, content in enumerate(contents):
            writer = uploads.open(f"streamed/{number}")
            writer.write(content)
            futures.append(writer.finish())
        for future in futures:
            future.result()
    assert [store.read(stored.key) for stored in store.list("streamed/")] == contents


def open_uploads(store):
    return list(unfinished.unfinished(store, "", older_than=dt.timedelta(0)))


def test_an_error_aborts_unfinished_uploads(store):
    def fail():
        with store.uploads() as uploads:
            uploads.open("small").write(b"x")
            uploads.open("large").write(noise(2 * PART_BYTES))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        fail()
    assert open_uploads(store) == []
    assert list(store.list("")) == []


def test_unfinished_uploads_are_aborted_without_an_error_too(store):
    with store.uploads() as uploads:
        uploads.open("large").write(noise(2 * PART_BYTES))
    assert open_uploads(store) == []
    assert list(store.list("")) == []


def test_a_part_that_cannot_be_sent_fails_the_object(store):
    def upload_in_vain():
        with store.uploads() as uploads:
            writer = uploads.open("large")
            writer.write(noise(PART_BYTES))
            while not open_uploads(store):
                pass
            unfinished.abort(store, open_uploads(store))
            writer.write(noise(PART_BYTES))
            writer.finish().result()

    with pytest.raises(StorageError, match="NoSuchUpload") as caught:
        upload_in_vain()
    assert f"s3://{store.bucket}/large" in str(caught.value)
    assert list(store.list("")) == []


def test_a_missing_object_is_named(store):
    with pytest.raises(
        StorageError, match=rf"s3://{store.bucket}/no/such: .*does not exist"
    ) as caught:
        store.read("no/such")
    assert not caught.value.retryable


def everything(store):
    return {
        "read": lambda: store.read("a"),
        "write": lambda: store.write("a", b""),
        "if_absent": lambda: store.write("a", b"", if_absent=True),
        "list": lambda: list(store.list("a/")),
        "delete": lambda: store.delete(["a"]),
        "unfinished": lambda: open_uploads(store),
        "upload": lambda: upload(store),
    }


def upload(store):
    with store.uploads() as uploads:
        uploads.open("a").finish().result()


@pytest.mark.parametrize(
    "what", ["read", "write", "if_absent", "list", "delete", "unfinished", "upload"]
)
def test_a_missing_bucket_is_reported_with_the_next_step(store, what):
    missing = S3Store("no-such-bucket-anywhere")
    with pytest.raises(StorageError, match=r"s3://no-such-bucket-anywhere/.*fix s3\.bucket_name"):
        everything(missing)[what]()


@pytest.mark.parametrize(
    "what", ["read", "write", "if_absent", "list", "delete", "unfinished", "upload"]
)
def test_missing_credentials_are_reported_with_what_to_set(store, monkeypatch, what):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    fresh = S3Store(store.bucket)
    with pytest.raises(StorageError, match="set AWS_ACCESS_KEY_ID"):
        everything(fresh)[what]()
    with pytest.raises(StorageError, match=r"iam_role"):
        fresh.copy_credentials()


def test_an_unreachable_endpoint_is_reported_with_the_setting(store, monkeypatch, unused_port):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{unused_port}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StorageError, match="check AWS_ENDPOINT_URL_S3") as caught:
        S3Store(store.bucket).exists("a")
    assert caught.value.retryable


@pytest.fixture
def unused_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Bound but not listening: connections are refused.
        yield taken.getsockname()[1]


def test_a_profile_that_does_not_exist_is_named(store, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with pytest.raises(StorageError, match="check AWS_PROFILE"):
        S3Store(store.bucket).read("a")


@pytest.fixture
def moto(monkeypatch):
    """An S3 server that checks rights and records encryption."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIADISTINCTIVEKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://{host}:{port}")
    boto3.session.Session().client("s3").create_bucket(Bucket="guarded")
    yield f"http://{host}:{port}"
    server.stop()


def test_objects_are_encrypted_with_the_configured_key(moto):
    key = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
    store = S3Store("guarded", kms_key_id=key)
    store.write("plain", b"x")
    with store.uploads() as uploads:
        for name, size in (("small", 5), ("large", PART_BYTES + 5)):
            writer = uploads.open(name)
            writer.write(noise(size))
            writer.finish().result()
    for name in ("plain", "small", "large"):
        head = store.client.head_object(Bucket="guarded", Key=name)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_wrong_keys_are_refused_and_not_shown(moto, monkeypatch):
    monkeypatch.setattr(moto_settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
    store = S3Store("guarded")
    for what in ("read", "write", "list", "upload"):
        with pytest.raises(StorageError, match="check AWS_ACCESS_KEY_ID or the profile") as caught:
            everything(store)[what]()
        assert SECRET not in shown(caught.value)
        assert "AKIADISTINCTIVEKEY" not in shown(caught.value)
        assert not caught.value.retryable


def test_credentials_for_copy_include_the_token_and_stay_hidden(store, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "distinctive-token")
    found = S3Store(store.bucket).copy_credentials()
    assert found.access_key == os.environ["AWS_ACCESS_KEY_ID"]
    assert found.secret_key == os.environ["AWS_SECRET_ACCESS_KEY"]
    assert found.token == "distinctive-token"
    for secret in (found.access_key, found.secret_key, found.token):
        assert secret not in repr(found)


def test_a_pickled_store_holds_its_configuration_and_no_secret(store, monkeypatch):
    store.exists("a")
    pickled = pickle.dumps(store)
    assert os.environ["AWS_SECRET_ACCESS_KEY"].encode() not in pickled
    store.write("a", b"x")
    assert pickle.loads(pickled).read("a") == b"x"


def test_forked_processes_have_connections_of_their_own(store):
    store.write("a", b"x")
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def fork(depth, clients):
        assert store.read("a") == b"x"
        clients = [*clients, store.client]
        if depth == 0:
            theirs.send(len({id(client) for client in clients}))
            return
        process = context.Process(target=fork, args=(depth - 1, clients))
        process.start()
        process.join()
        assert store.read("a") == b"x"

    fork(2, [])
    assert ours.recv() == 3
    fork(1, [])
    assert ours.recv() == 2
